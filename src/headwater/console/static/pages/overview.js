// Overview: does the stream flow, how far is each reader behind, and why.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { functionError, number, plural, shardTail, span, tableOf } from "../format.js";
import { Chart } from "../parts/chart.js";
import { empty } from "../parts/notices.js";
import { cloudwatchCharts } from "../parts/cloudwatch.js";
import { otherReaders, otherRow, ringingLine } from "../parts/otherreaders.js";
import { head } from "../view.js";

const LIVE_MS = 5 * 60_000;
const LEAST_MS = 60_000;
const RANGES = [["live", "Live"], ["1h", "1 h"], ["3h", "3 h"], ["1d", "1 d"]];

const sum = (values) => values.reduce((total, value) => total + (value || 0), 0);

function liveCharts() {
  return {
    requests: new Chart({
      title: "Requests", unit: "/s", total: sum,
      series: [{ name: "reads" }, { name: "writes" }, { name: "streams" }, { name: "others" }],
    }),
    changes: new Chart({ title: "Changes committed", unit: "/s", series: [{ name: "changes" }] }),
    latency: new Chart({
      title: "Request and sync time", show: span, series: [{ name: "request" }, { name: "sync" }],
    }),
    lag: new Chart({ title: "Lag of readers", show: span, total: (values) => Math.max(0, ...values.map((one) => one || 0)) }),
    waiting: new Chart({ title: "Changes not yet delivered", series: [{ name: "waiting" }] }),
    errors: new Chart({ title: "Errors", unit: "/s", total: sum }),
  };
}

function drawLive(charts, points, nowMs) {
  const times = points.map((one) => one.at_ms);
  // The window grows with what there is, up to five minutes.
  const from = Math.max(nowMs - LIVE_MS, Math.min(points[0]?.at_ms ?? nowMs, nowMs - LEAST_MS));
  const window = [from, nowMs];
  const line = (name) => points.map((one) => one[name]);
  charts.requests.update(times, ["reads", "writes", "streams", "others"].map(line), window);
  charts.changes.update(times, [line("changes")], window);
  charts.latency.update(times, [line("latency_ms"), line("sync_ms")], window);
  charts.waiting.update(times, [line("waiting")], window);
  byName(charts.lag, times, points.map((one) => one.lag_ms), window, "no reader");
  byName(charts.errors, times, points.map((one) => one.errors), window, "none");
}

// One line for each name that occurs; at most seven.
function byName(chart, times, values, window, none) {
  const names = [...new Set(values.flatMap((one) => Object.keys(one)))].sort().slice(0, 7);
  const lines = names.map((name) => values.map((one) => one[name] || 0));
  const series = names.map((name) => ({ name, named: true }));
  if (!names.length) {
    chart.update(times, [times.map(() => 0)], window, [{ name: none, named: true, colour: "var(--c7)" }]);
  } else chart.update(times, lines, window, series);
}

function readersPanel() {
  const rows = h("tbody");
  const said = h("span", { class: "hint" });
  const table = h("table", { class: "grid", "aria-label": "Readers" },
    h("thead", {}, h("tr", {}, ["Reader", "Stream of", "State", "Waiting", "Lag", "Why"].map((name, at) =>
      h("th", { class: at === 3 || at === 4 ? "num" : "" }, name)))),
    rows);
  const place = h("div", { class: "scroll" });
  const element = h("section", { class: "panel" },
    h("header", {}, h("h2", {}, "Readers, and why they wait"), said), place);

  function update(mappings, idle, others) {
    const waiting = new Map();
    for (const one of idle.mappings || []) {
      const list = waiting.get(one.mapping) || [];
      waiting.set(one.mapping, [...list, one]);
    }
    put(said, idle.idle ? "everything that was committed has been delivered" : "");
    if (!mappings.length && !others.length) {
      put(place, empty("Nobody reads a stream here yet.",
        h("p", {}, "Map a Lambda function to the stream of a table, or make a view: it appears here with its lag.")));
      return;
    }
    put(place, table);
    keyed(rows, [...mappings, ...others], (one) => one.UUID || one.key, () => h("tr"), (row, one) => {
      if (one.UUID) readerRow(row, one, waiting.get(one.UUID) || [], idle.now_ms);
      else otherRow(row, one);
    });
  }
  return { element, update };
}

function readerRow(row, mapping, lanes, nowMs) {
  const records = lanes.reduce((total, lane) => total + (lane.records || 0), 0);
  const oldest = Math.min(...lanes.map((lane) => lane.oldest_ms || Infinity));
  const worst = lanes.find((lane) => lane.trouble) || lanes[0];
  const isOn = mapping.State === "Enabled";
  const trouble = lanes.some((lane) => lane.trouble);
  put(row,
    h("td", {}, h("a", { href: `/mappings/${mapping.UUID}` }, mapping.FunctionArn.split(":function:")[1])),
    h("td", {}, h("a", { href: `/stream/${encodeURIComponent(tableOf(mapping.EventSourceArn))}` }, tableOf(mapping.EventSourceArn))),
    h("td", {}, h("span", { class: `badge ${isOn ? (trouble ? "bad" : "ok") : "warn"}` },
      isOn ? (trouble ? "Failing" : "Enabled") : mapping.State)),
    h("td", { class: "num" }, number(records)),
    h("td", { class: "num" }, Number.isFinite(oldest) ? span(Math.max(0, nowMs - oldest)) : "0 ms"),
    h("td", {}, why(mapping, lanes, worst)));
}

function why(mapping, lanes, worst) {
  if (mapping.State !== "Enabled") return mapping.StateTransitionReason || "it is switched off";
  if (!lanes.length) return h("span", { class: "hint" }, "nothing waits");
  const text = worst.shard ? `${shardTail(worst.shard)}: ${worst.why}` : worst.why;
  const more = lanes.length > 1 ? ` (and ${plural(lanes.length - 1, "other shard")})` : "";
  return [text + more, worst.trouble && h("div", { class: "hint cut2" }, functionError(worst.trouble)[0])];
}

async function everyMapping() {
  return api.all("lambda", "ListEventSourceMappings", {}, "EventSourceMappings", ["NextMarker", "Marker"]);
}

function tile(name) {
  const value = h("b", {});
  return { element: h("div", { class: "tile" }, h("span", {}, name), value), value };
}

function tilesRow() {
  const tiles = {
    writes: tile("Writes /s"), reads: tile("Reads /s"), changes: tile("Changes /s"),
    errors: tile("Errors /s"), waiting: tile("Undelivered"), lag: tile("Largest lag"),
  };
  const element = h("section", { class: "tiles", "aria-label": "Now" }, Object.values(tiles).map((one) => one.element));
  function update(point) {
    put(tiles.writes.value, number(point.writes));
    put(tiles.reads.value, number(point.reads));
    put(tiles.changes.value, number(point.changes));
    put(tiles.waiting.value, number(point.waiting));
    const errors = sum(Object.values(point.errors));
    put(tiles.errors.value, number(errors));
    tiles.errors.element.classList.toggle("bad", errors > 0);
    const lag = Math.max(0, ...Object.values(point.lag_ms));
    put(tiles.lag.value, span(lag));
    tiles.lag.element.classList.toggle("warn", lag > 10_000);
  }
  return { element, update };
}

function open(view) {
  let points = [];
  let range = view.query.get("range") || "live";
  const charts = liveCharts();
  const tiles = tilesRow();
  const readers = readersPanel();
  const plots = h("div", { class: "plots" });
  const choice = h("div", { class: "choice", role: "group", "aria-label": "Range" }, RANGES.map(([id, name]) =>
    h("button", { data: { id }, on: { click: () => choose(id) } }, name)));

  const ringing = ringingLine();
  let others = [];
  view.show(head("Overview", null, choice), ringing.element, tiles.element, plots, readers.element);

  let refreshCloudwatch = null;
  function choose(id) {
    range = id;
    for (const button of choice.children) button.setAttribute("aria-pressed", String(button.dataset.id === id));
    if (id === "live") {
      refreshCloudwatch = null;
      put(plots, Object.values(charts).map((one) => one.element));
    } else {
      const made = cloudwatchCharts(id);
      put(plots, made.elements);
      refreshCloudwatch = made.refresh;
      view.try(made.refresh);
    }
  }
  choose(range);

  view.every(1000, async () => {
    const told = await api.figures(points.length ? points.at(-1).at_ms : 0);
    points = [...points, ...told.points].filter((one) => one.at_ms > Date.now() - LIVE_MS - 5000);
    if (points.length) tiles.update(points.at(-1));
    if (range === "live") drawLive(charts, points, Date.now());
  });
  view.every(2000, async () => {
    const [mappings, idle] = await Promise.all([everyMapping(), api.admin.get("idle")]);
    readers.update(mappings, idle, others);
  });
  view.every(4000, async () => {
    const told = await otherReaders();
    others = told.readers;
    await ringing.update(told.ringing);
  });
  view.every(20_000, async () => { if (refreshCloudwatch) await refreshCloudwatch(); });
}

export default {
  id: "overview",
  title: "Overview",
  key: "o",
  icon: "M3 13h4l2.5-7 4.5 13 3-9 1.5 3H21",
  needs: "admin",
  open,
};
