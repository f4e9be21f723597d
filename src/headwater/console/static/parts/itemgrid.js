// Items as a table: keys first, then every attribute that occurs.

import { brief, typeOf } from "../attribute.js";
import { h, icon, put } from "../dom.js";

const COLUMNS_MAX = 40;
const KEY = "M8 11a4 4 0 100 8 4 4 0 000-8zM11 12l8-8M16 7l3 3";

export class ItemGrid {
  // keyNames: those that stand first; onPick: called with an item
  constructor({ label, keyNames = [], onPick }) {
    this.keyNames = keyNames;
    this.onPick = onPick;
    this.names = [];
    this.items = [];
    this.headRow = h("tr");
    this.rows = h("tbody");
    this.element = h("div", { class: "scroll itemgrid" },
      h("table", { class: "grid", "aria-label": label }, h("thead", {}, this.headRow), this.rows));
  }

  clear() {
    this.names = [];
    this.items = [];
    put(this.headRow);
    put(this.rows);
  }

  add(items) {
    const found = new Set([...this.keyNames, ...this.names]);
    for (const item of items) for (const name of Object.keys(item)) found.add(name);
    const others = [...found].filter((name) => !this.keyNames.includes(name));
    const kept = this.items.length ? others : others.sort();
    this.names = [...this.keyNames, ...kept].slice(0, COLUMNS_MAX);
    this.items.push(...items);
    put(this.headRow, this.names.map((name) =>
      h("th", {}, name, this.keyNames.includes(name) && [" ", h("span", { class: "keymark", title: "key" }, icon(KEY))])));
    const from = this.rows.childElementCount;
    if (from && this.names.length !== this.rows.firstChild.childElementCount) put(this.rows);
    for (const item of this.items.slice(this.rows.childElementCount)) this.rows.append(this.row(item));
  }

  row(item) {
    const pick = () => this.onPick?.(item);
    const row = h("tr", { tabindex: this.onPick ? "0" : null },
      this.names.map((name) => cell(item[name], this.keyNames.includes(name))));
    if (this.onPick) {
      row.addEventListener("click", () => { if (!String(getSelection())) pick(); });
      row.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); pick(); } });
    }
    return row;
  }
}

function cell(value, isKey) {
  if (value === undefined) return h("td", { class: "absent" }, "");
  const kind = typeOf(value);
  const text = brief(value, 160);
  const classes = ["cut", `t-${kind}`, isKey && "iskey", kind === "N" && "num"].filter(Boolean);
  return h("td", { class: classes.join(" "), title: text.length > 24 ? brief(value, 2000) : null }, text);
}
