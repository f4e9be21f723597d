// Plain JSON into DynamoDB JSON, with numbers as the digits that were typed.

export class PlainTrouble extends Error {}

// The item of a JSON text: {"a": 1} -> { a: { N: "1" } }. Throws PlainTrouble, which says where.
export function itemOf(text) {
  const reader = new Reader(text);
  reader.blank();
  if (reader.next !== "{") reader.fail("an item begins with {");
  const value = reader.value();
  reader.blank();
  if (reader.at < text.length) reader.fail("there is more behind the end");
  return value.M;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  get next() { return this.text[this.at]; }

  fail(what) {
    const before = this.text.slice(0, this.at).split("\n");
    throw new PlainTrouble(`line ${before.length}, column ${before.at(-1).length + 1}: ${what}`);
  }

  blank() {
    while (this.at < this.text.length && " \t\r\n".includes(this.next)) this.at += 1;
  }

  take(expression, what) {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    if (!found) this.fail(what);
    this.at += found[0].length;
    return found[0];
  }

  value() {
    this.blank();
    if (this.next === "{") return { M: this.members() };
    if (this.next === "[") return { L: this.elements() };
    if (this.next === '"') return { S: this.string() };
    if (this.next === "t" || this.next === "f") return { BOOL: this.take(/true|false/y, "a value is expected") === "true" };
    if (this.next === "n") { this.take(/null/y, "a value is expected"); return { NULL: true }; }
    return { N: this.take(/-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y, "a value is expected") };
  }

  string() {
    const quoted = this.take(/"(?:[^"\\\n]|\\.)*"/y, "a text in quotes is expected");
    try {
      return JSON.parse(quoted);
    } catch {
      return this.fail("this text has a character that must be escaped");
    }
  }

  members() {
    const found = {};
    this.at += 1;
    this.blank();
    while (this.next !== "}") {
      const name = this.string();
      if (name in found) this.fail(`the name ${name} is there twice`);
      this.blank();
      this.take(/:/y, "a colon is expected");
      found[name] = this.value();
      this.comma("}");
    }
    this.at += 1;
    return found;
  }

  elements() {
    const found = [];
    this.at += 1;
    this.blank();
    while (this.next !== "]") {
      found.push(this.value());
      this.comma("]");
    }
    this.at += 1;
    return found;
  }

  comma(end) {
    this.blank();
    if (this.next === end) return;
    this.take(/,/y, `a comma or ${end} is expected`);
    this.blank();
    if (this.next === end) this.fail("something is expected after the comma");
  }
}
