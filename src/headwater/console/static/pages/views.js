// Views: aggregates that follow a table, drawn as they change; made, looked into, and deleted.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { number, plural, span } from "../format.js";
import { confirm } from "../parts/dialog.js";
import { empty, toast, troubleBox } from "../parts/notices.js";
import { alertsPanel } from "../parts/viewalerts.js";
import { ViewChart, aggregatesOf, groupName, words } from "../parts/viewchart.js";
import { newView } from "../parts/viewform.js";
import { head } from "../view.js";

const CARDS = 24; // that are drawn live at once
const ROWS = 100;
const RANGES = [["Live", 5 * 60_000], ["1 h", 3600_000], ["3 h", 3 * 3600_000]];

const address = (one) => `/views/${encodeURIComponent(one.name)}${one.region === api.place.region ? "" : `?${new URLSearchParams(whereOf(one))}`}`;
const whereOf = (one) => ({ account: one.account, region: one.region });

async function open(view) {
  if (view.path[0]) await showView(view, view.path[0]);
  else listViews(view);
}

function stateBadge(one) {
  if (one.status === "BUILDING") {
    const share = one.built?.of ? `${Math.floor((100 * one.built.items) / one.built.of)}%` : "";
    return h("span", { class: "badge info" }, `building ${share}`);
  }
  if (one.status === "WAITING") return h("span", { class: "badge warn" }, "waits for its table");
  return h("span", { class: "badge ok" }, h("i", { class: "dot pulse" }), "live");
}

// How its alerts stand: the names of those in alarm, or that all is well.
function alertsBadge(one) {
  const alerts = one.alerts || [];
  const ringing = alerts.filter((alert) => alert.state === "ALARM").map((alert) => alert.name);
  if (ringing.length) return h("span", { class: "badge bad cut", title: ringing.join(", ") }, `in alarm: ${ringing.join(", ")}`);
  return alerts.length > 0 && h("span", { class: "badge" }, `${plural(alerts.length, "alert")} ok`);
}

// --- all of them ---------------------------------------------------------------------------------

function listViews(view) {
  const watcher = new api.Watcher();
  view.onClose(() => watcher.close());
  const cards = h("div", { class: "plots views" });
  const place = h("div", { class: "content" });
  const counts = h("span", {});
  const more = h("p", { class: "hint" });
  const make = () => newView(view, (name) => view.go(`/views/${encodeURIComponent(name)}`));
  const search = h("input", {
    type: "search", placeholder: "Search views", "aria-label": "Search views", "data-search": true, on: { input: () => draw() },
  });
  let views = null;

  function draw() {
    if (!views) return;
    const text = search.value.toLowerCase();
    const found = views.filter((one) => `${one.name} ${one.table} ${words(one.definition)}`.toLowerCase().includes(text));
    const shown = found.slice(0, CARDS);
    put(counts, plural(views.length, "view"));
    put(more, found.length > CARDS && `${plural(found.length - CARDS, "view")} more: search for them by name or table.`);
    const gone = new Set(cards.kept?.values() || []);
    keyed(cards, shown, (one) => `${one.account} ${one.region} ${one.name} ${one.created}`, (one) => card(one, watcher), (element, one) => {
      gone.delete(element);
      element.told(one);
    });
    for (const element of gone) element.unwatch();
    if (!views.length) put(place, h("section", { class: "panel" }, nothing(view, make)));
    else if (!cards.isConnected) put(place, cards, more);
  }

  if (!view.readOnly) view.key("n", "New view", make, "Views");
  view.show(head("Views", counts, search, !view.readOnly && h("button", { class: "primary", on: { click: make } }, "New view")), place);
  view.every(3000, async () => {
    views = (await api.admin.get("views")).views;
    draw();
    if (!view.session.virtual) for (const element of cards.children) element.chart.move();
  });
}

function card(one, watcher) {
  const chart = new ViewChart(one.definition, { title: one.name });
  const foot = h("footer", { class: "row" });
  const element = h("section", { class: "panel viewcard", "aria-label": `View ${one.name}` },
    h("header", {}, h("h2", {}, h("a", { href: address(one) }, one.name)), h("span", { class: "hint cut" }, `${words(one.definition)} of ${one.table}`)),
    chart.element, foot);
  begin(chart, one);
  element.unwatch = watcher.watch(`views/${one.name}`, { ...chart.query, ...whereOf(one) }, (answer) => answer && chart.update(answer));
  element.chart = chart;
  element.told = (now) => {
    const text = JSON.stringify([now.status, now.built, now.trouble, now.lag_ms > 2000 && now.lag_ms, now.alerts]);
    if (element.text === text) return;
    element.text = text;
    put(foot, stateBadge(now), alertsBadge(now),
      now.lag_ms > 2000 && h("span", { class: "badge warn" }, `${span(now.lag_ms)} behind`),
      now.trouble && h("span", { class: "isbad cut", title: now.trouble }, now.trouble));
  };
  return element;
}

// A chart of a view over all time goes on from what the node has kept; an older node keeps nothing.
function begin(chart, one) {
  if (chart.isMoving) api.admin.get(`views/${one.name}/history`, whereOf(one)).then((kept) => chart.begin(kept), () => {});
}

function nothing(view, make) {
  return empty("There is no view yet.",
    h("p", {}, "A view is an aggregate that follows every change of a table: sums, counts, the most frequent, by groups and in windows."),
    h("pre", {}, `headwater view create revenue --table Orders --sum total --by country --window 1m \\\n  --endpoint ${view.session.endpoint}`),
    !view.readOnly && h("p", {}, h("button", { class: "primary", on: { click: make } }, "Make the first view")));
}

// --- one -----------------------------------------------------------------------------------------

async function showView(view, name) {
  // A name may be taken in several regions.
  const region = view.query.get("region") || api.place.region;
  const account = view.query.get("account");
  const find = async () => {
    const named = (await api.admin.get("views")).views.filter((one) => one.name === name);
    return named.find((one) => one.region === region && (!account || one.account === account)) || named[0];
  };
  const one = await find();
  if (!one) {
    view.show(head("Views"), h("section", { class: "panel" }, empty(`There is no view ${name}.`, h("p", {}, h("a", { href: "/views" }, "The views there are")))));
    return;
  }
  const { definition } = one;
  const aggregates = aggregatesOf(definition);
  const watcher = new api.Watcher();
  view.onClose(() => watcher.close());
  const beside = h("span", { class: "row" });
  const trouble = h("div");
  const chart = new ViewChart(definition, { title: name, limit: 12, height: 220, withBars: true });
  begin(chart, one);
  const ranges = chart.isMoving && h("div", { class: "choice", role: "group", "aria-label": "Range" }, RANGES.map(([name, span]) =>
    h("button", { "aria-pressed": String(span === chart.span), on: { click: (event) => choose(span, event.currentTarget) } }, name)));
  const choose = (span, button) => {
    chart.span = span;
    for (const other of ranges.children) other.setAttribute("aria-pressed", String(other === button));
    chart.move();
  };
  const groups = groupsTable(definition, aggregates);
  const alerts = alertsPanel(view, name, whereOf(one));
  const choice = h("select", { "aria-label": "Which aggregate", on: { change: () => watch(choice.value) } }, aggregates.map((text) => h("option", {}, text)));
  let unwatch = [];

  function watch(aggregate) {
    for (const end of unwatch.splice(0)) end();
    chart.choose(aggregate);
    const page = `views/${name}`;
    const shows = (draw) => (answer, refusal) => {
      put(trouble, refusal && troubleBox(refusal));
      if (answer) draw(answer);
    };
    unwatch = [watcher.watch(page, { ...chart.query, ...whereOf(one) }, shows((answer) => chart.update(answer)))];
    if (chart.hasGroups || aggregates.length > 1) {
      const order = aggregate.startsWith("top(") || !chart.hasGroups ? {} : { order: `-${aggregate}` };
      const windows = definition.window ? { windows: 2 } : {};
      unwatch.push(watcher.watch(page, { limit: ROWS, ...order, ...windows, ...whereOf(one) }, shows((answer) => groups.update(chart.groups(answer), answer))));
    } else groups.element.hidden = true;
  }

  async function remove() {
    const isSure = await confirm({ title: `Delete the view ${name}?`, text: "What it has come to is forgotten. The table stays as it is.", verb: "Delete" });
    if (!isSure) return;
    const isDone = await view.try(() => api.admin.delete(`views/${name}`, whereOf(one)).then(() => true));
    if (isDone) { toast(`View ${name} is deleted`); view.go("/views"); }
  }

  view.show(
    head(name, beside, ranges, aggregates.length > 1 && choice, h("a", { class: "button", href: `/tables/${encodeURIComponent(one.table)}` }, one.table),
      !view.readOnly && h("button", { class: "danger", on: { click: remove } }, "Delete")),
    trouble,
    h("section", { class: "panel bigview", "aria-label": `Chart of ${name}` }, chart.element),
    h("div", { class: "pair" }, groups.element, h("div", { class: "stack" }, alerts.element, facts(one))));
  watch(aggregates[0]);
  view.every(3000, async () => {
    if (!view.session.virtual) chart.move();
    const now = await find();
    if (!now) { view.told({ what: `the view ${name} is gone`, why: "somebody has deleted it", now: "Choose another one." }); return; }
    put(beside, stateBadge(now), h("span", {}, words(definition)), now.lag_ms > 2000 && h("span", { class: "badge warn" }, `${span(now.lag_ms)} behind`),
      now.trouble && h("span", { class: "badge bad", title: now.trouble }, "in trouble"));
    await alerts.refresh();
  });
}

function groupsTable(definition, aggregates) {
  const by = [definition.by || []].flat();
  const rows = h("tbody");
  const said = h("span", { class: "hint" });
  const element = h("section", { class: "panel", "aria-label": "Groups" }, h("header", {}, h("h2", {}, by.length ? "Groups" : "Values"), said),
    h("div", { class: "scroll itemgrid" }, h("table", { class: "grid", "aria-label": "Groups" },
      h("thead", {}, h("tr", {}, by.map((one) => h("th", {}, one)), h("th", { class: "num" }, "Items"), aggregates.map((one) => h("th", { class: "num" }, one)))), rows)));
  function update(groups, answer) {
    const window = answer.windows?.find((one) => one.groups.length);
    put(said, window ? `window that ends at ${window.end.slice(11, 19)}${window.open ? ", still open" : ""}` : groups.length >= ROWS ? `the first ${ROWS}` : "");
    keyed(rows, groups, (one) => groupName(one.group), () => h("tr"), (row, one) => {
      const text = JSON.stringify(one);
      if (row.text === text) return;
      row.text = text;
      put(row, by.map((path) => h("td", {}, shown(one.group[path]))), h("td", { class: "num" }, number(one.items)),
        aggregates.map((aggregate) => h("td", { class: "num" }, shown(one.values[aggregate]))));
    });
  }
  return { element, update };
}

function shown(value) {
  if (value === null || value === undefined) return h("span", { class: "hint" }, "none");
  if (Array.isArray(value)) return value.slice(0, 3).map((one) => `${one.value} (${number(one.count)})`).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "number" ? number(value) : String(value);
}

function facts(one) {
  const fact = (name, value) => value !== undefined && value !== null && [h("dt", {}, name), h("dd", {}, String(value))];
  const { definition } = one;
  return h("section", { class: "panel", "aria-label": "Definition" }, h("header", {}, h("h2", {}, "Definition")),
    h("div", { class: "inside" }, h("dl", { class: "facts" },
      fact("Table", one.table), fact("Computes", words(definition)), fact("Filter", definition.filter),
      fact("Kept for", definition.keep), fact("Counts", definition.events?.join(", ")), fact("Time from", definition.time),
      fact("Made", one.created.slice(0, 19).replace("T", " ")),
      fact("Left out", one.skipped || null), fact("Changes lost", one.changes_lost))));
}

export default {
  id: "views",
  title: "Views",
  key: "v",
  icon: "M4 20V10M10 20V4M16 20v-7M4 20h17M21 8l-4 3-3-4",
  needs: "admin",
  open,
};
