// The changes of a stream as they commit, newest first, each with what differs.

import { brief, difference, plainText } from "../attribute.js";
import * as api from "../api.js";
import { h, put } from "../dom.js";
import { clockTime, number, shardTail } from "../format.js";
import { openDialog } from "./dialog.js";
import { empty, troubleBox } from "./notices.js";

const ROWS_MAX = 400;
const NEAR = 50; // rows that are laid out while the list stands at its top
const APART_MS = 40;
const SHOWN_MAX = 8; // attributes of one change
const KINDS = { INSERT: "ok", MODIFY: "info", REMOVE: "bad" };
const RATE_MS = 5000;

export class LiveTail {
  // stream: its ARN; hasFates: whether the endpoint can tell what became of a change
  constructor(stream, { hasFates, since } = {}) {
    this.stream = stream;
    this.hasFates = hasFates;
    this.waiting = [];
    this.held = 0;
    this.told = 0;
    this.arrivals = [];
    this.paused = false;
    this.kinds = new Set(Object.keys(KINDS));
    this.list = h("ol", { class: "tail", role: "log", "aria-label": "Changes", "aria-live": "off" });
    this.nothing = empty("No change yet.", h("p", {}, "A write to this table appears here the moment it is committed."));
    this.state = h("span", { class: "badge" }, "connecting");
    this.rate = h("span", { class: "hint tnum" });
    this.trouble = h("div");
    this.pauseButton = h("button", { "aria-pressed": "false", title: "Space", on: { click: () => this.pause() } }, "Pause");
    this.element = h("section", { class: "panel tailpanel", "aria-label": "Live tail" },
      this.head(), this.trouble, this.scroller = h("div", { class: "scroll" }, this.nothing, this.list));
    this.scroller.addEventListener("scroll", () => this.reach(), { passive: true });
    this.filter = "";
    this.connect(since);
    this.timer = setInterval(() => this.tellRate(), 1000);
  }

  head() {
    const search = h("input", {
      type: "search", placeholder: "Filter: any text", "aria-label": "Filter changes", "data-search": true,
      on: { input: (event) => { this.filter = event.target.value.toLowerCase(); this.sift(); } },
    });
    const kinds = Object.keys(KINDS).map((kind) => h("button", {
      "aria-pressed": "true", on: { click: (event) => this.toggle(kind, event.currentTarget) },
    }, kind.toLowerCase()));
    return h("header", {}, h("h2", {}, "Live tail"), this.state, this.rate,
      h("div", { class: "end" }, search, h("div", { class: "choice toggles", role: "group", "aria-label": "Kinds of changes" }, kinds),
        this.pauseButton,
        h("button", { on: { click: () => this.clear() } }, "Clear")));
  }

  connect(since) {
    this.stop?.();
    const query = { stream_arn: this.stream, since };
    this.stop = api.tail(query, (page) => this.take(page), (state, trouble) => {
      put(this.trouble, trouble && troubleBox(trouble));
      put(this.state, state === "open" ? [h("i", { class: "dot pulse" }), "live"] : "not connected");
      this.state.className = `badge ${state === "open" ? "ok" : "warn"}`;
    });
  }

  take(page) {
    if (!page.records.length) return;
    const now = performance.now();
    this.arrivals.push([now, page.records.length]);
    page.records.forEach((record, at) => this.waiting.push([record, page.shards?.[at]]));
    if (this.waiting.length > ROWS_MAX) this.held += this.waiting.splice(0, this.waiting.length - ROWS_MAX).length;
    if (this.paused) this.tellHeld();
    else this.soon();
  }

  // In the next frame; but where changes follow each other closely, so many times a second at most,
  // together: a busy machine must not fall behind by drawing each.
  soon() {
    if (this.drawing) return;
    this.drawing = true;
    const draw = () => requestAnimationFrame((now) => {
      this.drawing = false;
      this.drawnAt = now;
      if (!this.paused) this.draw();
    });
    const left = APART_MS - (performance.now() - (this.drawnAt ?? -APART_MS));
    if (left > 0) setTimeout(draw, left);
    else draw();
  }

  draw() {
    const rows = document.createDocumentFragment();
    for (const [record, shard] of this.waiting.splice(0).reverse()) rows.append(this.row(record, shard));
    const count = rows.childElementCount;
    this.held = 0;
    this.list.prepend(rows);
    while (this.list.childElementCount > ROWS_MAX) this.list.lastElementChild.remove();
    for (let at = NEAR; at < NEAR + count; at += 1) this.list.children[at]?.classList.add("far");
    this.nothing.hidden = this.list.childElementCount > 0;
    this.tellHeld();
  }

  row(record, shard) {
    const element = rowOf(record, shard);
    element.tabIndex = 0;
    element.search = `${record.eventName} ${JSON.stringify(record.dynamodb)}`.toLowerCase();
    element.hidden = !this.admits(element);
    const look = () => this.open(record, shard);
    element.addEventListener("click", () => { if (!String(getSelection())) look(); });
    element.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); look(); } });
    return element;
  }

  admits(element) {
    return this.kinds.has(element.dataset.kind) && element.search.includes(this.filter);
  }

  // All rows are there for whoever scrolls or filters.
  reach() {
    const isSifted = this.filter !== "" || this.kinds.size < Object.keys(KINDS).length;
    this.list.classList.toggle("all", isSifted || this.scroller.scrollTop > 0);
  }

  sift() {
    this.reach();
    for (const element of this.list.children) element.hidden = !this.admits(element);
  }

  toggle(kind, button) {
    if (!this.kinds.delete(kind)) this.kinds.add(kind);
    button.setAttribute("aria-pressed", String(this.kinds.has(kind)));
    this.sift();
  }

  pause() {
    this.paused = !this.paused;
    put(this.pauseButton, this.paused ? "Go on" : "Pause");
    this.pauseButton.setAttribute("aria-pressed", String(this.paused));
    if (!this.paused) this.soon();
    this.tellHeld();
  }

  tellHeld() {
    const count = this.waiting.length + this.held;
    if (this.paused) put(this.pauseButton, count ? `Go on (${number(count)})` : "Go on");
  }

  clear() {
    this.waiting = [];
    put(this.list);
    this.nothing.hidden = false;
  }

  tellRate() {
    const now = performance.now();
    this.arrivals = this.arrivals.filter(([at]) => now - at < RATE_MS);
    const count = this.arrivals.reduce((total, [, many]) => total + many, 0);
    put(this.rate, count ? `${number(count / (RATE_MS / 1000))} changes/s` : "");
  }

  async open(record, shard) {
    const fates = h("div", { class: "fates" });
    openDialog(`${record.eventName} ${Object.values(record.dynamodb.Keys || {}).map((one) => brief(one)).join(" · ")}`, [
      facts(record, shard), this.hasFates && h("h3", {}, "What became of it"), this.hasFates && fates,
      h("h3", {}, "Record"), h("pre", {}, JSON.stringify(record, null, 2)),
    ], { kind: "drawer" });
    if (!this.hasFates) return;
    try {
      const told = await api.admin.get("explain", { event: record.eventID });
      put(fates, told.mappings.length ? told.mappings.map(fate) : h("p", { class: "hint" }, "No function is mapped to this stream."));
    } catch (trouble) {
      put(fates, troubleBox(trouble));
    }
  }

  close() {
    this.stop();
    clearInterval(this.timer);
  }
}

// One change in one line.
export function rowOf(record, shard) {
  const change = record.dynamodb;
  const keys = new Set(Object.keys(change.Keys || {}));
  const differs = difference(change.OldImage, change.NewImage, keys);
  const at = change.ApproximateCreationDateTime * 1000;
  return h("li", { data: { event: record.eventID, kind: record.eventName } },
    h("time", {}, clockTime(timeOf(record, at), true)),
    h("span", { class: `badge ${KINDS[record.eventName]}` }, record.eventName),
    h("span", { class: "key" }, Object.values(change.Keys || {}).map((value) => h("b", {}, brief(value, 60)))),
    h("span", { class: "diff" }, changes(record, differs)),
    h("span", { class: "shard mono", title: shard || "" }, shard ? shardTail(shard) : ""));
}

// The record's sequence number is a clock of milliseconds; the moment beside it has whole seconds.
function timeOf(record, fallback) {
  try {
    const ms = Number((BigInt(record.dynamodb.SequenceNumber) - 10n ** 20n) >> 20n);
    return Math.abs(ms - fallback) < 2000 ? ms : fallback;
  } catch {
    return fallback;
  }
}

function changes(record, differs) {
  const { OldImage, NewImage } = record.dynamodb;
  if (!OldImage && !NewImage) return h("i", {}, "the stream shows no images");
  if (!differs.length) return h("i", {}, "only the key");
  const shown = differs.slice(0, SHOWN_MAX).map(({ name, before, after }) => h("span", { class: "attr" },
    h("em", {}, name), " ",
    before && record.eventName !== "INSERT" && h("del", {}, brief(before, 48)),
    before && after && h("span", { class: "to" }, "→"),
    after && h("ins", {}, brief(after, 48))));
  const more = differs.length - SHOWN_MAX;
  return [shown, more > 0 && h("span", { class: "hint" }, `and ${more} more`)];
}

function facts(record, shard) {
  const change = record.dynamodb;
  const keys = new Set(Object.keys(change.Keys || {}));
  const differs = difference(change.OldImage, change.NewImage, keys);
  return [
    h("dl", { class: "facts" },
      fact("Event", record.eventID), fact("Sequence", change.SequenceNumber),
      fact("Shard", shard || "not told"), fact("Size", `${change.SizeBytes ?? "?"} bytes, ${change.StreamViewType || ""}`),
      record.userIdentity && fact("By", JSON.stringify(record.userIdentity))),
    differs.length > 0 && h("table", { class: "grid fulldiff" },
      h("thead", {}, h("tr", {}, ["Attribute", "Before", "After"].map((name) => h("th", {}, name)))),
      h("tbody", {}, differs.map(({ name, before, after }) => h("tr", {},
        h("td", {}, name),
        h("td", {}, before && h("del", { class: "mono" }, plainText(before))),
        h("td", {}, after && h("ins", { class: "mono" }, plainText(after))))))),
  ];
}

const fact = (name, value) => [h("dt", {}, name), h("dd", { class: "mono" }, value)];

function fate(one) {
  const kinds = { delivered: "ok", "given up": "bad", expired: "bad", retrying: "warn", "in flight": "info", waiting: "info" };
  return [h("span", { class: `badge ${kinds[one.fate] || ""}` }, one.fate),
    h("div", {}, h("b", {}, one.function), " ",
      h("span", { class: "hint" }, one.why || ""))];
}

