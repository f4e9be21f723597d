// Live plots. A chart knows a window of time and lines in it; it does not know where values come from.

import { h, put, svg } from "../dom.js";
import { clockTime, moment, number, span, spanBriefly } from "../format.js";

const WIDTH = 480;
const HEIGHT = 128; // unless it is told another
const LEFT = 14;
const RIGHT = 44;
const TOP = 10;
const BOTTOM = 18;

export const COLOURS = [1, 2, 3, 4, 5, 6, 7].map((one) => `var(--c${one})`);

// The least round number that is not below `value`: 1, 2, 2.5 or 5 times a power of ten.
export function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((one) => one >= value * 0.999);
}

// title; series: [{ name, colour }] or none, if update() brings its own; show: value -> text;
// total: what stands at the right of the head, of the newest values (the first line's if not given).
export class Chart {
  constructor({ title, series = [], show = number, unit = "", total, height = HEIGHT }) {
    this.height = height;
    this.series = series;
    this.showValue = show;
    this.showAxis = show === span ? spanBriefly : show;
    this.unit = unit;
    this.total = total || ((values) => values[0]);
    this.now = h("span", { class: "now" });
    this.legend = h("div", { class: "legend" });
    this.plot = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": title,
    });
    this.plot.style.height = `${height}px`;
    this.element = h("section", { class: "panel chart", "aria-label": title },
      h("header", {}, h("h2", {}, title), this.now), this.plot, this.legend);
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => { this.pointed = null; this.draw(); });
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  // times: ms; lines: for each series its values, null where there is none; [from, to]: the window.
  update(times, lines, [from, to], series = this.series) {
    Object.assign(this, { times, lines, from, to, series });
    if (!this.waiting) {
      this.waiting = true;
      requestAnimationFrame(() => { this.waiting = false; this.draw(); });
    }
  }

  draw() {
    if (!this.times) return;
    const width = this.plot.clientWidth || WIDTH;
    this.plot.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    const seen = this.lines.flat().filter((value) => value !== null && value !== undefined);
    const top = roundUp(Math.max(0, ...seen));
    const x = (at) => LEFT + ((at - this.from) / (this.to - this.from)) * (width - LEFT - RIGHT);
    const y = (value) => this.height - BOTTOM - (value / top) * (this.height - TOP - BOTTOM);
    const index = this.pointed ?? this.times.length - 1;
    put(this.plot,
      this.grid(width, top, y), this.ticks(width, x),
      this.lines.map((line, at) => this.line(line, at, x, y)),
      this.pointed !== null && this.pointed !== undefined && svg("line", {
        class: "cross", x1: x(this.times[index]), x2: x(this.times[index]), y1: TOP, y2: this.height - BOTTOM,
      }));
    this.scale = { x, width };
    this.tell(index);
  }

  grid(width, top, y) {
    return [0, top / 2, top].map((value) => [
      svg("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      value > 0 && svg("text", { x: width - RIGHT + 5, y: y(value) + 3.5 }, this.showAxis(value)),
    ]);
  }

  ticks(width, x) {
    const isLong = this.to - this.from > 2 * 3600_000;
    const show = isLong ? (at) => moment(at, this.to) : clockTime;
    return [0.02, 0.5, 0.98].map((part, at) => {
      const when = this.from + part * (this.to - this.from);
      const anchor = ["start", "middle", "end"][at];
      return svg("text", { x: x(when), y: this.height - 4, "text-anchor": anchor }, show(when));
    });
  }

  line(values, at, x, y) {
    let path = "";
    let open = false;
    let first;
    let last;
    values.forEach((value, place) => {
      const when = this.times[place];
      if (value === null || value === undefined || when < this.from) { open = false; return; }
      path += `${open ? "L" : "M"}${x(when).toFixed(1)} ${y(value).toFixed(1)}`;
      if (first === undefined) first = when;
      last = when;
      open = true;
    });
    if (!path) return null;
    const colour = this.series[at]?.colour || COLOURS[at % COLOURS.length];
    const isWhole = !path.slice(1).includes("M");
    return [
      this.lines.length === 1 && isWhole && svg("path", {
        class: "area", style: { fill: colour },
        d: `${path}L${x(last).toFixed(1)} ${y(0)}L${x(first).toFixed(1)} ${y(0)}Z`,
      }),
      svg("path", { class: "line", style: { stroke: colour }, d: path }),
      first === last && svg("circle", { cx: x(first), cy: y(values.findLast((one) => one !== null)), r: 2, style: { fill: colour } }),
    ];
  }

  tell(index) {
    const values = this.lines.map((line) => line[index]);
    const total = this.times.length ? this.total(values) : null;
    put(this.now, this.showValue(total), this.unit && h("small", {}, ` ${this.unit}`));
    const isNamed = this.series.length > 1 || this.series[0]?.named;
    put(this.legend,
      isNamed && this.series.map((one, at) => h("span", {},
        h("i", { style: { background: one.colour || COLOURS[at % COLOURS.length] } }),
        one.name, " ", h("b", {}, this.showValue(values[at] ?? null)))),
      this.pointed !== null && this.pointed !== undefined && h("span", {}, clockTime(this.times[index])));
  }

  point(event) {
    if (!this.scale || !this.times.length) return;
    const box = this.plot.getBoundingClientRect();
    const wanted = event.clientX - box.left;
    let best = 0;
    this.times.forEach((at, place) => {
      if (Math.abs(this.scale.x(at) - wanted) < Math.abs(this.scale.x(this.times[best]) - wanted)) best = place;
    });
    this.pointed = best;
    this.draw();
  }
}
