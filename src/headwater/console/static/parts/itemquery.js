// What items are asked for: a scan or a query, on the table or an index, with a filter. Pure from the
// form's values to the operation's parameters.

const NO_VALUE = new Set(["exists", "not exists"]);
export const COMPARISONS = ["=", "<>", "<", "<=", ">", ">=", "begins with", "contains", "between", "exists", "not exists"];
export const SORT_COMPARISONS = ["=", "<", "<=", ">", ">=", "begins with", "between"];

// The key schema of the table or of one of its indexes: [hash name, range name or undefined].
export function keysOf(table, index) {
  const all = [...(table.GlobalSecondaryIndexes || []), ...(table.LocalSecondaryIndexes || [])];
  const schema = index ? all.find((one) => one.IndexName === index).KeySchema : table.KeySchema;
  const named = (kind) => schema.filter((one) => one.KeyType === kind).map((one) => one.AttributeName);
  return [...named("HASH"), ...named("RANGE")];
}

// A typed value: a number where it reads as one and `kind` does not say otherwise, else a text. In
// quotes it is a text anyway; true, false and null are what they say.
export function valueOf(text, kind) {
  if (kind === "S") return { S: text };
  if (kind === "N") return { N: text.trim() };
  if (kind === "B") return { B: text.trim() };
  const quoted = /^"(.*)"$/.exec(text);
  if (quoted) return { S: quoted[1] };
  if (text === "true" || text === "false") return { BOOL: text === "true" };
  if (text === "null") return { NULL: true };
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? { N: text } : { S: text };
}

class Names {
  constructor() {
    this.names = {};
    this.values = {};
  }

  // A path such as a.b[0]: every name gets a placeholder.
  path(text) {
    return text.split(".").map((part) => {
      const [, name, rest] = /^([^[]*)(.*)$/.exec(part);
      const known = Object.entries(this.names).find(([, one]) => one === name);
      const holder = known ? known[0] : `#n${Object.keys(this.names).length}`;
      this.names[holder] = name;
      return holder + rest;
    }).join(".");
  }

  value(value) {
    const holder = `:v${Object.keys(this.values).length}`;
    this.values[holder] = value;
    return holder;
  }

  condition({ name, comparison, text, second = "" }, kind) {
    const path = this.path(name);
    if (comparison === "exists") return `attribute_exists(${path})`;
    if (comparison === "not exists") return `attribute_not_exists(${path})`;
    if (comparison === "begins with") return `begins_with(${path}, ${this.value(valueOf(text, kind))})`;
    if (comparison === "contains") return `contains(${path}, ${this.value(valueOf(text, kind))})`;
    if (comparison === "between") {
      return `${path} BETWEEN ${this.value(valueOf(text, kind))} AND ${this.value(valueOf(second, kind))}`;
    }
    return `${path} ${comparison} ${this.value(valueOf(text, kind))}`;
  }
}

// form: { mode: "Scan" | "Query", index, hash, sort: {comparison, text, second}, filters: [...],
// backwards }. Returns { operation, params }.
export function requestOf(table, form) {
  const names = new Names();
  const kinds = Object.fromEntries(table.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  const params = { TableName: table.TableName };
  if (form.index) params.IndexName = form.index;
  if (form.mode === "Query") {
    const [hash, range] = keysOf(table, form.index);
    const parts = [names.condition({ name: hash, comparison: "=", text: form.hash }, kinds[hash])];
    if (range && form.sort && form.sort.text !== "") {
      parts.push(names.condition({ name: range, ...form.sort }, kinds[range]));
    }
    params.KeyConditionExpression = parts.join(" AND ");
    if (form.backwards) params.ScanIndexForward = false;
  }
  const filters = (form.filters || []).filter((one) => one.name && (NO_VALUE.has(one.comparison) || one.text !== ""));
  if (filters.length) {
    params.FilterExpression = filters.map((one) => names.condition(one)).join(" AND ");
  }
  if (Object.keys(names.names).length) params.ExpressionAttributeNames = names.names;
  if (Object.keys(names.values).length) params.ExpressionAttributeValues = names.values;
  return { operation: form.mode, params };
}
