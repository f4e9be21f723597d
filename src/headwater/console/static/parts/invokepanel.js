// Run a function on an event, and see what it answers, how long that took, and what it wrote.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { bytes, span } from "../format.js";
import { troubleBox } from "./notices.js";
import { sampleEvents } from "./sampleevents.js";

const WAITS = "RequestResponse";

// name: of the function; qualifiers: its versions and aliases; streamArn: of a stream it reads
export class InvokePanel {
  constructor(view, name, { qualifiers, streamArn, invoked = () => {} }) {
    Object.assign(this, { view, name, invoked });
    const samples = sampleEvents(streamArn);
    const first = samples[streamArn ? 1 : 0][1];
    this.text = h("textarea", {
      rows: "12", class: "code", "aria-label": "Event", spellcheck: "false", value: JSON.stringify(first, null, 2),
      on: { keydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.run(); } },
    });
    const sample = h("select", {
      "aria-label": "Sample event", on: { change: () => { this.text.value = JSON.stringify(samples[sample.value][1], null, 2); } },
    }, samples.map(([title], at) => h("option", { value: at, selected: samples[at][1] === first }, title)));
    this.kind = h("select", { "aria-label": "How to invoke" },
      h("option", { value: WAITS }, "wait for the answer"), h("option", { value: "Event" }, "as an asynchronous event"));
    this.qualifier = h("select", { "aria-label": "Version or alias" },
      ["$LATEST", ...qualifiers].map((one) => h("option", {}, one)));
    this.button = h("button", { class: "primary", on: { click: () => this.run() } }, "Invoke");
    this.answer = h("div", { class: "stack", role: "status", "aria-label": "Answer" });
    this.element = h("section", { class: "panel", "aria-label": "Invoke" },
      h("header", {}, h("h2", {}, "Invoke"), h("div", { class: "end" }, sample)),
      h("div", { class: "inside stack" }, this.text,
        h("div", { class: "row" }, this.kind, qualifiers.length > 0 && this.qualifier,
          h("span", { class: "stretch" }), h("span", { class: "hint wide" }, "Ctrl+Enter"), this.button),
        this.answer));
  }

  async run() {
    let event;
    try {
      event = JSON.parse(this.text.value || "null");
    } catch (trouble) {
      put(this.answer, troubleBox({ what: "the event is no JSON", why: String(trouble.message), now: "Mend it, then invoke again." }));
      this.text.focus();
      return;
    }
    if (this.busy) return;
    this.busy = true;
    this.button.disabled = true;
    put(this.answer, h("p", { class: "hint" }, "at work …"));
    const began = performance.now();
    try {
      const answer = await api.aws("lambda", "Invoke", {
        FunctionName: this.name, Payload: JSON.stringify(event), InvocationType: this.kind.value,
        ...(this.qualifier.value === "$LATEST" ? {} : { Qualifier: this.qualifier.value }),
      });
      this.show(answer, performance.now() - began);
    } catch (trouble) {
      put(this.answer, troubleBox(trouble));
    }
    this.busy = false;
    this.button.disabled = false;
    this.invoked();
  }

  show(answer, tookMs) {
    if (this.kind.value !== WAITS) {
      put(this.answer, h("p", { class: "row" }, h("span", { class: "badge ok" }, "accepted"),
        h("span", { class: "hint" }, "It is durable, and is tried until the function has taken it or its tries are used up.")));
      return;
    }
    const report = reportOf(answer.LogResult || "");
    const [before, log] = [answer.Payload, answer.LogResult];
    put(this.answer,
      h("div", { class: "row answerhead" },
        h("span", { class: `badge ${answer.FunctionError ? "bad" : "ok"}` }, answer.FunctionError ? "failed" : "succeeded"),
        fact("ran", report.Duration || span(tookMs)),
        fact("there and back", span(tookMs)),
        fact("memory", report["Max Memory Used"]),
        fact("begun in", report["Init Duration"]),
        fact("answer", bytes(new Blob([before]).size))),
      h("pre", { class: answer.FunctionError ? "failed" : "", "aria-label": "Payload" }, pretty(before)),
      log && h("h3", {}, "Log"), log && h("pre", { class: "small", "aria-label": "Log of this invocation" }, log.trimEnd()));
  }
}

const fact = (name, value) => value && h("span", { class: "hint" }, name, " ", h("b", { class: "tnum" }, value));

// The facts of Lambda's REPORT line: "Duration: 1.9 ms\tMemory Size: 128 MB" -> { Duration: "1.9 ms", ... }
export function reportOf(log) {
  const line = log.split("\n").findLast((one) => one.startsWith("REPORT"));
  const parts = (line || "").split("\t").map((one) => one.trim().split(": "));
  return Object.fromEntries(parts.filter((one) => one.length === 2));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text || "(nothing)";
  }
}
