// Tables: the list, and of one of them its items, its description, and a PartiQL box.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { bytes, number, plural } from "../format.js";
import { empty } from "../parts/notices.js";
import { itemsPanel } from "../parts/itemspanel.js";
import { partiqlPanel } from "../parts/partiqlpanel.js";
import { head } from "../view.js";

const AT_ONCE = 12;

const address = (name) => `/tables/${encodeURIComponent(name)}`;

async function open(view) {
  if (view.path[0]) await showTable(view, view.path[0]);
  else await listTables(view);
}

async function listTables(view) {
  const details = new Map();
  const rows = h("tbody");
  const counts = h("span", {});
  const search = h("input", {
    type: "search", placeholder: "Search tables", "aria-label": "Search tables", "data-search": true,
    value: sessionStorage.getItem("tables") || "",
    on: {
      input: () => { sessionStorage.setItem("tables", search.value); draw(); },
      keydown: (event) => {
        const first = rows.querySelector("a");
        if (event.key === "Enter" && first) view.go(first.getAttribute("href"));
      },
    },
  });
  const place = h("section", { class: "panel scroll" });
  const table = h("table", { class: "grid tables", "aria-label": "Tables" },
    h("thead", {}, h("tr", {}, h("th", {}, "Table"), h("th", {}, "Keys"), h("th", { class: "num" }, "Items"),
      h("th", { class: "num" }, "Size"), h("th", {}, "Indexes"), h("th", {}, "Stream"), h("th", {}, "State"))), rows);
  let names = [];

  function draw() {
    const text = search.value.toLowerCase();
    const shown = names.filter((name) => name.toLowerCase().includes(text));
    put(counts, names.length === shown.length ? plural(names.length, "table") : `${shown.length} of ${plural(names.length, "table")}`);
    keyed(rows, shown, (name) => name, () => h("tr"), (row, name) => describeRow(row, name, details.get(name)));
    if (!names.length) {
      put(place, empty("There is no table here.",
        h("p", {}, `in region ${api.place.region}${api.place.account ? `, account ${api.place.account}` : ""}. Create one with any SDK or the AWS CLI:`),
        h("pre", {}, `aws dynamodb create-table --endpoint-url ${view.session.endpoint} \\\n  --table-name Orders --billing-mode PAY_PER_REQUEST \\\n  --attribute-definitions AttributeName=id,AttributeType=S \\\n  --key-schema AttributeName=id,KeyType=HASH`)));
    } else put(place, table);
  }

  view.show(head("Tables", counts, search), place);
  view.every(5000, async () => {
    names = await api.all("dynamodb", "ListTables", {}, "TableNames", ["LastEvaluatedTableName", "ExclusiveStartTableName"]);
    draw();
    // Those that are seen first, and again each time; of others it is enough to be known once.
    const row = (name) => rows.kept.get(name);
    const seen = names.filter((name) => row(name) && isSeen(row(name)));
    const unknown = names.filter((name) => !details.has(name) && !seen.includes(name));
    const told = (name) => row(name) && describeRow(row(name), name, details.get(name));
    await describe([...seen, ...unknown], details, told, () => view.isOpen);
  });
}

function isSeen(row) {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

// Details of tables, some at a time; each is told when it is known.
async function describe(names, details, told, isWanted) {
  const left = [...names];
  const work = async () => {
    for (let name = left.shift(); name && isWanted(); name = left.shift()) {
      try {
        details.set(name, (await api.aws("dynamodb", "DescribeTable", { TableName: name })).Table);
      } catch (trouble) {
        if (trouble.code !== "ResourceNotFoundException") throw trouble;
        details.delete(name);
      }
      if (isWanted()) told(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function describeRow(row, name, table) {
  const text = JSON.stringify(table || name);
  if (row.text === text) return;
  row.text = text;
  const stream = table?.StreamSpecification;
  put(row,
    h("td", {}, h("a", { class: "strong", href: address(name) }, name)),
    h("td", { class: "mono" }, table ? keyNames(table).join(", ") : ""),
    h("td", { class: "num" }, table ? number(table.ItemCount) : ""),
    h("td", { class: "num" }, table ? bytes(table.TableSizeBytes) : ""),
    h("td", {}, table ? String(indexesOf(table).length || "") : ""),
    h("td", {}, stream?.StreamEnabled && h("a", { href: `/stream/${encodeURIComponent(name)}` }, views(stream.StreamViewType))),
    h("td", {}, table && status(table.TableStatus)));
}

const views = (type) => type.toLowerCase().replaceAll("_", " ");
const status = (text) => h("span", { class: `badge ${text === "ACTIVE" ? "ok" : "warn"}` }, text);
const keyNames = (table) => table.KeySchema.map((key) => key.AttributeName);
const indexesOf = (table) => [...(table.GlobalSecondaryIndexes || []), ...(table.LocalSecondaryIndexes || [])];

async function showTable(view, name) {
  const { Table: table } = await api.aws("dynamodb", "DescribeTable", { TableName: name });
  const tabs = [["items", "Items"], ["partiql", "PartiQL"], ["about", "About"]];
  const body = h("div", { class: "tabbody" });
  const bar = h("div", { class: "choice", role: "tablist", "aria-label": "Of this table" }, tabs.map(([id, title]) =>
    h("button", { role: "tab", data: { id }, on: { click: () => choose(id) } }, title)));
  const made = {};

  function choose(id) {
    for (const button of bar.children) button.setAttribute("aria-selected", String(button.dataset.id === id));
    made[id] ||= { items: itemsPanel, partiql: partiqlPanel, about }[id](view, table);
    put(body, made[id]);
    history.replaceState({}, "", id === "items" ? address(name) : `${address(name)}?tab=${id}`);
  }

  const stream = table.StreamSpecification?.StreamEnabled;
  view.show(
    head(table.TableName, [status(table.TableStatus), h("span", {}, `${plural(table.ItemCount, "item")}, ${bytes(table.TableSizeBytes)}`)],
      bar, stream && h("a", { class: "button", href: `/stream/${encodeURIComponent(name)}` }, "Stream")),
    body);
  choose(tabs.some(([id]) => id === view.query.get("tab")) ? view.query.get("tab") : "items");
}

function about(view, table) {
  const fact = (name, value) => value && [h("dt", {}, name), h("dd", {}, value)];
  const key = (schema) => schema.map((one) => `${one.AttributeName} (${one.KeyType.toLowerCase()})`).join(", ");
  const throughput = table.ProvisionedThroughput;
  const isOnDemand = table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";
  const indexes = indexesOf(table);
  return h("div", { class: "stack" },
    h("section", { class: "panel inside2" }, h("dl", { class: "facts" },
      fact("Keys", key(table.KeySchema)),
      fact("Created", new Date(table.CreationDateTime * 1000).toISOString().replace("T", " ").slice(0, 19)),
      fact("Billing", isOnDemand ? "on demand" : `${throughput.ReadCapacityUnits} read and ${throughput.WriteCapacityUnits} write units`),
      fact("Stream", table.StreamSpecification && views(table.StreamSpecification.StreamViewType)),
      fact("ARN", h("span", { class: "mono" }, table.TableArn)))),
    indexes.length > 0 && h("section", { class: "panel scroll" }, h("table", { class: "grid" },
      h("thead", {}, h("tr", {}, ["Index", "Keys", "Projection", "Items", "State"].map((one) => h("th", {}, one)))),
      h("tbody", {}, indexes.map((index) => h("tr", {},
        h("td", {}, index.IndexName), h("td", {}, key(index.KeySchema)),
        h("td", {}, index.Projection.ProjectionType.toLowerCase().replaceAll("_", " ")),
        h("td", {}, number(index.ItemCount)), h("td", {}, index.IndexStatus ? status(index.IndexStatus) : "local")))))),
    h("details", { class: "panel inside2" }, h("summary", {}, "As DescribeTable tells it"),
      h("pre", {}, JSON.stringify(table, null, 2))));
}

export default {
  id: "tables",
  title: "Tables",
  key: "t",
  icon: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9",
  open,
};
