// The batches of a mapping that have failed and wait for another try: what the function said, which
// records they are, and what can be done.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { functionError, plural, shardTail, span } from "../format.js";
import { rowOf } from "./livetail.js";
import { troubleBox } from "./notices.js";

const SHOWN_MAX = 100;

// on: { skip(lane), retry() }
export function failingBatch(view, mapping, on) {
  const element = h("div", { class: "stack" });
  // What failed stays on the screen while it is tried again.
  const kept = new Map();

  function update(lanes, nowMs) {
    const failing = lanes.filter((lane) => lane.phase === "pause"
      || (lane.phase === "invoking" && kept.get(lane.shard_id)?.position === lane.position));
    for (const lane of lanes) if (!failing.includes(lane)) kept.delete(lane.shard_id);
    keyed(element, failing, (lane) => lane.shard_id, () => card(on, view), (box, lane) => box.update(lane, nowMs));
    for (const lane of failing) {
      const had = kept.get(lane.shard_id);
      if (had && had.position === lane.position && had.attempts === lane.attempts) continue;
      kept.set(lane.shard_id, { position: lane.position, attempts: lane.attempts });
      load(mapping.EventSourceArn, lane).then(
        (records) => element.kept?.get(lane.shard_id)?.records(records, lane),
        (trouble) => element.kept?.get(lane.shard_id)?.failed(trouble));
    }
  }
  return { element, update };
}

function card(on, view) {
  let lane = {};
  const title = h("h2", {});
  const next = h("span", { class: "hint" });
  const said = h("p", { class: "said" });
  const trace = h("pre", {});
  const more = h("details", {}, h("summary", {}, "Trace"), trace);
  const list = h("ol", { class: "tail still", "aria-label": "Records of the failing batch" });
  const box = h("section", { class: "panel failing", "aria-label": "Failing batch" },
    h("header", {}, title, next, !view.readOnly && h("span", { class: "end" },
      h("button", { on: { click: () => on.retry(lane) } }, "Retry now"),
      h("button", { class: "danger", on: { click: () => on.skip(lane) } }, "Skip this batch"))),
    h("div", { class: "inside stack" }, said, more), list);
  box.update = (now, nowMs) => {
    lane = { ...now, batch: lane.batch || 1 };
    const tries = Math.max(now.attempts, now.failures);
    put(title, `Shard ${shardTail(now.shard_id)} fails`);
    put(next, `${plural(tries, "failed try", "failed tries")}, `,
      now.phase === "invoking" ? "at the function now" : `again in ${span(Math.max(0, now.until_ms - nowMs))}`);
    const [error, lines] = functionError(now.trouble);
    if (said.textContent !== error) put(said, error);
    if (trace.textContent !== lines) put(trace, lines);
    more.hidden = !lines;
  };
  box.records = (records) => {
    lane.batch = records.length;
    put(list, records.map((record) => rowOf(record, lane.shard_id)));
  };
  box.failed = (trouble) => put(list, h("li", { class: "whole" }, troubleBox(trouble)));
  return box;
}

// The records of a lane's failed batch: those behind its position, up to where its next try reaches.
async function load(streamArn, lane) {
  const started = { StreamArn: streamArn, ShardId: lane.shard_id };
  const begin = (more) => api.aws("streams", "GetShardIterator", { ...started, ...more });
  const { shards } = await api.admin.get("shards", { stream_arn: streamArn });
  const shard = shards.find((one) => one.id === lane.shard_id);
  const isFresh = !shard || BigInt(lane.position) < BigInt(shard.starting); // nothing is delivered yet
  const from = isFresh ? { ShardIteratorType: "TRIM_HORIZON" }
    : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: lane.position };
  const { ShardIterator } = await begin(from);
  const page = await api.aws("streams", "GetRecords", { ShardIterator, Limit: SHOWN_MAX });
  const upto = lane.retry_upto === null ? null : BigInt(lane.retry_upto);
  return page.Records.filter((one) => upto !== null && BigInt(one.dynamodb.SequenceNumber) <= upto);
}
