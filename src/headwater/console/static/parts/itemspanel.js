// The items of a table: which, in pages, each to be opened and changed.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { number, plural } from "../format.js";
import { editItem } from "./itemeditor.js";
import { ItemGrid } from "./itemgrid.js";
import { COMPARISONS, SORT_COMPARISONS, keysOf, requestOf } from "./itemquery.js";
import { empty } from "./notices.js";

const PAGE = 50;

export function itemsPanel(view, table) {
  const form = new QueryForm(table, () => load());
  const grid = new ItemGrid({
    label: "Items", keyNames: keysOf(table), onPick: (item) => edit(item),
  });
  const said = h("span", { class: "hint" });
  const more = h("button", { on: { click: () => page() } }, "More");
  const nothing = h("div");
  let asked = null;
  let after = null;
  let scanned = 0;

  async function edit(item) {
    // An index may hold a part of the item: it is edited whole.
    const Key = item && Object.fromEntries(keysOf(table).map((name) => [name, item[name]]));
    const whole = item && await view.try(() => api.aws("dynamodb", "GetItem", { TableName: table.TableName, Key, ConsistentRead: true }));
    if (item && !whole) return;
    editItem({ table, item: item ? whole.Item || item : null, readOnly: view.readOnly, changed: load });
  }

  async function load() {
    asked = requestOf(table, form.values());
    after = null;
    scanned = 0;
    const had = grid.element.scrollTop;
    await page(true);
    grid.element.scrollTop = had;
  }

  async function page(isFirst = false) {
    more.disabled = true;
    const answer = await view.try(() => api.aws("dynamodb", asked.operation, {
      ...asked.params, Limit: PAGE, ...(after ? { ExclusiveStartKey: after } : {}),
    }));
    more.disabled = false;
    if (!answer) return;
    if (isFirst) grid.clear();
    after = answer.LastEvaluatedKey || null;
    scanned += answer.ScannedCount;
    grid.add(answer.Items);
    grid.element.hidden = !grid.items.length;
    more.hidden = !after;
    const looked = scanned > grid.items.length ? ` of ${number(scanned)} looked at` : "";
    put(said, `${plural(grid.items.length, "item")}${looked}${after ? ", there are more" : ""}`);
    put(nothing, !grid.items.length && empty(after ? "Nothing found yet: there is more to look at." : "No item is like this.",
      !view.readOnly && h("p", {}, "Put one with “New item”.")));
  }

  if (!view.readOnly) view.key("n", "New item", () => edit(null), "Table");
  view.key("r", "Load again", () => load(), "Table");
  load();
  return h("div", { class: "stack" },
    h("section", { class: "panel" },
      h("div", { class: "inside" }, form.element)),
    h("section", { class: "panel" },
      h("header", {}, h("h2", {}, "Items"), said,
        h("span", { class: "end" },
          h("button", { on: { click: () => load() } }, "Load again"),
          !view.readOnly && h("button", { class: "primary", on: { click: () => edit(null) } }, "New item"))),
      nothing, grid.element, h("div", { class: "inside morebar" }, more)));
}

class QueryForm {
  constructor(table, submit) {
    this.table = table;
    this.filters = h("div", { class: "stack filters" });
    const indexes = [...(table.GlobalSecondaryIndexes || []), ...(table.LocalSecondaryIndexes || [])];
    this.mode = h("select", { "aria-label": "Scan or query", on: { change: () => this.turn() } },
      h("option", {}, "Scan"), h("option", {}, "Query"));
    this.index = h("select", { "aria-label": "Table or index", on: { change: () => this.turn() } },
      h("option", { value: "" }, "the table"), indexes.map((one) => h("option", { value: one.IndexName }, one.IndexName)));
    this.hash = h("input", { "aria-label": "Partition key value", "data-search": true });
    this.hashLabel = h("label", {}, h("span", {}), this.hash);
    this.sortName = h("span", {});
    this.comparison = h("select", { "aria-label": "Sort key comparison", on: { change: () => this.turn() } },
      SORT_COMPARISONS.map((one) => h("option", {}, one)));
    this.sort = h("input", { "aria-label": "Sort key value", placeholder: "any" });
    this.second = h("input", { "aria-label": "Sort key upper value" });
    this.sortLabel = h("label", {}, this.sortName, h("span", { class: "row tight" }, this.comparison, this.sort, this.second));
    this.backwards = h("input", { type: "checkbox" });
    this.backwardsLabel = h("label", { class: "line" }, this.backwards, "last first");
    this.keys = h("div", { class: "row bottom" }, this.hashLabel, this.sortLabel, this.backwardsLabel);
    this.element = h("form", { class: "stack", on: { submit: (event) => { event.preventDefault(); submit(); } } },
      h("div", { class: "row" }, this.mode, indexes.length > 0 && this.index,
        h("span", { class: "stretch" }),
        h("button", { type: "button", class: "plain", on: { click: () => this.addFilter() } }, "+ Filter"),
        h("button", { class: "primary" }, "Run")),
      this.keys, this.filters);
    this.turn();
  }

  turn() {
    const isQuery = this.mode.value === "Query";
    const [hash, range] = keysOf(this.table, this.index.value || null);
    this.keys.hidden = !isQuery;
    this.hash.required = isQuery;
    put(this.hashLabel.firstChild, `${hash} is`);
    this.sortLabel.hidden = !range;
    this.backwardsLabel.hidden = !range;
    put(this.sortName, range || "");
    this.second.hidden = this.comparison.value !== "between";
  }

  addFilter() {
    const name = h("input", { "aria-label": "Attribute", placeholder: "attribute" });
    const comparison = h("select", { "aria-label": "Comparison" }, COMPARISONS.map((one) => h("option", {}, one)));
    const text = h("input", { "aria-label": "Value", placeholder: "value", class: "grow" });
    const second = h("input", { "aria-label": "Upper value", placeholder: "and", hidden: true });
    comparison.addEventListener("change", () => {
      text.hidden = comparison.value.endsWith("exists");
      second.hidden = comparison.value !== "between";
    });
    const row = h("div", { class: "row" }, name, comparison, text, second,
      h("button", { type: "button", class: "plain", "aria-label": "Remove this filter", on: { click: () => row.remove() } }, "×"));
    row.read = () => ({ name: name.value.trim(), comparison: comparison.value, text: text.value, second: second.value });
    this.filters.append(row);
    name.focus();
  }

  values() {
    return {
      mode: this.mode.value,
      index: this.index.value,
      hash: this.hash.value,
      sort: { comparison: this.comparison.value, text: this.sort.value, second: this.second.value },
      backwards: this.backwards.checked,
      filters: [...this.filters.children].map((row) => row.read()),
    };
  }
}
