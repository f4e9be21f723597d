// The node's virtual time in the bar, on every page: it leads to where it is moved.

import * as api from "../api.js";
import { h, icon, put } from "../dom.js";

const EVERY_MS = 2000;
export const CLOCK = "M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3.500 2";
const MOVED = "headwater-clock";

// For whoever has moved it: the badge follows at once.
export const clockMoved = (nowMs) => dispatchEvent(new CustomEvent(MOVED, { detail: nowMs }));

export function clockBadge() {
  const time = h("span", { class: "tnum" }, "virtual clock");
  const element = h("a", {
    class: "badge info clockbadge", href: "/clock", title: "The clock is virtual: it stands still until it is moved",
  }, icon(CLOCK), time);
  const show = (nowMs) => {
    const [day, hours] = new Date(nowMs).toISOString().slice(0, 19).split("T");
    put(time, h("span", { class: "day" }, `${day} `), hours);
    element.setAttribute("aria-label", `Virtual clock, ${day} ${hours}`);
  };
  const onMoved = (event) => show(event.detail);
  let wasShown = false;

  async function look() {
    if (wasShown && !element.isConnected) {
      removeEventListener(MOVED, onMoved);
      return;
    }
    wasShown ||= element.isConnected;
    if (!document.hidden) {
      try {
        show((await api.admin.get("clock")).now_ms);
      } catch { /* the page itself tells what is wrong */ }
    }
    setTimeout(look, EVERY_MS);
  }
  addEventListener(MOVED, onMoved);
  look();
  return element;
}
