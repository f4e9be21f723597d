// Regions: the links between replicas, how far each is behind, and which table is where.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { number, plural, span } from "../format.js";
import { Chart } from "../parts/chart.js";
import { empty } from "../parts/notices.js";
import { KINDS, RegionMap, WORST } from "../parts/regionmap.js";
import { head } from "../view.js";

const LIVE_MS = 5 * 60_000;
const LINES_MAX = 7;

function open(view) {
  const map = new RegionMap();
  view.onClose(() => map.close());
  const tiles = tilesRow();
  const links = linksPanel();
  const replicas = replicasPanel();
  const lag = new Chart({ title: "Lag of links", show: span, total: (values) => Math.max(0, ...values.map((one) => one || 0)) });
  const waiting = new Chart({ title: "Writes that wait for a link", total: (values) => values.reduce((sum, one) => sum + (one || 0), 0) });
  const counts = h("span", {});
  const page = [
    tiles.element,
    h("section", { class: "panel", "aria-label": "Map of regions" }, h("div", { class: "inside" }, map.element)),
    h("div", { class: "plots" }, lag.element, waiting.element),
    links.element, replicas.element,
  ];
  const place = h("div", { class: "content" });
  view.show(head("Regions", counts), place);
  let points = [];
  let isEmpty;

  view.every(1500, async () => {
    const told = await api.admin.get("regions");
    const { regions, edges } = summary(told, view.session.region);
    const nothing = !told.tables.length && !told.links.length && !told.peers.length;
    if (isEmpty !== nothing) {
      isEmpty = nothing;
      put(place, nothing ? h("section", { class: "panel" }, nobody(view)) : page);
    }
    put(counts, nothing ? "" : `${plural(regions.length, "region")}, ${plural(new Set(told.tables.map((one) => one.table)).size, "global table")}`);
    if (nothing) return;
    map.update(regions, edges);
    tiles.update(told, edges);
    links.update(told);
    replicas.update(told, regions);
    const now = Date.now();
    points = [...points, { at: now, edges: edges.filter((one) => one.state !== "incoming") }].filter((one) => one.at > now - LIVE_MS - 2000);
    plot(lag, points, "lagMs", now);
    plot(waiting, points, "waiting", now);
  });
}

// Regions and arrows: links of all tables together, each arrow as bad as the worst of them.
function summary(told, home) {
  const edges = new Map();
  const edge = (from, to) => {
    const key = `${from} ${to}`;
    if (!edges.has(key)) edges.set(key, { from, to, state: "incoming", waiting: 0, lagMs: 0, writes: 0, late: 0, trouble: "" });
    return edges.get(key);
  };
  for (const link of told.links) {
    const one = edge(link.from, link.to);
    if (WORST.indexOf(link.state) < WORST.indexOf(one.state)) one.state = link.state;
    one.waiting += link.behind;
    one.lagMs = Math.max(one.lagMs, link.lag_ms);
    one.writes += link.shipped;
    one.late += link.superseded;
    one.trouble ||= link.trouble || "";
  }
  for (const came of told.received) {
    const one = edge(came.from, came.to);
    if (one.state !== "incoming") continue;
    one.writes += came.writes;
    one.late += came.late;
  }
  const names = new Set([...told.peers, ...told.tables.flatMap((one) => [one.region, ...Object.keys(one.replicas)]),
    ...[...edges.values()].flatMap((one) => [one.from, one.to])]);
  if (!told.tables.length) names.add(home);
  const regions = [...names].sort().map((name) => ({
    name,
    isOwn: !told.peers.includes(name),
    tables: told.tables.filter((one) => one.region === name).length,
  }));
  return { regions, edges: [...edges.values()] };
}

function plot(chart, points, value, now) {
  const names = [...new Set(points.flatMap((point) => point.edges.map(nameOf)))].sort().slice(0, LINES_MAX);
  const times = points.map((point) => point.at);
  const window = [now - LIVE_MS, now];
  if (!names.length) {
    chart.update(times, [times.map(() => 0)], window, [{ name: "no link", named: true, colour: "var(--c7)" }]);
    return;
  }
  const lines = names.map((name) => points.map((point) => point.edges.find((one) => nameOf(one) === name)?.[value] ?? null));
  chart.update(times, lines, window, names.map((name) => ({ name, named: true })));
}

const nameOf = (edge) => `${edge.from} → ${edge.to}`;

function tilesRow() {
  const names = { links: "Links in order", waiting: "Waiting", lag: "Largest lag", shipped: "Shipped", received: "Received", conflicts: "Conflicts" };
  const values = Object.fromEntries(Object.keys(names).map((id) => [id, h("b", {}, "–")]));
  const element = h("section", { class: "tiles", "aria-label": "Now" },
    Object.entries(names).map(([id, name]) => h("div", { class: "tile", data: { id }, title: id === "conflicts" ? "Writes that met a later one: the later one stays, everywhere" : null }, h("span", {}, name), values[id])));
  function update(told, edges) {
    const good = told.links.filter((one) => one.state !== "down").length;
    const lagMs = Math.max(0, ...told.links.map((one) => one.lag_ms));
    const sum = (list, name) => list.reduce((total, one) => total + one[name], 0);
    put(values.links, `${good} of ${told.links.length}`);
    put(values.waiting, number(sum(told.links, "behind")));
    put(values.lag, span(lagMs));
    put(values.shipped, number(sum(told.links, "shipped")));
    put(values.received, number(sum(told.received, "writes")));
    put(values.conflicts, number(sum(edges, "late")));
    values.links.parentElement.classList.toggle("bad", good < told.links.length);
    values.lag.parentElement.classList.toggle("warn", lagMs > 10_000);
  }
  return { element, update };
}

const LINK_COLUMNS = [["Table"], ["Link", "nowrap"], ["State"], ["Waiting", "num"], ["Lag", "num"], ["Shipped", "num wide"],
  ["Overtaken", "num wide"], ["Trouble"]];

function linksPanel() {
  const rows = h("tbody");
  const said = h("span", { class: "hint" });
  let told = { links: [], troubles: {} };
  const search = h("input", {
    type: "search", placeholder: "Search links", "aria-label": "Search links", "data-search": true, on: { input: () => draw() },
  });
  const table = h("table", { class: "grid", "aria-label": "Links" },
    h("thead", {}, h("tr", {}, LINK_COLUMNS.map(([name, kind]) =>
      h("th", { class: kind, title: name === "Overtaken" ? "Writes that arrived when a later one was there: conflicts that the other side won" : null }, name)))), rows);
  const place = h("div", { class: "scroll" }, table);
  const element = h("section", { class: "panel", "aria-label": "Links of tables" },
    h("header", {}, h("h2", {}, "Links"), said, h("div", { class: "end" }, search)), place);

  function draw() {
    const text = search.value.toLowerCase();
    const shown = told.links.filter((one) => `${one.table} ${one.from} ${one.to} ${one.state}`.toLowerCase().includes(text))
      .sort((a, b) => (a.table + a.from + a.to < b.table + b.from + b.to ? -1 : 1));
    put(said, "A link ships one region's own writes of a table to another.");
    keyed(rows, shown, (one) => `${one.account} ${one.table} ${one.from} ${one.to}`, () => h("tr"), linkRow);
    place.hidden = !told.links.length;
  }
  function update(now) {
    told = now;
    draw();
  }
  return { element, update };
}

function linkRow(row, one) {
  const text = JSON.stringify({ ...one, lanes: null });
  if (row.text === text) return;
  row.text = text;
  const cells = [
    h("a", { class: "strong", href: `/tables/${encodeURIComponent(one.table)}` }, one.table),
    nameOf(one),
    h("span", { class: `badge ${KINDS[one.state] || ""}` }, one.state),
    number(one.behind), span(one.lag_ms), number(one.shipped), number(one.superseded),
    [one.trouble && h("span", { class: "cut2", title: one.trouble }, one.trouble),
      one.resynchronised > 0 && h("span", { class: "hint" }, `compared anew ${plural(one.resynchronised, "time")}`)],
  ];
  put(row, cells.map((cell, at) => h("td", { class: LINK_COLUMNS[at][1] }, cell)));
}

// A row for each table, a column for each region.
function replicasPanel() {
  const rows = h("tbody");
  const columns = h("tr");
  const trouble = h("div");
  const table = h("table", { class: "grid", "aria-label": "Replicas" }, h("thead", {}, columns), rows);
  const element = h("section", { class: "panel", "aria-label": "Replicas of tables" },
    h("header", {}, h("h2", {}, "Replicas"), h("span", { class: "hint" }, "Where each global table is")), trouble, h("div", { class: "scroll" }, table));
  let heads = "";
  function update(told, regions) {
    const names = regions.map((one) => one.name);
    if (heads !== names.join()) {
      heads = names.join();
      put(columns, h("th", {}, "Table"), names.map((name) => h("th", {}, name)));
    }
    const tables = new Map();
    for (const one of told.tables) {
      const known = tables.get(one.table) || { table: one.table, regions: {} };
      known.regions = { ...one.replicas, ...known.regions, [one.region]: one.status };
      tables.set(one.table, known);
    }
    element.hidden = !tables.size;
    const troubles = Object.entries(told.troubles);
    const shared = (told.settings || []).filter((one) => one.trouble);
    put(trouble,
      troubles.map(([name, why]) => waits(`A replica of ${name} waits`, why)),
      shared.map((one) => waits(`Settings of ${one.table} do not come to ${one.to}`, one.trouble)));
    keyed(rows, [...tables.values()].sort((a, b) => (a.table < b.table ? -1 : 1)), (one) => one.table, () => h("tr"), (row, one) => {
      const text = JSON.stringify([one, names]);
      if (row.text === text) return;
      row.text = text;
      put(row, h("td", {}, h("a", { class: "strong", href: `/tables/${encodeURIComponent(one.table)}` }, one.table)),
        names.map((name) => h("td", {}, one.regions[name]
          ? h("span", { class: `badge ${one.regions[name] === "ACTIVE" ? "ok" : "warn"}` }, one.regions[name])
          : h("span", { class: "hint" }, "–"))));
    });
  }
  return { element, update };
}

const waits = (what, why) => h("div", { class: "trouble", role: "alert" }, h("strong", {}, what), h("p", {}, why));

function nobody(view) {
  return empty("Every table lives in one region.",
    h("p", {}, "Give a table a replica. A region that no --peer names is this node's own, so one node can be several:"),
    h("pre", {}, [
      `aws dynamodb update-table --endpoint-url ${view.session.endpoint} \\`,
      "  --table-name Orders \\",
      "  --replica-updates 'Create={RegionName=eu-west-1}'"].join("\n")),
    h("p", {}, "For another node, start both with --peer, such as --peer eu-west-1=http://10.0.0.2:8000."));
}

export default {
  id: "regions",
  title: "Regions",
  key: "r",
  icon: "M12 3a9 9 0 100 18 9 9 0 000-18zM3 12h18M12 3c3 2.500 4 5.500 4 9s-1 6.500-4 9c-3-2.500-4-5.500-4-9s1-6.500 4-9z",
  needs: "admin",
  open,
};
