// Figures and moments for people. Times are UTC, as everywhere in Headwater.

const UNITS = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

// 1234 -> "1,234", 12345 -> "12.3k"; small ones with as many digits as they need.
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  for (const [unit, letter] of UNITS) {
    if (size >= unit * 10 || (unit > 1e3 && size >= unit)) return `${trim(value / unit)}${letter}`;
  }
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return trim(value);
}

function trim(value) {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let size = count;
  let unit = -1;
  while (size >= 1024 && unit < units.length - 1) { size /= 1024; unit += 1; }
  return `${trim(size)} ${units[unit]}`;
}

// A duration in ms: "340 ms", "2.4 s", "3 min 20 s", "5 h 12 min", "2 d 3 h".
export function span(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return "–";
  if (ms < 1) return ms <= 0 ? "0 ms" : `${trim(ms)} ms`;
  if (ms < 1000) return `${trim(ms)} ms`;
  if (ms < 60_000) return `${trim(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// The same for an axis, where there is room for one unit.
export function spanBriefly(ms) {
  if (ms < 1000) return `${trim(ms)} ms`;
  if (ms < 600_000) return `${trim(ms / 1000)} s`;
  return ms < 36_000_000 ? `${trim(ms / 60_000)} min` : `${trim(ms / 3_600_000)} h`;
}

const two = (value) => String(value).padStart(2, "0");

export function clockTime(ms, withMillis = false) {
  const at = new Date(ms);
  const text = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return withMillis ? `${text}.${String(at.getUTCMilliseconds()).padStart(3, "0")}` : text;
}

// 2026-03-04 05:06, the date only where it is not today's (nowMs).
export function moment(ms, nowMs = Date.now()) {
  const at = new Date(ms);
  const date = at.toISOString().slice(0, 10);
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return date === new Date(nowMs).toISOString().slice(0, 10) ? time : `${date} ${time}`;
}

export const plural = (count, one, many = `${one}s`) =>
  `${typeof count === "number" ? number(count) : count} ${count === 1 ? one : many}`;

// What a function that failed has answered: [the error in one line, its trace].
export function functionError(text) {
  try {
    const { errorType, errorMessage, stackTrace = [] } = JSON.parse(text);
    if (errorMessage === undefined) return [text, ""];
    return [`${errorType || "Error"}: ${errorMessage}`, stackTrace.map((line) => line.trimEnd()).join("\n")];
  } catch {
    // The node keeps the first kilobyte of an answer: a long one is cut, and no JSON any more.
    const found = /"errorMessage": ?"((?:[^"\\]|\\.)*)"/.exec(text || "");
    return [found ? found[1] : text || "The function failed without a word.", ""];
  }
}

// The end of a shard's id, by which people tell shards apart.
export const shardTail = (id) => id.slice(id.lastIndexOf("-") + 1).slice(-8);

// The name in arn:aws:dynamodb:R:A:table/NAME/stream/LABEL.
export const tableOf = (streamArn) => streamArn.split("/")[1] || streamArn;
