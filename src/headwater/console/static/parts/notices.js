// Troubles and short notices: what happened, why, what to do now.

import { h } from "../dom.js";

const SHOWN_MS = 4000;

// A Trouble as a block of a page.
export function troubleBox(trouble) {
  const told = trouble.what ? trouble : { what: "this page made a mistake", why: String(trouble) };
  return h("div", { class: "trouble", role: "alert" },
    h("strong", {}, capital(told.what)),
    told.why && h("p", {}, told.why),
    told.now && h("p", { class: "now" }, told.now));
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// A line at the bottom that goes by itself. kind: "ok" or "bad"
export function toast(text, kind = "ok") {
  let shelf = document.querySelector(".toasts");
  if (!shelf) {
    shelf = h("div", { class: "toasts", role: "status" });
    document.body.append(shelf);
  }
  // In front of a dialog, if one is open.
  (document.querySelector("dialog[open]") || document.body).append(shelf);
  const line = h("div", { class: `toast ${kind}` }, text);
  shelf.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}

// What stands where there is nothing yet: a sentence, and what to do.
export function empty(title, ...more) {
  return h("div", { class: "empty" }, h("p", { class: "title" }, title), ...more);
}
