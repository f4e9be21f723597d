// Shortcuts: one key, or g and then one. `help()` lists them all.

import { h } from "./dom.js";
import { openDialog } from "./parts/dialog.js";

const AFTER_G_MS = 1500;
const bindings = [];
let afterG = -Infinity;

// bind("g t", "Tables", run): returns what unbinds it. `scope` heads it in the help.
export function bind(keys, title, run, scope = "Anywhere") {
  const binding = { keys, title, run, scope };
  bindings.push(binding);
  return () => bindings.splice(bindings.indexOf(binding), 1);
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  bind("?", "This help", help);
  bind("/", "Search on this page", focusSearch);
}

function focusSearch() {
  const field = document.querySelector("main [data-search]");
  if (field) { field.focus(); field.select?.(); }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (event.key === "Escape" && target.matches("input[data-search]")) target.blur();
  if (target.closest("input, textarea, select, [contenteditable]")) return;
  if (document.querySelector("dialog[open]")) return;
  const isSecond = event.timeStamp - afterG < AFTER_G_MS;
  afterG = -Infinity;
  if (event.key === "g" && !isSecond) { afterG = event.timeStamp; return; }
  const typed = (isSecond ? "g " : "") + event.key;
  const found = bindings.findLast((binding) => binding.keys === typed);
  if (found) { event.preventDefault(); found.run(); }
}

export function help() {
  const scopes = [...new Set(bindings.map((binding) => binding.scope))];
  openDialog("Shortcuts", scopes.map((scope) => [
    h("h3", {}, scope),
    h("dl", { class: "shortcuts" }, bindings.filter((one) => one.scope === scope).map((one) => [
      h("dt", {}, one.keys.split(" ").map((key) => h("kbd", {}, key === " " ? "Space" : key))),
      h("dd", {}, one.title),
    ])),
  ]));
}
