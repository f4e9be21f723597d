// DynamoDB JSON as people read it, and back: {"S": "a"} is a, {"N": "1"} is 1.
//
// Numbers are kept as their digits: DynamoDB has 38 of them, and the browser's own numbers 15.

const SETS = new Set(["SS", "NS", "BS"]);

// One attribute value in one line, for tables and diffs.
export function brief(value, most = 120) {
  const text = plainText(value, 0, true);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// One attribute value as plain JSON text. indent: 0 for one line.
export function plainText(value, indent = 2, bare = false, depth = 0) {
  if (!value) return "null";
  const [kind, held] = Object.entries(value)[0];
  if (kind === "S") return bare ? held : JSON.stringify(held);
  if (kind === "N") return held;
  if (kind === "BOOL") return String(held);
  if (kind === "NULL") return "null";
  if (kind === "B") return bare ? `b64 ${held}` : JSON.stringify(held);
  if (SETS.has(kind)) {
    return wrap("[]", held.map((one) => (kind === "NS" ? one : JSON.stringify(one))), indent, depth);
  }
  if (kind === "L") {
    return wrap("[]", held.map((one) => plainText(one, indent, false, depth + 1)), indent, depth);
  }
  const members = Object.entries(held).map(([name, one]) =>
    `${JSON.stringify(name)}: ${plainText(one, indent, false, depth + 1)}`);
  return wrap("{}", members, indent, depth);
}

function wrap([open, close], parts, indent, depth) {
  if (!parts.length) return open + close;
  if (!indent) return `${open}${parts.join(", ")}${close}`;
  const inner = " ".repeat(indent * (depth + 1));
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${" ".repeat(indent * depth)}${close}`;
}

// A whole item as plain JSON.
export const plainItem = (item) => plainText({ M: item });

// Whether plain JSON can say all that an item holds: sets and bytes have no form there.
export function isPlain(value) {
  const [kind, held] = Object.entries(value)[0];
  if (kind === "B" || SETS.has(kind)) return false;
  if (kind === "L") return held.every(isPlain);
  if (kind === "M") return Object.values(held).every(isPlain);
  return true;
}

export const typeOf = (value) => Object.keys(value || {})[0] || "";

export function isSame(one, other) {
  if (one === other) return true;
  if (!one || !other) return false;
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => {
    const held = value[name];
    return [name, SETS.has(name) && Array.isArray(held) ? [...held].sort() : sorted(held)];
  }));
}

// What differs between two images: [{ name, before, after }], in the order of names; what is equal
// is left out. An image that is not there is empty.
export function difference(before, after, skip = new Set()) {
  const names = [...new Set([...Object.keys(before || {}), ...Object.keys(after || {})])].sort();
  return names.filter((name) => !skip.has(name)).flatMap((name) => {
    const [old, now] = [before?.[name], after?.[name]];
    return isSame(old, now) ? [] : [{ name, before: old, after: now }];
  });
}
