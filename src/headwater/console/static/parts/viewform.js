// A new view: what is computed, of which table, by what, in which windows. It shows the command that
// does the same.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { openDialog } from "./dialog.js";
import { toast, troubleBox } from "./notices.js";

const HOME = "us-east-1"; // a node's, unless it is told another
const KINDS = [["count", "how many"], ["sum", "sum"], ["avg", "mean"], ["min", "least"], ["max", "greatest"],
  ["distinct", "how many different"], ["top", "most frequent"]];

export async function newView(view, made) {
  const tables = await view.try(() => api.all("dynamodb", "ListTables", {}, "TableNames", ["LastEvaluatedTableName", "ExclusiveStartTableName"]));
  if (!tables) return;
  const field = (name, label, more = {}) => h("label", { class: "grow" }, label,
    h("input", { name, "aria-label": label, autocomplete: "off", spellcheck: "false", ...more }));
  const said = h("div");
  const command = h("pre", { "aria-label": "The same by command" });
  const of = field("of", "Of which attribute", { placeholder: "total" });
  const kind = h("select", { name: "kind", "aria-label": "What", on: { change: () => turn() } }, KINDS.map(([id, name]) => h("option", { value: id }, name)));
  const form = h("form", { class: "stack", on: { submit, input: () => tell() } },
    said,
    h("div", { class: "row bottom" },
      field("name", "Name", { required: true, pattern: "[A-Za-z0-9_.-]{1,128}", autofocus: true, placeholder: "revenue" }),
      h("label", { class: "grow" }, "Of table", h("select", { name: "table", "aria-label": "Of table" }, tables.map((one) => h("option", {}, one))))),
    h("div", { class: "row bottom" }, h("label", {}, "What", kind), of),
    h("div", { class: "row bottom" },
      field("by", "Grouped by, if at all", { placeholder: "country" }),
      field("window", "In windows of, if at all", { placeholder: "1m" }),
      field("every", "Every", { placeholder: "the same" })),
    h("details", {}, h("summary", {}, "Only some items"), h("div", { class: "stack" },
      field("filter", "Filter, as a FilterExpression", { placeholder: "#s = :paid" }),
      field("names", "Its names, as JSON", { placeholder: '{"#s": "status"}' }),
      field("values", "Its values, as DynamoDB JSON", { placeholder: '{":paid": {"S": "PAID"}}' }))),
    command,
    h("footer", {}, h("button", { class: "primary" }, "Create")));
  const { close } = openDialog("New view", form, { kind: "wide" });

  function turn() {
    of.hidden = kind.value === "count";
    of.querySelector("input").required = kind.value !== "count";
    tell();
  }

  function tell() {
    put(command, commandOf(Object.fromEntries(new FormData(form)), view.session.endpoint));
  }

  async function submit(event) {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    try {
      const body = bodyOf(given);
      const told = await api.admin.post("views", { ...body, ...await scopeOf(body.table) });
      toast(`View ${told.name} is made`);
      close();
      made(told.name);
    } catch (trouble) {
      put(said, troubleBox(trouble));
    }
  }
  turn();
}

// Where a table is: the node's own pages do not know as whom the browser has logged in.
async function scopeOf(table) {
  const { Table } = await api.aws("dynamodb", "DescribeTable", { TableName: table });
  const [, , , region, account] = Table.TableArn.split(":");
  return { region, account };
}

const list = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

function bodyOf(given) {
  const body = { name: given.name.trim(), table: given.table };
  if (given.kind === "count") body.count = true;
  else body[given.kind] = list(given.of);
  if (given.by.trim()) body.by = list(given.by);
  for (const name of ["window", "every", "filter"]) if (given[name].trim()) body[name] = given[name].trim();
  for (const name of ["names", "values"]) if (given[name].trim()) body[name] = parsed(name, given[name]);
  return body;
}

function parsed(name, text) {
  try {
    return JSON.parse(text);
  } catch (trouble) {
    throw new api.Trouble({ what: `the filter's ${name} are no JSON`, why: trouble.message, now: "Mend them, then create the view again." });
  }
}

const quoted = (text) => (/^[\w.,:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function commandOf(given, endpoint) {
  const parts = ["headwater view create", quoted(given.name.trim() || "NAME"), "--table", quoted(given.table || "TABLE")];
  if (given.kind === "count") parts.push("--count");
  else for (const path of list(given.of).length ? list(given.of) : ["ATTRIBUTE"]) parts.push(`--${given.kind}`, quoted(path));
  for (const path of list(given.by)) parts.push("--by", quoted(path));
  for (const name of ["window", "every", "filter", "names", "values"]) if (given[name].trim()) parts.push(`--${name}`, quoted(given[name].trim()));
  if (api.place.region !== HOME) parts.push("--region", api.place.region);
  return [...parts, "--endpoint", endpoint].join(" ");
}
