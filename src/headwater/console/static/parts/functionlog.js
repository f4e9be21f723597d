// What a function writes, as it writes it: oldest first, the newest line at the bottom.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { clockTime, number, plural } from "../format.js";
import { empty, troubleBox } from "./notices.js";

const ROWS_MAX = 1000;
const DRAW_MS = 150; // between two drawings, whatever comes
const CAUGHT_UP = 2000; // a page of more lines is of the past, and more follow
const WAIT_MS = 2000; // a node that is told to end waits for its answers
const AGAIN_MS = 1000;
const SINCE = [["10m", "10 minutes"], ["1h", "1 hour"], ["24h", "1 day"], ["365d", "all there is"]];
const KINDS = [
  ["platform", /^((INIT_START|START|END|REPORT) ?|\{"time":"[^"]*","type":"platform\.)/],
  ["error", /\b(ERROR|FATAL|CRITICAL|Exception|Traceback|Error:|Task timed out)\b|^\[ERROR\]/],
  ["warn", /\b(WARN|WARNING)\b/],
];

export class FunctionLog {
  // where: { name, account, region } of the function
  constructor(where) {
    this.where = where;
    this.held = [];
    this.count = 0;
    this.filter = "";
    this.list = h("ol", { class: "log", role: "log", "aria-label": "Log lines", "aria-live": "off", tabindex: "0" });
    this.nothing = empty("Nothing written yet.", h("p", {}, "Invoke the function: its lines appear here as it writes them."));
    this.state = h("span", { class: "badge" }, "connecting");
    this.said = h("span", { class: "hint" });
    this.trouble = h("div");
    this.scroll = h("div", { class: "scroll" }, this.nothing, this.list);
    this.pauseButton = h("button", { "aria-pressed": "false", title: "Space", on: { click: () => this.pause() } }, "Pause");
    this.element = h("section", { class: "panel logpanel", "aria-label": "Live log" }, this.head(), this.trouble, this.scroll);
    this.follow();
  }

  head() {
    this.search = h("input", {
      type: "search", placeholder: "Search in the log", "aria-label": "Search in the log", "data-search": true,
      on: { input: () => { this.filter = this.search.value.toLowerCase(); this.sift(); } },
    });
    this.since = h("select", { "aria-label": "How far back", on: { change: () => this.anew() } },
      SINCE.map(([value, name]) => h("option", { value }, name)));
    this.own = h("button", {
      "aria-pressed": "true", title: "START, END and REPORT, which Lambda adds", on: { click: () => this.toggleOwn() },
    }, "Lambda's lines");
    return h("header", {}, h("h2", {}, "Live log"), this.state, this.said,
      h("div", { class: "end" }, this.search, this.since, this.own, this.pauseButton,
        h("button", { on: { click: () => this.clear() } }, "Clear")));
  }

  // Asks as long as it is not closed; each question waits for what comes next.
  async follow() {
    const turn = this.turn = {};
    let after;
    while (this.turn === turn) {
      const begin = after === undefined ? { since: this.since.value } : { after, wait_ms: WAIT_MS };
      let page;
      try {
        page = await api.admin.get("function-log", { ...this.where, ...begin });
      } catch (trouble) {
        if (this.turn !== turn) return;
        this.tell("warn", "not connected");
        put(this.trouble, trouble.status !== 401 && troubleBox(trouble));
        if (trouble.status === 401 || trouble.status === 400) return;
        await new Promise((done) => setTimeout(done, AGAIN_MS));
        continue;
      }
      if (this.turn !== turn) return;
      put(this.trouble);
      this.tell("ok", "live");
      after = page.after;
      this.take(page.events);
    }
  }

  tell(kind, text) {
    put(this.state, kind === "ok" && h("i", { class: "dot pulse" }), text);
    this.state.className = `badge ${kind}`;
  }

  take(events) {
    this.held.push(...events);
    if (this.held.length > ROWS_MAX) this.held.splice(0, this.held.length - ROWS_MAX);
    if (this.paused) this.tellHeld();
    else if (events.length && events.length < CAUGHT_UP) this.soon();
    else if (!events.length && this.held.length) this.soon();
  }

  soon() {
    if (this.drawing) return;
    this.drawing = true;
    const wait = Math.max(0, (this.drawnAt || 0) + DRAW_MS - performance.now());
    setTimeout(() => requestAnimationFrame(() => { this.drawing = false; if (!this.paused) this.draw(); }), wait);
  }

  draw() {
    this.drawnAt = performance.now();
    const { scroll } = this;
    const isAtEnd = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 40;
    const rows = document.createDocumentFragment();
    for (const event of this.held.splice(0)) rows.append(this.row(event));
    this.list.append(rows);
    while (this.list.childElementCount > ROWS_MAX) this.list.firstElementChild.remove();
    this.nothing.hidden = this.list.childElementCount > 0;
    this.tellCount();
    if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  row(event) {
    const text = event.message.replace(/\n$/, "");
    const kind = KINDS.find(([, expression]) => expression.test(text))?.[0] || "";
    const element = h("li", { class: kind },
      h("time", { title: `${event.at}  ${event.stream}` }, clockTime(Date.parse(event.at), true)), h("span"));
    element.text = text;
    this.mark(element);
    return element;
  }

  // Shows a line, or hides it, with what is searched for marked in it.
  mark(element) {
    const { text } = element;
    const at = this.filter ? text.toLowerCase().indexOf(this.filter) : -1;
    element.hidden = (Boolean(this.filter) && at < 0) || (this.hidesOwn && element.className === "platform");
    const end = at + this.filter.length;
    put(element.lastChild, at < 0 ? text : [text.slice(0, at), h("mark", {}, text.slice(at, end)), text.slice(end)]);
  }

  sift() {
    for (const element of this.list.children) this.mark(element);
    this.tellCount();
  }

  toggleOwn() {
    this.hidesOwn = !this.hidesOwn;
    this.own.setAttribute("aria-pressed", String(!this.hidesOwn));
    this.sift();
  }

  tellCount() {
    const all = this.list.childElementCount;
    const isSifted = this.filter || this.hidesOwn;
    const shown = isSifted ? [...this.list.children].filter((one) => !one.hidden).length : all;
    put(this.said, !all ? "" : shown === all ? plural(all, "line") : `${number(shown)} of ${plural(all, "line")}`);
  }

  pause() {
    this.paused = !this.paused;
    this.pauseButton.setAttribute("aria-pressed", String(this.paused));
    if (!this.paused) this.draw();
    this.tellHeld();
  }

  tellHeld() {
    put(this.pauseButton, !this.paused ? "Pause" : this.held.length ? `Go on (${number(this.held.length)})` : "Go on");
  }

  clear() {
    this.held = [];
    put(this.list);
    this.nothing.hidden = false;
    this.tellCount();
  }

  anew() {
    this.clear();
    this.follow();
  }

  close() { this.turn = null; }
}
