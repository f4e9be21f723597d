// The shards of a stream as a river: from parents on the left to children on the right, each as high
// as its part of the keys. Where readers stand is marked on it.

import { h, put, svg } from "../dom.js";
import { moment, number, plural, shardTail, span } from "../format.js";
import { COLOURS } from "./chart.js";

const HASHES = 2 ** 32;
const COLUMN = 200;
const BOX = 164;
const LEAST = 30;
const GAP = 8;
const PAD = 8;

// generation of each shard: how many are before it in its line
export function generations(shards) {
  const byId = new Map(shards.map((one) => [one.id, one]));
  const found = new Map();
  const of = (shard) => {
    if (!found.has(shard.id)) {
      const parent = byId.get(shard.parent);
      found.set(shard.id, parent ? of(parent) + 1 : 0);
    }
    return found.get(shard.id);
  };
  shards.forEach(of);
  return found;
}

// Where each shard is drawn: id -> { x, y, width, height }, and the size of the whole. Heights follow
// the hash ranges of the narrowest generation, so that no shard is too low to read.
export function layout(shards, breadth) {
  const levels = generations(shards);
  const columns = Math.max(0, ...levels.values()) + 1;
  const box = columns === 1 ? Math.min(300, breadth - 2 * PAD) : BOX;
  const width = Math.max(COLUMN, Math.min(300, (breadth - 2 * PAD + COLUMN - BOX) / columns));
  const edges = [...new Set(shards.flatMap((one) => [one.first_hash, one.end_hash]))].sort((a, b) => a - b);
  const hasNoRange = edges.length < 2 || edges.some((one) => one === undefined);
  const step = LEAST + GAP;
  const places = new Map();
  const lines = Math.max(1, edges.length - 1);
  const isWide = lines <= 8;
  const unit = isWide ? Math.max(step, 46) : step;
  for (const shard of shards) {
    const first = hasNoRange ? shards.indexOf(shard) : edges.indexOf(shard.first_hash);
    const end = hasNoRange ? first + 1 : edges.indexOf(shard.end_hash);
    places.set(shard.id, {
      x: PAD + levels.get(shard.id) * width,
      y: PAD + first * unit,
      width: box,
      height: (end - first) * unit - GAP,
    });
  }
  const rows = hasNoRange ? shards.length : lines;
  return { places, columns, width: PAD * 2 + (columns - 1) * width + box, height: PAD * 2 + rows * unit - GAP };
}

export class ShardTree {
  // onPick: called with a shard that was chosen
  constructor(onPick = () => {}) {
    this.onPick = onPick;
    this.plot = svg("svg", { role: "group", "aria-label": "Shard tree" });
    this.scroll = h("div", { class: "tree scroll" }, this.plot);
    this.legend = h("div", { class: "treelegend" });
    this.element = h("div", {}, this.scroll, this.legend);
  }

  // answer: of GET /_headwater/shards, or what looks like it
  update(answer) {
    const text = JSON.stringify([answer.shards, answer.readers, this.scroll.clientWidth]);
    if (text === this.drawn) return;
    this.drawn = text;
    const { places, columns, width, height } = layout(answer.shards, this.scroll.clientWidth || 900);
    this.columns = columns;
    this.plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.plot.setAttribute("width", width);
    this.plot.setAttribute("height", height);
    const isFirst = !this.plot.firstChild;
    const focused = this.plot.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    put(this.plot,
      answer.shards.map((shard) => flow(shard, places)),
      answer.shards.map((shard) => this.box(shard, places.get(shard.id), answer)));
    if (focused) this.plot.querySelector(`[data-id="${focused}"]`)?.focus();
    if (isFirst) this.scroll.scrollLeft = width;
    put(this.legend,
      key("open", "open"), key("closed", "closed"), answer.shards.some((one) => one.trimmed) && key("trimmed", "trimmed"),
      answer.readers.map((reader, at) => h("span", {},
        h("i", { class: "reader", style: { background: COLOURS[at % COLOURS.length] } }), reader.function)));
  }

  box(shard, place, answer) {
    const state = shard.open ? "open" : "closed";
    const share = (100 * (shard.end_hash - shard.first_hash)) / HASHES;
    const label = `Shard ${shardTail(shard.id)}, ${state}, ${plural(shard.records, "record")}`;
    const count = shard.records === undefined ? "" : `${number(shard.records)}${shard.records >= shard.records_max ? "+" : ""}`;
    const isHigh = place.height >= 36;
    return svg("g", {
      class: `shard ${state} ${shard.trimmed ? "trimmed" : ""}`, tabindex: "0", role: "button", "aria-label": label, data: { id: shard.id },
      transform: `translate(${place.x} ${place.y})`,
      on: {
        click: () => this.onPick(shard),
        keydown: (event) => { if (event.key === "Enter") { event.preventDefault(); this.onPick(shard); } },
      },
    },
    svg("title", {}, tooltip(shard, share, answer.now_ms)),
    svg("rect", { class: "body", width: place.width, height: place.height, rx: 7 }),
    svg("rect", { class: "edge", width: 3.5, height: place.height, rx: 1.75 }),
    svg("text", { class: "name", x: 12, y: isHigh ? 17 : place.height / 2 + 4 }, shardTail(shard.id)),
    svg("text", isHigh
      ? { class: "count", x: place.width - 9, y: 17, "text-anchor": "end" }
      : { class: "count", x: 80, y: place.height / 2 + 4 }, count),
    isHigh && shard.created_ms && svg("text", { class: "when", x: 12, y: 31 }, when(shard, answer.now_ms)),
    this.marks(shard, place, answer.readers));
  }

  // A mark for each reader that is on this shard: full where it has everything, hollow where not.
  marks(shard, place, readers) {
    const here = readers.map((reader, at) => [reader, at]).filter(([reader]) => {
      const at = reader.shards[shard.id];
      return at && at.phase !== "finished" && at.phase !== "waits for parent";
    });
    const apart = Math.min(13, 52 / Math.max(1, here.length - 1));
    const down = place.height >= 36 ? place.height - 10 : place.height / 2;
    return here.map(([reader, at], place_) => {
      const stand = reader.shards[shard.id];
      const colour = COLOURS[at % COLOURS.length];
      return svg("g", { transform: `translate(${place.width - 12 - place_ * apart} ${down})` },
        svg("title", {}, `${reader.function}: ${stand.behind ? `${stand.behind} behind, ${stand.phase}` : "has everything"}`),
        svg("circle", { r: 4.2, style: { fill: stand.behind ? "var(--panel)" : colour, stroke: colour, "stroke-width": "1.8" } }));
    });
  }
}

function when(shard, nowMs) {
  const begin = moment(shard.created_ms, nowMs);
  return shard.open ? `since ${begin}` : `${begin} – ${moment(shard.closed_ms, nowMs)}`;
}

function tooltip(shard, share, nowMs) {
  const age = shard.created_ms ? `\nopened ${span(nowMs - shard.created_ms)} ago` : "";
  const part = Number.isFinite(share) ? `\n${number(share)}% of the keys` : "";
  return `${shard.id}${part}${age}${shard.trimmed ? "\ntrimmed by hand" : ""}`;
}

// The band from a parent's right side to a child's left side.
function flow(shard, places) {
  const to = places.get(shard.id);
  const from = places.get(shard.parent);
  if (!from) return null;
  const x0 = from.x + from.width;
  const x1 = to.x;
  const middle = (x0 + x1) / 2;
  const top = Math.max(from.y, Math.min(to.y, from.y + from.height));
  const bottom = Math.max(from.y, Math.min(to.y + to.height, from.y + from.height));
  const curve = (y0, y1) => `C${middle} ${y0} ${middle} ${y1}`;
  return svg("path", {
    class: "flow",
    d: `M${x0} ${top}${curve(top, to.y)} ${x1} ${to.y}L${x1} ${to.y + to.height}${curve(to.y + to.height, bottom)} ${x0} ${bottom}Z`,
  });
}

const key = (kind, name) => h("span", {}, h("i", { class: `key ${kind}` }), name);
