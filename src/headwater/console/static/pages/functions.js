// Functions: the list with how each fares, and of one of them its settings, an invocation, its log.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { bytes, number, plural, span, tableOf } from "../format.js";
import { functionCharts } from "../parts/functioncharts.js";
import { FunctionLog } from "../parts/functionlog.js";
import { InvokePanel } from "../parts/invokepanel.js";
import { empty } from "../parts/notices.js";
import { head } from "../view.js";

const address = (name) => `/functions/${encodeURIComponent(name)}`;
const everyFunction = () => api.all("lambda", "ListFunctions", {}, "Functions", ["NextMarker", "Marker"]);

async function open(view) {
  if (view.path[0]) await showFunction(view, view.path[0]);
  else listFunctions(view);
}

// How long ago something was, on the node's clock.
const ago = (atMs, nowMs) => (atMs === null || atMs === undefined ? "–" : nowMs - atMs < 1000 ? "just now" : `${span(Math.round((nowMs - atMs) / 1000) * 1000)} ago`);

const state = (text) => h("span", { class: `badge ${text === "Active" ? "ok" : "warn"}` }, text);

// --- all of them ---------------------------------------------------------------------------------

// Wide ones have no room on a phone.
const COLUMNS = [["Function"], ["Runtime", "wide"], ["Memory", "num wide"], ["State"], ["Last invocation", "num"],
  ["Invocations", "num wide"], ["Errors", "num"], ["In hand", "num wide"], ["Processes", "num wide"]];

function listFunctions(view) {
  let found = null;
  let standing = null;
  let nowMs = 0;
  const rows = h("tbody");
  const counts = h("span", {});
  const search = h("input", {
    type: "search", placeholder: "Search functions", "aria-label": "Search functions", "data-search": true,
    value: sessionStorage.getItem("functions") || "",
    on: {
      input: () => { sessionStorage.setItem("functions", search.value); draw(); },
      keydown: (event) => {
        const first = rows.querySelector("a");
        if (event.key === "Enter" && first) view.go(first.getAttribute("href"));
      },
    },
  });
  const table = h("table", { class: "grid", "aria-label": "Functions" },
    h("thead", {}, h("tr", {}, COLUMNS.map(([name, kind]) => h("th", { class: kind }, name)))), rows);
  const place = h("section", { class: "panel scroll" });

  function draw() {
    if (!found) return;
    const text = search.value.toLowerCase();
    const shown = found.filter((one) => one.FunctionName.toLowerCase().includes(text));
    put(counts, shown.length === found.length ? plural(found.length, "function") : `${shown.length} of ${plural(found.length, "function")}`);
    keyed(rows, shown, (one) => one.FunctionArn, () => h("tr"), (row, one) => listRow(row, one, standing?.get(one.FunctionArn), nowMs));
    put(place, found.length ? table : nothing(view));
  }

  view.show(head("Functions", counts, search), place,
    h("p", { class: "hint" }, "Invocations and errors are counted since the node started; a function's own page has the last hour."));
  // Settings seldom change, and are many requests where there are many functions.
  const list = view.every(10_000, async () => {
    found = await everyFunction();
    draw();
  });
  view.every(2000, async () => {
    const told = await api.admin.get("functions");
    const isOther = standing && (told.functions.length !== standing.size || told.functions.some((one) => !standing.has(one.arn)));
    if (isOther) list();
    standing = new Map(told.functions.map((one) => [one.arn, one]));
    nowMs = told.now_ms;
    draw();
  });
}

function nothing(view) {
  return empty("There is no function here.",
    h("p", {}, `in region ${api.place.region}. Create one from a zip, or from a directory whose changes count at once:`),
    h("pre", {}, [
      `aws lambda create-function --endpoint-url ${view.session.endpoint} \\`,
      "  --function-name on-order --runtime python3.12 --handler app.handler \\",
      "  --role arn:aws:iam::000000000000:role/any \\",
      "  --code S3Bucket=headwater-directory,S3Key=$PWD/src"].join("\n")));
}

function listRow(row, one, told, nowMs) {
  const text = JSON.stringify([one.RevisionId, told, told?.last_ms && ago(told.last_ms, nowMs)]);
  if (row.text === text) return;
  row.text = text;
  const cells = [
    h("a", { class: "strong", href: address(one.FunctionName) }, one.FunctionName),
    one.Runtime || "–",
    `${one.MemorySize} MB`,
    told && state(told.state),
    told && ago(told.last_ms, nowMs),
    told && number(told.invocations),
    told && (told.errors ? h("b", { class: "isbad" }, number(told.errors)) : "0"),
    told && busy(told),
    told && number(told.processes),
  ];
  put(row, cells.map((cell, at) => h("td", { class: COLUMNS[at][1] }, cell)));
}

const busy = (told) => (told.reserved === null ? number(told.busy) : `${number(told.busy)} of ${number(told.reserved)}`);

// --- one -----------------------------------------------------------------------------------------

async function showFunction(view, name) {
  const [{ Configuration: about, Concurrency }, versions, aliases, mappings] = await Promise.all([
    api.aws("lambda", "GetFunction", { FunctionName: name }),
    api.all("lambda", "ListVersionsByFunction", { FunctionName: name }, "Versions", ["NextMarker", "Marker"]),
    api.all("lambda", "ListAliases", { FunctionName: name }, "Aliases", ["NextMarker", "Marker"]),
    mappingsOf(name),
  ]);
  const [, , , region, account] = about.FunctionArn.split(":");
  const tiles = tilesRow();
  const callers = mappingsPanel();
  const log = new FunctionLog({ name, account, region });
  const charts = functionCharts(name);
  view.onClose(() => log.close());
  view.key(" ", "Pause the log and go on", () => log.pause(), "Function");

  const refresh = view.every(2000, async () => {
    const told = await api.admin.get("functions");
    const own = told.functions.find((one) => one.arn === about.FunctionArn);
    if (own) tiles.update(own, told.now_ms);
  });
  view.every(5000, async () => callers.update(await mappingsOf(name)));
  view.every(10_000, () => charts.refresh());

  const invoke = !view.readOnly && new InvokePanel(view, name, {
    qualifiers: [...aliases.map((one) => one.Name), ...versions.map((one) => one.Version).filter((one) => one !== "$LATEST")],
    streamArn: mappings.find((one) => one.EventSourceArn.includes(":dynamodb:"))?.EventSourceArn,
    invoked: refresh,
  });
  view.show(
    head(name, [state(about.State), h("span", {}, about.Runtime)]),
    tiles.element,
    h("div", { class: invoke ? "pair" : "" }, invoke && invoke.element,
      h("div", { class: "stack" }, settings(about, Concurrency, versions, aliases), callers.element)),
    log.element,
    h("div", { class: "plots" }, charts.elements));
  callers.update(mappings);
}

const mappingsOf = (name) =>
  api.all("lambda", "ListEventSourceMappings", { FunctionName: name }, "EventSourceMappings", ["NextMarker", "Marker"]);

function tilesRow() {
  const names = { invocations: "Invocations", errors: "Errors", throttles: "Throttles", busy: "In hand", processes: "Processes", last: "Last invocation" };
  const values = Object.fromEntries(Object.keys(names).map((id) => [id, h("b", {}, "–")]));
  const element = h("section", { class: "tiles", "aria-label": "Since the node started" },
    Object.entries(names).map(([id, name]) => h("div", { class: "tile" }, h("span", {}, name), values[id])));
  function update(told, nowMs) {
    for (const id of ["invocations", "errors", "throttles", "processes"]) put(values[id], number(told[id]));
    put(values.busy, busy(told));
    put(values.last, ago(told.last_ms, nowMs));
    values.errors.parentElement.classList.toggle("bad", told.errors > 0);
    values.throttles.parentElement.classList.toggle("warn", told.throttles > 0);
  }
  return { element, update };
}

function settings(about, concurrency, versions, aliases) {
  const fact = (name, value) => value && [h("dt", {}, name), h("dd", {}, value)];
  const mono = (text) => h("span", { class: "mono" }, text);
  const variables = Object.entries(about.Environment?.Variables || {});
  const published = versions.filter((one) => one.Version !== "$LATEST");
  return h("section", { class: "panel", "aria-label": "Configuration" }, h("header", {}, h("h2", {}, "Configuration")),
    h("div", { class: "inside stack" }, h("dl", { class: "facts" },
      fact("Handler", mono(about.Handler)),
      fact("Runtime", about.Runtime),
      fact("Memory", `${about.MemorySize} MB`),
      fact("Time-out", `${about.Timeout} s`),
      fact("Concurrency", concurrency ? `at most ${concurrency.ReservedConcurrentExecutions}` : "not bounded"),
      fact("Code", about.CodeSize ? bytes(about.CodeSize) : "a directory, run in place"),
      fact("Changed", about.LastModified.slice(0, 19).replace("T", " ")),
      about.Layers?.length > 0 && fact("Layers", about.Layers.map((one) => h("div", { class: "mono" }, one.Arn.split(":layer:")[1]))),
      published.length > 0 && fact("Versions", published.map((one) => one.Version).join(", ")),
      aliases.length > 0 && fact("Aliases", aliases.map((one) => `${one.Name} → ${one.FunctionVersion}`).join(", ")),
      fact("Log group", mono(about.LoggingConfig?.LogGroup)),
      fact("ARN", mono(about.FunctionArn))),
    variables.length > 0 && h("details", {}, h("summary", {}, plural(variables.length, "environment variable")),
      h("dl", { class: "facts" }, variables.map(([key, value]) => [h("dt", { class: "mono" }, key), h("dd", { class: "mono" }, value)])))));
}

function mappingsPanel() {
  const rows = h("tbody");
  const place = h("div", { class: "scroll" });
  const table = h("table", { class: "grid", "aria-label": "What calls it" }, h("thead", {}, h("tr", {}, ["Source", "State", "Batch", "Last result"].map((name) => h("th", {}, name)))), rows);
  const element = h("section", { class: "panel", "aria-label": "Mappings" }, h("header", {}, h("h2", {}, "What calls it")), place);
  function update(mappings) {
    put(place, mappings.length ? table : empty("No mapping calls it.",
      h("p", {}, "Map it to the stream of a table, and it is called with its changes.")));
    keyed(rows, mappings, (one) => one.UUID, () => h("tr"), (row, one) => put(row,
      h("td", {}, h("a", { href: `/mappings/${one.UUID}` }, source(one.EventSourceArn))),
      h("td", {}, h("span", { class: `badge ${one.State === "Enabled" ? "ok" : "warn"}` }, one.State)),
      h("td", {}, one.BatchSize),
      h("td", { class: "cutcell" }, one.LastProcessingResult || "")));
  }
  return { element, update };
}

const source = (arn) => (arn.includes(":dynamodb:") ? `stream of ${tableOf(arn)}` : arn.split(":").at(-1));

export default {
  id: "functions",
  title: "Functions",
  key: "f",
  icon: "M8 5c-2.500 0-3 1.500-3 3v2c0 1-.5 2-2 2 1.500 0 2 1 2 2v2c0 1.500.5 3 3 3M16 5c2.500 0 3 1.500 3 3v2c0 1 .5 2 2 2-1.500 0-2 1-2 2v2c0 1.500-.5 3-3 3M10 15l4-6",
  needs: "admin",
  open,
};
