// What a view has come to, drawn: bars for its groups, lines over its windows, or over the last
// minutes and hours.

import { h, keyed, put } from "../dom.js";
import { number } from "../format.js";
import { Chart } from "./chart.js";
import { ViewHistory } from "./viewhistory.js";

const LINES = 6;
const WINDOWS = 60;
const LEAST_WINDOWS = 12;

// The names of a definition's aggregates, as answers have them: ["count", "sum(total)"].
export function aggregatesOf(definition) {
  const found = definition.count ? ["count"] : [];
  for (const kind of ["sum", "avg", "min", "max", "distinct", "top", "quantile"]) {
    for (const path of [definition[kind] || []].flat()) found.push(`${kind}(${path})`);
  }
  return found.length ? found : ["count"];
}

// "sum(total) by country, in windows of 1m"
export function words(definition) {
  const by = [definition.by || []].flat();
  const window = definition.window && `, in windows of ${definition.window}${definition.every && definition.every !== definition.window ? ` every ${definition.every}` : ""}`;
  return `${aggregatesOf(definition).join(", ")}${by.length ? ` by ${by.join(", ")}` : ""}${window || ""}`;
}

export const groupName = (group) => Object.values(group).map((one) => (one === null ? "none" : typeof one === "object" ? JSON.stringify(one) : String(one))).join(" · ") || "all";

const isSum = (aggregate) => /^(count|sum)/.test(aggregate);

const asNumber = (value) => (value === null || value === undefined || Number.isNaN(Number(value)) ? null : Number(value));

// Draws the answers of one view. limit: groups at most; height: of a plot; withBars: the groups of
// the newest window, or of now, below the lines; span: of the lines of a view over all time.
export class ViewChart {
  constructor(definition, { limit = 8, title = "", height = 128, withBars = false, span = 3600_000 } = {}) {
    this.definition = definition;
    this.limit = limit;
    this.title = title;
    this.aggregate = aggregatesOf(definition)[0];
    this.isTop = this.aggregate.startsWith("top(");
    this.hasGroups = [definition.by || []].flat().length > 0;
    this.span = span;
    this.kept = new ViewHistory(groupName);
    this.bars = h("ol", { class: "bars", "aria-label": `Groups of ${title}` });
    this.element = h("div", { class: "viewchart" });
    this.draw = this.isTop || (this.hasGroups && !definition.window && !withBars) ? this.drawBars
      : definition.window ? this.drawWindows : this.drawMoving;
    if (this.draw === this.drawBars) put(this.element, this.bars);
    else {
      this.chart = new Chart({ title, height, total: (values) => this.total(values) });
      this.chart.element.classList.remove("panel");
      this.withBars = withBars && this.hasGroups;
      this.values = h("p", { class: "viewvalues" });
      this.isMoving = this.draw === this.drawMoving;
      put(this.element, this.chart.element, this.withBars && this.bars, this.isMoving && !this.hasGroups && this.values);
    }
  }

  // What its node has kept of a view over all time: { points: [{ at_ms, groups }] }
  begin(kept) {
    this.kept.begin(kept);
    this.move();
  }

  // Where nothing changes time goes on: what a virtual clock says now, or so long after the answer.
  move(nowMs) {
    if (!this.isMoving || !this.answered) return;
    const { answer, nowMs: thenMs, at } = this.answered;
    this.drawLines(answer, nowMs ?? thenMs + performance.now() - at);
  }

  // What to ask the node for.
  get query() {
    const query = { limit: this.limit };
    if (this.hasGroups && !this.isTop) query.order = `-${this.aggregate}`;
    if (this.definition.window && !this.isTop) query.windows = WINDOWS;
    return query;
  }

  choose(aggregate) {
    this.aggregate = aggregate;
  }

  update(answer) {
    this.draw(answer);
  }

  // Of all lines, where that means something; else of the first.
  total(values) {
    return isSum(this.aggregate) ? values.reduce((sum, one) => sum + (one || 0), 0) : values[0];
  }

  // The newest groups: of the open window, or of the last closed one while that has nothing.
  groups(answer) {
    if (answer.groups) return answer.groups;
    return (answer.windows || []).find((one) => one.groups.length)?.groups || [];
  }

  drawBars(answer) {
    const groups = this.groups(answer);
    const rows = this.isTop
      ? (groups[0]?.values[this.aggregate] || []).map((one) => ({ name: String(one.value), value: one.count }))
      : groups.map((one) => ({ name: groupName(one.group), value: asNumber(one.values[this.aggregate]) }));
    this.showBars(rows.slice(0, this.limit));
  }

  showBars(rows) {
    const most = Math.max(0, ...rows.map((one) => Math.abs(one.value || 0))) || 1;
    keyed(this.bars, rows, (one) => one.name, (one) => h("li", {},
      h("span", { class: "barname", title: one.name }, one.name), h("span", { class: "barway" }, h("i")), h("b", { class: "tnum" })),
    (element, one) => {
      element.querySelector("i").style.width = `${(100 * Math.abs(one.value || 0)) / most}%`;
      element.lastChild.textContent = number(one.value);
    });
  }

  drawWindows(answer) {
    const windows = [...answer.windows].reverse();
    // Nothing was known before the first that has something.
    while (windows.length > LEAST_WINDOWS && !windows[1].groups.length) windows.shift();
    const times = windows.map((one) => one.end_ms);
    const totals = new Map();
    for (const window of windows) {
      for (const one of window.groups) {
        const name = groupName(one.group);
        totals.set(name, (totals.get(name) || 0) + (asNumber(one.values[this.aggregate]) || 0));
      }
    }
    const names = [...totals].sort((a, b) => b[1] - a[1]).slice(0, LINES).map(([name]) => name);
    const lines = names.map((name) => windows.map((window) => {
      const found = window.groups.find((one) => groupName(one.group) === name);
      return found ? asNumber(found.values[this.aggregate]) : isSum(this.aggregate) ? 0 : null;
    }));
    const step = times.length > 1 ? times[1] - times[0] : 1000;
    const window = [times[0] - step, times.at(-1)];
    if (!names.length) this.chart.update(times, [times.map(() => 0)], window, [{ name: "nothing yet", named: true, colour: "var(--c7)" }]);
    else this.chart.update(times, lines, window, names.map((name) => ({ name: this.hasGroups ? name : this.aggregate, named: this.hasGroups })));
    if (this.withBars) this.drawBars(answer);
  }

  drawMoving(answer) {
    const nowMs = answer.now_ms ?? Date.now(); // an older node does not tell
    this.kept.add(nowMs, answer.groups);
    this.answered = { answer, nowMs, at: performance.now() };
    this.drawLines(answer, nowMs);
    if (this.withBars) this.drawBars(answer);
  }

  drawLines(answer, nowMs) {
    const names = answer.groups.slice(0, LINES).map((one) => groupName(one.group));
    const { times, lines, window } = this.kept.drawn(names, (values) => asNumber(values[this.aggregate]), this.span, nowMs);
    const series = names.map((name) => ({ name: this.hasGroups ? name : this.aggregate, named: this.hasGroups }));
    if (!names.length) this.chart.update([nowMs], [[0]], window, [{ name: "nothing yet", named: true, colour: "var(--c7)" }]);
    else this.chart.update(times, lines, window, series);
    const others = Object.entries(answer.groups[0]?.values || {}).filter(([name, one]) => name !== this.aggregate && !Array.isArray(one));
    put(this.values, others.map(([name, one]) => h("span", {}, `${name} `, h("b", { class: "tnum" }, asNumber(one) === null ? String(one ?? "–") : number(asNumber(one))))));
  }
}
