// Regions and the links between them, drawn: a box for each region, an arrow for each link.

import { h, put, svg } from "../dom.js";
import { number, plural, span } from "../format.js";

const BOX = { width: 158, height: 58 };
const SMALL = { width: 118, height: 52 };
const NARROW = 620;
const SHORT = { idle: "", incoming: "", down: "down", copying: "copying" };
const APART = 13; // of the two arrows between two regions, from the line between them
export const WORST = ["down", "ended", "copying", "shipping", "idle", "incoming"];
export const KINDS = { down: "bad", ended: "warn", copying: "info", shipping: "info", idle: "ok", incoming: "" };

// Where boxes stand: [{ x, y }] of their middles, and the height of the whole.
export function places(count, width, box) {
  const isNarrow = width < NARROW;
  if (count === 1) return { points: [{ x: width / 2, y: 60 }], height: 120 };
  if (count === 2 && isNarrow) {
    return { points: [{ x: width / 2, y: 44 }, { x: width / 2, y: 246 }], height: 290 };
  }
  if (count === 2) {
    const inset = Math.min(width * 0.2, 220);
    return { points: [{ x: inset, y: 78 }, { x: width - inset, y: 78 }], height: 156 };
  }
  const height = (isNarrow ? 330 : 300) + Math.max(0, count - 4) * 36;
  const across = Math.min(width / 2 - box.width / 2 - 6, 380);
  const up = height / 2 - box.height / 2 - 10;
  const points = Array.from({ length: count }, (_, at) => {
    const angle = -Math.PI / 2 + (at * 2 * Math.PI) / count;
    return { x: width / 2 + across * Math.cos(angle), y: height / 2 + up * Math.sin(angle) };
  });
  // An odd number of boxes does not reach the lower end of the ellipse.
  return { points, height: Math.max(...points.map((point) => point.y)) + box.height / 2 + 10 };
}

// The arrow from one box to another, `apart` beside the line between their middles.
export function arrow(from, to, box, apart) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const side = { x: along.y, y: -along.x };
  const shifted = (point) => ({ x: point.x + side.x * apart, y: point.y + side.y * apart });
  const [a, b] = [shifted(from), shifted(to)];
  // How far from a middle, in the arrow's direction, the box ends.
  const out = (sign) => {
    const reach = (half, offset, step) => (step === 0 ? Infinity : (half - offset * Math.sign(step) * sign) / Math.abs(step));
    return Math.min(reach(box.width / 2, side.x * apart, along.x), reach(box.height / 2, side.y * apart, along.y));
  };
  const start = out(1) + 5;
  const end = length - out(-1) - 7;
  const at = (way) => ({ x: a.x + along.x * way, y: a.y + along.y * way });
  const middle = start + (end - start) * (0.5 - 0.16 * Math.abs(along.y));
  return { start: at(start), end: at(end), label: at(middle), along, side, room: (end - start) * Math.abs(along.x) + 90 * Math.abs(along.y) };
}

export class RegionMap {
  constructor() {
    this.plot = svg("svg", { role: "img", "aria-label": "Regions and their links" });
    this.element = h("div", { class: "regionmap" }, this.plot);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  // regions: [{ name, isOwn, tables }]; edges: [{ from, to, state, waiting, lagMs, writes, trouble }]
  update(regions, edges) {
    Object.assign(this, { regions, edges });
    this.draw();
  }

  draw() {
    const width = Math.round(this.element.clientWidth);
    if (!this.regions || !width) return;
    const text = JSON.stringify([this.regions, this.edges, width]);
    if (text === this.drawn) return;
    this.drawn = text;
    const box = width < NARROW ? SMALL : BOX;
    const { points, height } = places(this.regions.length, width, box);
    const where = new Map(this.regions.map((one, at) => [one.name, points[at]]));
    this.plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.plot.setAttribute("height", height);
    const isPaired = ({ from, to }) => this.edges.some((other) => other.from === to && other.to === from);
    const drawn = this.edges.map((edge) => [edge, arrow(where.get(edge.from), where.get(edge.to), box, isPaired(edge) ? APART : 0)]);
    put(this.plot,
      drawn.map(([edge, shape]) => line(edge, shape)),
      this.regions.map((one) => region(one, where.get(one.name), box)),
      drawn.map(([edge, shape]) => label(edge, shape)));
  }

  close() { this.observer.disconnect(); }
}

function line(edge, { start, end, along, side }) {
  const back = (way, aside) => `${end.x - along.x * way + side.x * aside} ${end.y - along.y * way + side.y * aside}`;
  return svg("g", { class: `edge ${edge.state}` },
    svg("title", {}, tooltip(edge)),
    svg("path", { class: "way", d: `M${start.x} ${start.y}L${end.x} ${end.y}` }),
    svg("path", { class: "tip", d: `M${back(0, 0)}L${back(9, 4.5)}L${back(9, -4.5)}Z` }));
}

function region(one, at, box) {
  return svg("g", { class: `region ${one.isOwn ? "own" : ""}`, transform: `translate(${at.x - box.width / 2} ${at.y - box.height / 2})` },
    svg("rect", { width: box.width, height: box.height, rx: 10 }),
    svg("text", { class: "name", x: box.width / 2, y: box.height / 2 - 3, "text-anchor": "middle" }, one.name),
    svg("text", { class: "about", x: box.width / 2, y: box.height / 2 + 14, "text-anchor": "middle" },
      one.isOwn ? plural(one.tables, "table") : "another node"));
}

// Short, where there is little room for words beside the arrow.
function label(edge, { label: at, room }) {
  const whole = words(edge);
  const text = whole.length * 6.1 + 18 <= room ? whole : SHORT[edge.state] ?? number(edge.waiting);
  if (!text) return null;
  const width = text.length * 6.1 + 18;
  return svg("g", { class: `edgelabel ${edge.state}`, transform: `translate(${at.x} ${at.y})`, data: { link: `${edge.from} ${edge.to}` } },
    svg("title", {}, tooltip(edge)),
    svg("rect", { x: -width / 2, y: -10, width, height: 20, rx: 10 }),
    svg("text", { y: 4, "text-anchor": "middle" }, text));
}

function words(edge) {
  if (edge.state === "incoming") return `${number(edge.writes)} received`;
  if (edge.state === "idle") return "in step";
  const waits = `${number(edge.waiting)} waiting`;
  if (edge.state === "copying") return `copying · ${waits}`;
  return `${edge.state === "down" ? "down · " : ""}${waits} · ${span(edge.lagMs)}`;
}

const tooltip = (edge) => `${edge.from} to ${edge.to}: ${words(edge)}${edge.trouble ? `\n${edge.trouble}` : ""}`;
