// Dialogs: the browser's own, which keep focus inside, close on Escape and are told to screen
// readers.

import { h } from "../dom.js";

// Opens at once; returns { dialog, close }. kind: "" in the middle, "drawer" at the side.
export function openDialog(title, content, { kind = "", onClose = () => {} } = {}) {
  const id = `d${Math.round(performance.now() * 1000)}`;
  const close = () => dialog.close();
  const dialog = h("dialog", { class: kind, "aria-labelledby": id },
    h("header", {},
      h("h2", { id }, title),
      h("button", { class: "plain close", "aria-label": "Close", on: { click: close } }, "×")),
    h("div", { class: "body" }, content));
  dialog.addEventListener("close", () => { dialog.remove(); onClose(); });
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close };
}

// Asks before something that cannot be taken back: confirm({ title, text, verb }) -> true or false.
export function confirm({ title, text, verb, danger = true }) {
  return new Promise((resolve) => {
    let answer = false;
    const { close } = openDialog(title, [
      h("p", {}, text),
      h("footer", {},
        h("button", { on: { click: () => close() } }, "Cancel"),
        h("button", {
          class: danger ? "danger" : "primary",
          autofocus: true,
          on: { click: () => { answer = true; close(); } },
        }, verb)),
    ], { onClose: () => resolve(answer) });
  });
}
