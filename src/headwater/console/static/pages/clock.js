// The node's time, where it is virtual: what it is, what is due next, and moving it on.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { plural, shardTail, span } from "../format.js";
import { CLOCK, clockMoved } from "../parts/clockbadge.js";
import { empty, troubleBox } from "../parts/notices.js";
import { head } from "../view.js";

const STEPS = [["s", "1 s", "1s"], ["m", "1 min", "1m"], ["h", "1 h", "1h"], ["d", "24 h", "24h"]];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const JOURNEYS_MAX = 50;

// What was done on this page since it was loaded: it stays while other pages are looked at.
const journeys = [];

function open(view) {
  const face = clockFace();
  const next = h("div", { class: "nextdue" });
  const trouble = h("div");
  const coming = comingPanel((at) => move({ to: at }, "to what was due"), view.readOnly);
  const waits = h("input", { type: "checkbox", checked: true });
  const way = wayPanel();
  const journal = journalPanel(view.session.endpoint);
  let clock = null;
  let busy = false;

  async function move(body, asked) {
    if (busy) return;
    busy = true;
    controls.disabled = true;
    put(next, h("span", { class: "hint" }, "Time moves on …"));
    const from = clock?.now_ms;
    try {
      const told = await api.admin.post("clock", { ...body, ...(waits.checked ? {} : { wait_ms: 0 }) });
      put(trouble);
      // Answered with 409 where something has not ended: time stands on the way.
      if (told.error) put(trouble, troubleBox({ what: "time could not go all the way", why: told.error }));
      journeys.unshift({ asked, from, to: told.now_ms, tookMs: told.took_ms, isCut: Boolean(told.error) });
      journeys.splice(JOURNEYS_MAX);
      clockMoved(told.now_ms);
      journal.draw();
    } catch (refusal) {
      put(trouble, troubleBox(refusal));
    }
    busy = false;
    controls.disabled = false;
    refresh();
  }

  const custom = h("input", { "aria-label": "How far", placeholder: "1h30m", pattern: "([0-9.]+ ?(ms|s|m|h|d|w))+", required: true, size: "10" });
  const moment = h("input", { "aria-label": "Moment, UTC", type: "datetime-local", step: "1", required: true });
  const form = (label, field, verb, work) => h("form", {
    class: "row", on: { submit: (event) => { event.preventDefault(); work(); } },
  }, h("label", {}, label, h("span", { class: "row" }, field, h("button", {}, verb))));
  const steps = STEPS.map(([key, name, text]) =>
    h("button", { class: "step", type: "button", title: `${key}`, on: { click: () => move({ advance: text }, `+${name}`) } }, `+ ${name}`));
  const controls = h("fieldset", { class: "timecontrols", "aria-label": "Move time on" },
    h("div", { class: "steps" }, steps),
    h("div", { class: "row" },
      form("By any span", custom, "Advance", () => move({ advance: custom.value.replaceAll(" ", "") }, `+${custom.value}`)),
      form("To a moment (UTC)", moment, "Go there", () => move({ to: `${moment.value.length === 16 ? `${moment.value}:00` : moment.value}Z` }, "to a moment"))),
    h("label", { class: "line" }, waits, "Wait at each moment for functions that are at work"));
  const goNext = () => clock?.next_ms && move({ to: clock.next_ms }, "to what was due");

  view.show(head("Time", h("span", { class: "badge info" }, "virtual clock")), trouble,
    h("section", { class: "panel clockpanel", "aria-label": "Clock" }, face.element, next,
      view.readOnly ? h("p", { class: "hint" }, "This console only reads: it does not move time.") : controls),
    h("div", { class: "pair" }, h("div", { class: "stack" }, coming.element, journal.element), way.element));
  if (!view.readOnly) {
    for (const [key, name, text] of STEPS) view.key(key, `Move on by ${name}`, () => move({ advance: text }, `+${name}`), "Time");
    view.key("n", "Move on to what is due next", goNext, "Time");
  }
  const refresh = view.every(1500, async () => {
    const [told, idle] = await Promise.all([api.admin.get("clock"), api.admin.get("idle")]);
    if (busy) return;
    clock = told;
    face.update(told.now_ms);
    if (!moment.value) moment.value = new Date(told.now_ms + 3600_000).toISOString().slice(0, 19);
    put(next, due(told, view.readOnly ? null : goNext));
    coming.update(told);
    way.update(idle);
    clockMoved(told.now_ms);
  });
  journal.draw();
}

function clockFace() {
  const time = h("time", { class: "bigtime" }, "–");
  const day = h("span", { class: "bigday" });
  const element = h("div", { class: "clockface" }, time, day);
  function update(nowMs) {
    const at = new Date(nowMs);
    const [date, rest] = at.toISOString().split("T");
    put(time, rest.slice(0, 8), h("small", {}, rest.slice(8, 12)));
    time.setAttribute("datetime", at.toISOString());
    put(day, `${DAYS[at.getUTCDay()]}, ${date}, UTC`);
  }
  return { element, update };
}

function due(clock, go) {
  if (!clock.next_ms) return h("span", { class: "hint" }, "Nothing is due by itself.");
  const inMs = clock.next_ms - clock.now_ms;
  const what = clock.due?.[0]?.what;
  return [
    h("span", {}, "Next ", inMs <= 0 ? h("b", {}, "now") : ["in ", h("b", {}, span(inMs))], ` (${stamp(clock.next_ms)})`, what && `: ${what}`),
    go && h("button", { title: "n", on: { click: go } }, "Go there"),
  ];
}

// What happens by itself, and when: a click moves time there.
function comingPanel(go, readOnly) {
  const rows = h("tbody");
  const place = h("div", { class: "scroll" });
  const table = h("table", { class: "grid", "aria-label": "What is due" }, h("thead", {}, h("tr", {},
    ["In", "At (UTC)", "What", !readOnly && ""].filter((name) => name !== false).map((name) => h("th", {}, name)))), rows);
  const element = h("section", { class: "panel", "aria-label": "Due by itself" }, h("header", {}, h("h2", {}, "Due by itself")), place);
  function update(clock) {
    const due = clock.due || [];
    put(place, due.length ? table : empty("Nothing is due by itself.", h("p", {}, "No timer is set: the node waits for a request.")));
    keyed(rows, due, (one) => one.what, () => h("tr"), (row, one) => {
      const text = `${one.at_ms} ${clock.now_ms}`;
      if (row.text === text) return;
      row.text = text;
      put(row, h("td", { class: "nowrap tnum" }, one.at_ms <= clock.now_ms ? "now" : span(one.at_ms - clock.now_ms)),
        h("td", { class: "nowrap tnum" }, stamp(one.at_ms)), h("td", {}, one.what),
        !readOnly && h("td", {}, h("button", { class: "plain", "aria-label": `Go to ${stamp(one.at_ms)}`, on: { click: () => go(one.at_ms) } }, "Go there")));
    });
  }
  return { element, update };
}

const stamp = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

// What is still on its way: time goes past it, unless it is waited for.
function wayPanel() {
  const said = h("span", { class: "hint" });
  const list = h("ul", { class: "plainlist", "aria-label": "On its way" });
  const element = h("section", { class: "panel", "aria-label": "What is under way" },
    h("header", {}, h("h2", {}, "Under way"), said), list);
  function update(idle) {
    const lines = reasons(idle);
    put(said, idle.idle ? "" : plural(lines.length, "thing"));
    put(list, idle.idle
      ? empty("Everything has arrived.", h("p", {}, "All that was committed has been delivered, and nothing is left to do at this moment."))
      : lines.map(([what, why]) => h("li", {}, h("b", {}, what), why && h("span", { class: "hint" }, why))));
  }
  return { element, update };
}

function reasons(idle) {
  const found = [];
  for (const one of idle.mappings || []) {
    const where = one.shard ? `shard ${shardTail(one.shard)}, ` : "";
    found.push([`${one.records ? plural(one.records, "change") : "Changes"} for ${one.function}`, `${where}${one.why}`]);
  }
  for (const one of idle.events || []) found.push([`${plural(one.count, "event")} for ${one.for}`, "asynchronous"]);
  for (const one of idle.messages || []) found.push([`${plural(one.count, "message")} for ${one.for}`, "of an on-failure destination"]);
  for (const one of idle.indexes || []) found.push([`Index ${one.index} of ${one.table}`, "is being filled"]);
  const rest = ["kinesis", "expiry", "work", "views", "regions"].flatMap((kind) => (idle[kind] || []).map((one) => [kind, one]));
  for (const [kind, one] of rest) found.push(typeof one === "string" ? [one, ""] : [other(kind, one), one.trouble || ""]);
  return found;
}

const other = (kind, one) => (one.table ? `${kind} of ${one.table}` : one.stream_arn || kind);

function journalPanel(endpoint) {
  const rows = h("tbody");
  const place = h("div", { class: "scroll" });
  const table = h("table", { class: "grid", "aria-label": "Moves" }, h("thead", {}, h("tr", {},
    ["Move", "From", "To", "Took"].map((name, at) => h("th", { class: at === 3 ? "num" : "" }, name)))), rows);
  const element = h("section", { class: "panel", "aria-label": "Moves so far" }, h("header", {}, h("h2", {}, "Moves so far")), place);
  const at = (ms) => (ms ? stamp(ms) : "–");
  function draw() {
    put(place, journeys.length ? table : empty("Time has not been moved from here.",
      h("p", {}, "It also moves by the command line, and in tests:"),
      h("pre", {}, `curl ${endpoint}/_headwater/clock -d '{"advance": "48h"}'`)));
    put(rows, journeys.map((one) => h("tr", {}, h("td", {}, one.asked, one.isCut && h("span", { class: "badge warn" }, "cut short")),
      h("td", { class: "tnum nowrap" }, at(one.from)), h("td", { class: "tnum nowrap" }, at(one.to)),
      h("td", { class: "num" }, one.tookMs === undefined ? "–" : span(one.tookMs)))));
  }
  return { element, draw };
}

export default {
  id: "clock",
  title: "Time",
  key: "c",
  icon: CLOCK,
  needs: "admin",
  when: (session) => session.virtual,
  open,
};
