// Streams: the shards of one, where every reader stands on them, and its changes as they commit.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { number, plural, shardTail } from "../format.js";
import { openDialog } from "../parts/dialog.js";
import { LiveTail } from "../parts/livetail.js";
import { empty } from "../parts/notices.js";
import { ShardTree } from "../parts/shardtree.js";
import { COLOURS } from "../parts/chart.js";
import { head } from "../view.js";

async function everyStream() {
  const found = await api.all("streams", "ListStreams", {}, "Streams",
    ["LastEvaluatedStreamArn", "ExclusiveStartStreamArn"]);
  // The newest of each table: labels are moments.
  const newest = new Map();
  for (const one of found.sort((a, b) => (a.StreamLabel < b.StreamLabel ? -1 : 1))) newest.set(one.TableName, one);
  return [...newest.values()].sort((a, b) => (a.TableName < b.TableName ? -1 : 1));
}

async function open(view) {
  const wanted = view.path[0];
  const streams = await everyStream();
  if (!streams.length) {
    view.show(head("Stream"), h("section", { class: "panel" }, empty("No table has a stream.",
      h("p", {}, "Turn one on with a StreamSpecification, in CreateTable or UpdateTable."))));
    return;
  }
  if (!wanted && streams.length > 1) {
    listStreams(view, streams);
    return;
  }
  const stream = wanted ? streams.find((one) => one.TableName === wanted) : streams[0];
  if (!stream) {
    view.show(head("Stream"), h("section", { class: "panel" }, empty(`Table ${wanted} has no stream.`,
      h("p", {}, h("a", { href: "/stream" }, "The streams there are")))));
    return;
  }
  showStream(view, stream, streams);
}

function listStreams(view, streams) {
  const rows = h("tbody");
  const search = h("input", {
    type: "search", placeholder: "Search streams", "aria-label": "Search streams", "data-search": true,
    on: { input: () => draw() },
  });
  function draw() {
    const text = search.value.toLowerCase();
    keyed(rows, streams.filter((one) => one.TableName.toLowerCase().includes(text)), (one) => one.StreamArn, (one) =>
      h("tr", {}, h("td", {}, h("a", { href: `/stream/${encodeURIComponent(one.TableName)}` }, one.TableName)),
        h("td", { class: "mono" }, one.StreamLabel)));
  }
  view.show(head("Streams", plural(streams.length, "stream"), search), h("section", { class: "panel scroll" },
    h("table", { class: "grid" }, h("thead", {}, h("tr", {}, h("th", {}, "Table"), h("th", {}, "Label"))), rows)));
  draw();
}

function showStream(view, stream, streams) {
  const arn = stream.StreamArn;
  const picker = h("select", {
    "aria-label": "Table",
    on: { change: (event) => view.go(`/stream/${encodeURIComponent(event.target.value)}`) },
  }, streams.map((one) => h("option", { selected: one.TableName === stream.TableName }, one.TableName)));
  const beside = h("span", {});
  const tree = new ShardTree((shard) => showShard(shard, tree.answer));
  const readers = readerTable();
  const tail = new LiveTail(arn, { hasFates: view.session.admin, since: view.query.get("since") || undefined });
  view.onClose(() => tail.close());
  view.key(" ", "Pause and go on", () => tail.pause(), "Live tail");
  view.key("c", "Clear", () => tail.clear(), "Live tail");
  const counts = h("span", { class: "hint" });
  const upper = h("div", { class: "upper" },
    h("section", { class: "panel", "aria-label": "Shards" },
      h("header", {}, h("h2", {}, "Shards"), counts), h("div", { class: "inside" }, tree.element)),
    readers.element);
  view.show(
    head(stream.TableName, beside, streams.length > 1 && picker,
      h("a", { class: "button", href: `/tables/${encodeURIComponent(stream.TableName)}` }, "Items")),
    upper, tail.element);

  view.every(view.session.admin ? 1500 : 5000, async () => {
    const answer = view.session.admin ? await api.admin.get("shards", { stream_arn: arn }) : await described(arn);
    tree.answer = answer;
    readers.update(answer);
    tree.update(answer);
    upper.classList.toggle("narrow", tree.columns <= 2 && answer.readers.length > 0);
    const open_ = answer.shards.filter((one) => one.open).length;
    put(counts, `${open_} open, ${answer.shards.length - open_} closed`);
    put(beside, h("span", { class: "badge" }, answer.view), h("span", { class: `badge ${answer.status === "ENABLED" ? "ok" : "warn"}` }, answer.status));
  });
}

// What the Streams API alone tells, in the form of the node's own page.
async function described(arn) {
  const shards = [];
  let told;
  let after = {};
  do {
    told = (await api.aws("streams", "DescribeStream", { StreamArn: arn, ...after })).StreamDescription;
    shards.push(...told.Shards);
    after = { ExclusiveStartShardId: told.LastEvaluatedShardId };
  } while (told.LastEvaluatedShardId);
  return {
    view: told.StreamViewType,
    status: told.StreamStatus,
    now_ms: Date.now(),
    readers: [],
    shards: shards.map((one) => ({
      id: one.ShardId,
      parent: one.ParentShardId || null,
      open: !one.SequenceNumberRange.EndingSequenceNumber,
      starting: one.SequenceNumberRange.StartingSequenceNumber,
      ending: one.SequenceNumberRange.EndingSequenceNumber || null,
    })),
  };
}

function showShard(shard, answer) {
  const fact = (name, value) => value !== undefined && value !== null && [h("dt", {}, name), h("dd", { class: "mono" }, String(value))];
  openDialog(`Shard ${shardTail(shard.id)}`, [
    h("dl", { class: "facts" },
      fact("Id", shard.id), fact("Parent", shard.parent), fact("State", shard.open ? "open" : "closed"),
      fact("First sequence", shard.starting), fact("Last sequence", shard.ending),
      fact("Hashes", shard.end_hash && `${shard.first_hash} to ${shard.end_hash - 1}`),
      fact("Records kept", shard.records), fact("Trimmed up to", shard.trimmed)),
    answer.readers.length > 0 && h("h3", {}, "Readers"),
    answer.readers.map((reader) => h("p", { class: "row" }, h("b", {}, reader.function), place(reader.shards[shard.id]))),
  ]);
}

const place = (at) => at && [
  h("span", { class: `badge ${at.behind ? "warn" : "ok"}` }, at.behind ? `${number(at.behind)} behind` : "has everything"),
  h("span", { class: "hint" }, at.phase),
  h("span", { class: "mono" }, at.position),
];

// Every reader on every shard that somebody has not finished: a row for each shard.
function readerTable() {
  const headRow = h("tr");
  const rows = h("tbody");
  const table = h("table", { class: "grid readers", "aria-label": "Positions of readers" }, h("thead", {}, headRow), rows);
  const element = h("section", { class: "panel", hidden: true },
    h("header", {}, h("h2", {}, "Readers"), h("span", { class: "hint" }, "where each stands on each shard")),
    h("div", { class: "scroll" }, table));

  function update({ readers, shards }) {
    element.hidden = !readers.length;
    put(headRow, h("th", {}, "Shard"), readers.map((reader, at) => h("th", {},
      h("span", { class: "row tight" }, h("i", { class: "reader", style: { background: COLOURS[at % COLOURS.length] } }),
        h("a", { href: `/mappings/${reader.mapping}` }, reader.function),
        reader.state !== "Enabled" && h("span", { class: "badge warn" }, reader.state)))));
    const read = shards.filter((shard) => readers.some((reader) => reader.shards[shard.id]?.phase !== "finished"));
    keyed(rows, read, (shard) => shard.id, () => h("tr"), (row, shard) => {
      const stands = readers.map((reader) => reader.shards[shard.id]);
      const text = JSON.stringify(stands);
      if (row.text === text) return;
      row.text = text;
      put(row, h("td", { class: "mono" }, shardTail(shard.id)), stands.map(stand));
    });
  }
  return { element, update };
}

function stand(at) {
  if (!at) return h("td");
  const times = at.attempts === 1 ? "once" : `${number(at.attempts)} times`;
  const tries = !at.attempts ? "" : at.phase === "pause" ? ` ${times}` : `, failed ${times}`;
  return h("td", { title: `position ${at.position}` },
    h("div", { class: at.behind ? "behind" : "" }, at.phase === "finished" ? "finished" : at.behind ? `${number(at.behind)} behind` : "has everything",
      h("span", { class: "hint" }, at.phase === "finished" ? "" : ` ${doing(at)}${tries}`)),
    h("div", { class: "position" }, `…${at.position.slice(-12)}`));
}

const WORDS = {
  invoking: "at the function", pause: "failed", window: "gathers its batch",
  stopped: "nobody reads it now", reading: "reads", idle: "",
};

const doing = (stand) => WORDS[stand.phase] ?? stand.phase;

export default {
  id: "stream",
  title: "Streams",
  key: "s",
  icon: "M3 7c3 0 3 2 6 2s3-2 6-2 3 2 6 2M3 12c3 0 3 2 6 2s3-2 6-2 3 2 6 2M3 17c3 0 3 2 6 2s3-2 6-2 3 2 6 2",
  open,
};
