// Mappings: which run and how they fare; of one, every shard, the batch that fails, and what was
// given up.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { clockTime, number, plural, shardTail, span, tableOf } from "../format.js";
import { confirm } from "../parts/dialog.js";
import { failingBatch } from "../parts/failingbatch.js";
import { givenUpPanel } from "../parts/givenup.js";
import { empty, toast } from "../parts/notices.js";
import { head } from "../view.js";

const ENDLESS = -1;

const functionOf = (mapping) => mapping.FunctionArn.split(":function:")[1];
const address = (mapping) => `/mappings/${mapping.UUID}`;

async function open(view) {
  if (view.path[0]) showMapping(view, view.path[0]);
  else listMappings(view);
}

const every = () => api.all("lambda", "ListEventSourceMappings", {}, "EventSourceMappings", ["NextMarker", "Marker"]);

// Failing, waiting or fine: the worst of a running mapping's shards decides.
function fare(mapping, status) {
  if (mapping.State !== "Enabled") return ["warn", mapping.State];
  const failing = (status?.lanes || []).filter((lane) => lane.phase === "pause").length;
  return failing ? ["bad", `Failing on ${plural(failing, "shard")}`] : ["ok", "Enabled"];
}

const badge = ([kind, text]) => h("span", { class: `badge ${kind}` }, text);

function listMappings(view) {
  const rows = h("tbody");
  const place = h("section", { class: "panel scroll" });
  const counts = h("span", {});
  const names = ["Function", "Stream of", "State", "Waiting", "Delivered", "Given up", ""];
  const table = h("table", { class: "grid", "aria-label": "Mappings" },
    h("thead", {}, h("tr", {}, names.map((name, at) => h("th", { class: at > 2 && at < 6 ? "num" : "" }, name)))), rows);
  view.show(head("Mappings", counts), place);
  const again = view.every(1500, async () => {
    const [mappings, told, idle] = await Promise.all([every(), api.admin.get("mappings"), api.admin.get("idle")]);
    put(counts, plural(mappings.length, "mapping"));
    put(place, mappings.length ? table : empty("No function is mapped to a stream.",
      h("p", {}, "Create a function, then a mapping with CreateEventSourceMapping.")));
    const running = new Map(told.mappings.map((one) => [one.uuid, one]));
    keyed(rows, mappings, (one) => one.UUID, () => h("tr"), (row, one) => {
      const status = running.get(one.UUID);
      const waits = idle.mappings.filter((entry) => entry.mapping === one.UUID);
      const sum = (name) => (status?.lanes || []).reduce((total, lane) => total + lane[name], 0);
      const text = JSON.stringify([one.State, status?.lanes, waits]);
      if (row.text === text) return;
      row.text = text;
      put(row,
        h("td", {}, h("a", { class: "strong", href: address(one) }, functionOf(one))),
        h("td", {}, h("a", { href: `/stream/${encodeURIComponent(tableOf(one.EventSourceArn))}` }, tableOf(one.EventSourceArn))),
        h("td", {}, badge(fare(one, status))),
        h("td", { class: "num" }, number(waits.reduce((total, entry) => total + (entry.records || 0), 0))),
        h("td", { class: "num" }, number(sum("delivered"))),
        h("td", { class: "num" }, number(sum("given_up"))),
        h("td", { class: "num" }, !view.readOnly && switchButton(view, one, () => again())));
    });
  });
}

// Pause or resume, as UpdateEventSourceMapping has it.
function switchButton(view, mapping, done) {
  const isOn = mapping.State === "Enabled" || mapping.State === "Enabling";
  const isMoving = mapping.State !== "Enabled" && mapping.State !== "Disabled";
  const flip = async (event) => {
    event.currentTarget.disabled = true;
    await view.try(() => api.aws("lambda", "UpdateEventSourceMapping", { UUID: mapping.UUID, Enabled: !isOn }));
    toast(isOn ? "The mapping is being paused; its position stays" : "The mapping goes on where it was");
    done();
  };
  return h("button", { disabled: isMoving, on: { click: flip } }, isOn ? "Pause" : "Resume");
}

async function showMapping(view, uuid) {
  const mapping = await view.try(() => api.aws("lambda", "GetEventSourceMapping", { UUID: uuid }));
  if (!mapping) return;
  const state = h("span", { class: "row" });
  const controls = h("span", { class: "row" });
  const lanes = lanesPanel(view, uuid);
  const destination = mapping.DestinationConfig?.OnFailure?.Destination;
  const givenUp = givenUpPanel(view, destination);
  const shown = failingBatch(view, mapping, {
    skip: async (lane) => {
      const text = destination
        ? `It is told to ${destination.split(":").pop()}, from where it can be redriven.`
        : "The mapping has no OnFailure destination: these records are not delivered any more.";
      if (!(await confirm({ title: `Skip ${plural(lane.batch, "record")} of shard ${shardTail(lane.shard_id)}?`, text, verb: "Skip" }))) return;
      await view.try(async () => {
        await patiently(() => api.admin.post("mappings/skip", { mapping: uuid, shard: lane.shard_id }));
        toast("The batch is skipped");
      });
      again();
    },
    retry: async () => {
      await view.try(() => api.admin.post("mappings/retry", { mapping: uuid }));
      toast("Tried again now");
      again();
    },
  });
  view.show(
    head(functionOf(mapping), state, controls,
      h("a", { class: "button", href: `/stream/${encodeURIComponent(tableOf(mapping.EventSourceArn))}` }, "Stream")),
    shown.element, lanes.element, givenUp.element, settingsPanel(mapping));

  const again = view.every(1000, async () => {
    const [now, told] = await Promise.all([
      api.aws("lambda", "GetEventSourceMapping", { UUID: uuid }), api.admin.get("mappings"),
    ]);
    const status = told.mappings.find((one) => one.uuid === uuid);
    put(state, badge(fare(now, status)), h("span", { class: "hint" }, now.LastProcessingResult || ""));
    const wanted = `${now.State}`;
    if (controls.text !== wanted && !view.readOnly) put(controls, switchButton(view, now, () => again()));
    controls.text = wanted;
    const running = status ? status.lanes : [];
    lanes.update(running, told.now_ms, now.State);
    shown.update(running, told.now_ms);
    givenUp.update();
  });
}

// A batch that is at the function in this moment can be skipped in the next: some tries.
async function patiently(work, tries = 40, waitMs = 50) {
  for (let left = tries; ; left -= 1) {
    try {
      return await work();
    } catch (trouble) {
      if (left <= 1 || !trouble.why?.includes("waits for its next try")) throw trouble;
      await new Promise((done) => setTimeout(done, waitMs));
    }
  }
}

const DOING = {
  invoking: ["info", "at the function"], pause: ["bad", "failed, tried again"], window: ["info", "gathers a batch"],
  idle: ["ok", "waits for changes"], reading: ["info", "reads"], ended: ["", "ended"],
};

function lanesPanel(view, uuid) {
  const rows = h("tbody");
  const names = ["Shard", "Doing", "Failed tries", "Next try", "Delivered", "Filtered out", "Given up", "Position"];
  const table = h("table", { class: "grid", "aria-label": "Shards of this mapping" },
    h("thead", {}, h("tr", {}, names.map((name, at) => h("th", { class: at > 1 && at < 7 ? "num" : "" }, name)))), rows);
  const place = h("div", { class: "scroll" });
  const element = h("section", { class: "panel" }, h("header", {}, h("h2", {}, "Shards")), place);

  function update(lanes, nowMs, state) {
    put(place, lanes.length ? table : empty(state === "Enabled" ? "Nothing is read yet." : "Nobody reads: the mapping is switched off."));
    keyed(rows, lanes, (lane) => lane.shard_id, () => h("tr"), (row, lane) => {
      const [kind, words] = DOING[lane.phase] || ["", lane.phase];
      put(row,
        h("td", { class: "mono" }, shardTail(lane.shard_id)),
        h("td", {}, h("span", { class: `badge ${kind}` }, words)),
        h("td", { class: "num" }, lane.attempts || lane.failures || ""),
        h("td", { class: "num" }, lane.until_ms ? `in ${span(Math.max(0, lane.until_ms - nowMs))}` : ""),
        h("td", { class: "num" }, number(lane.delivered)),
        h("td", { class: "num" }, lane.filtered || ""),
        h("td", { class: "num" }, lane.given_up + lane.expired || ""),
        h("td", { class: "mono" }, lane.position));
    });
  }
  return { element, update };
}

function settingsPanel(mapping) {
  const fact = (name, value) => value !== undefined && value !== null && value !== "" && [h("dt", {}, name), h("dd", {}, value)];
  const count = (value, none) => (value === ENDLESS || value === undefined ? none : String(value));
  const age = mapping.MaximumRecordAgeInSeconds;
  const filters = mapping.FilterCriteria?.Filters || [];
  return h("section", { class: "panel" }, h("header", {}, h("h2", {}, "Settings")),
    h("div", { class: "inside" }, h("dl", { class: "facts" },
      fact("Batch size", String(mapping.BatchSize)),
      fact("Window for a batch", mapping.MaximumBatchingWindowInSeconds ? `${mapping.MaximumBatchingWindowInSeconds} s` : null),
      fact("Retries", count(mapping.MaximumRetryAttempts, "until the records expire")),
      fact("Oldest record", age === undefined || age === ENDLESS ? "as long as the stream keeps it" : span(age * 1000)),
      fact("Lanes in a shard", mapping.ParallelizationFactor > 1 ? String(mapping.ParallelizationFactor) : null),
      fact("Bisects failing batches", mapping.BisectBatchOnFunctionError ? "yes" : null),
      fact("Reports failed items", mapping.FunctionResponseTypes?.length ? "yes" : null),
      fact("Tumbling window", mapping.TumblingWindowInSeconds ? `${mapping.TumblingWindowInSeconds} s` : null),
      fact("On failure", mapping.DestinationConfig?.OnFailure?.Destination),
      filters.map((one) => fact("Filter", h("code", {}, one.Pattern))),
      fact("Changed", mapping.LastModified && `${new Date(mapping.LastModified * 1000).toISOString().slice(0, 10)} ${clockTime(mapping.LastModified * 1000)}`),
      fact("UUID", h("span", { class: "mono" }, mapping.UUID)))));
}

export default {
  id: "mappings",
  title: "Mappings",
  key: "m",
  icon: "M4 7h6a3 3 0 013 3v4a3 3 0 003 3h4M17 14l3 3-3 3M4 17h4M13 7h7",
  needs: "admin",
  open,
};
