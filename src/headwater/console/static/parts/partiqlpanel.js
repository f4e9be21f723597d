// A PartiQL box: one statement, and what it answers.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { plural } from "../format.js";
import { ItemGrid } from "./itemgrid.js";
import { empty } from "./notices.js";

export function partiqlPanel(view, table) {
  const text = h("textarea", {
    rows: "5", class: "code", "aria-label": "PartiQL statement", spellcheck: "false",
    value: `SELECT * FROM "${table.TableName}"`,
  });
  const grid = new ItemGrid({ label: "Answer", keyNames: [] });
  const said = h("span", { class: "hint" });
  const more = h("button", { hidden: true, on: { click: () => page() } }, "More");
  const nothing = h("div");
  let statement = "";
  let token = null;

  async function run() {
    statement = text.value;
    token = null;
    await page(true);
  }

  async function page(isFirst = false) {
    const answer = await view.try(() => api.aws("dynamodb", "ExecuteStatement", {
      Statement: statement, Limit: 100, ...(token ? { NextToken: token } : {}),
    }));
    if (!answer) return;
    if (isFirst) grid.clear();
    token = answer.NextToken || null;
    grid.add(answer.Items || []);
    grid.element.hidden = !grid.items.length;
    more.hidden = !token;
    put(said, grid.items.length ? plural(grid.items.length, "item") : "");
    const isSelect = /^\s*select\b/i.test(statement);
    put(nothing, !grid.items.length && empty(isSelect ? "The statement finds nothing." : "Done."));
  }

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  grid.element.hidden = true;
  return h("div", { class: "stack" },
    h("section", { class: "panel" }, h("div", { class: "inside stack" }, text,
      h("div", { class: "row" }, h("span", { class: "hint" }, view.readOnly ? "Only SELECT: this console reads." : "Ctrl+Enter runs it."),
        h("span", { class: "stretch" }), h("button", { class: "primary", on: { click: run } }, "Run")))),
    h("section", { class: "panel" }, h("header", {}, h("h2", {}, "Answer"), said), nothing, grid.element,
      h("div", { class: "inside morebar" }, more)));
}
