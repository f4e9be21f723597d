// The alerts of a view: in which state each is, made and deleted.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { empty, toast, troubleBox } from "./notices.js";

// where: { account, region } of the view
export function alertsPanel(view, name, where) {
  const page = `views/${name}/alerts`;
  const said = h("div");
  const place = h("div");
  const list = h("ul", { class: "plainlist", "aria-label": "Alerts" });
  const field = (id, label, more) => h("label", { class: "grow" }, label, h("input", { name: id, "aria-label": label, autocomplete: "off", ...more }));
  const form = h("form", { class: "stack", on: { submit } },
    h("div", { class: "row bottom" },
      field("name", "Name of the alert", { required: true, placeholder: "high" }),
      field("when", "When", { required: true, placeholder: "value > 1000" })),
    h("div", { class: "row bottom" },
      field("call", "Whom to call", { required: true, placeholder: "function:page-me or webhook:http://…" }),
      field("for", "Held for", { placeholder: "at once" }), h("button", {}, "Add")));
  const element = h("section", { class: "panel", "aria-label": "Alerts of the view" }, h("header", {}, h("h2", {}, "Alerts")), said, place,
    !view.readOnly && h("details", { class: "inside" }, h("summary", {}, "New alert"), form));

  async function submit(event) {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    await act(() => api.admin.post(page, { ...given, ...where }), `Alert ${given.name} is made`, () => form.reset());
  }

  async function act(work, text, then = () => {}) {
    try {
      await work();
      put(said);
      then();
      toast(text);
      await refresh();
    } catch (trouble) {
      put(said, troubleBox(trouble));
    }
  }

  async function refresh() {
    const { alerts } = await api.admin.get(page, where);
    put(place, alerts.length ? list : empty("No alert yet.", h("p", {}, "An alert calls a function or a URL when a value crosses a bound:"),
      h("pre", {}, `headwater view alert ${name} \\\n  --when 'value > 1000' --call function:page-me`)));
    keyed(list, alerts, (one) => one.name, () => h("li"), (row, one) => {
      const text = JSON.stringify(one);
      if (row.text === text) return;
      row.text = text;
      const remove = () => act(() => api.admin.delete(`${page}/${encodeURIComponent(one.name)}`, where), `Alert ${one.name} is deleted`);
      put(row,
        h("div", { class: "row" },
          h("span", { class: `badge ${one.state === "ALARM" ? "bad" : "ok"}` }, one.state === "ALARM" ? "in alarm" : "ok"),
          h("b", {}, one.name), h("span", {}, one.when, one.group !== undefined && ` in ${one.group}`, one.for && `, for ${one.for}`),
          h("span", { class: "stretch" }),
          !view.readOnly && h("button", { class: "plain", "aria-label": `Delete the alert ${one.name}`, on: { click: remove } }, "×")),
        h("div", { class: "hint" }, "calls ", h("span", { class: "mono" }, one.call), one.since && `, since ${one.since.slice(0, 19).replace("T", " ")}`),
        one.trouble && h("div", { class: "isbad cut2", title: one.trouble }, one.trouble));
    });
  }
  return { element, refresh };
}
