// Begins the console: the session, the shell around the pages, and which page an address means.

import * as api from "./api.js";
import { h, put } from "./dom.js";
import { bind, startKeys } from "./keys.js";
import { empty, troubleBox } from "./parts/notices.js";
import { PAGES } from "./pages.js";
import { Shell } from "./shell.js";
import { View } from "./view.js";

const AGAIN_MS = 2000;
let shell;
let session;
let view;

function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  route();
}

const offered = () => PAGES.filter((page) =>
  (page.needs !== "admin" || session.admin) && (!page.when || page.when(session)));

function route() {
  const words = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const pages = offered();
  const page = pages.find((one) => one.id === words[0]) || (words.length ? null : pages[0]);
  view?.close();
  shell.main.className = page ? `page-${page.id}` : "";
  view = new View(shell.main, words.slice(1), new URLSearchParams(location.search), session, go);
  shell.mark(page);
  if (!page) {
    const known = PAGES.some((one) => one.id === words[0]);
    const why = known ? "this endpoint has nothing to show there" : "there is no such page";
    view.told({ what: `nothing at ${location.pathname}`, why, now: "Choose one from the menu." });
    return;
  }
  shell.main.scrollTo(0, 0);
  view.try(() => page.open(view));
}

async function load() {
  const root = document.body;
  for (;;) {
    try {
      session = await api.session();
      return;
    } catch (trouble) {
      put(root, h("div", { class: "alone" }, troubleBox(trouble)));
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

function onClick(event) {
  const link = event.target.closest("a[href^='/']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.getAttribute("href"));
}

async function begin() {
  await load();
  api.place.region = localStorage.getItem("region") || session.region;
  api.place.account = localStorage.getItem("account") || "";
  shell = new Shell(session, offered(), { reload: begin, route });
  put(document.body, shell.element);
  if (session.wantsLogin) {
    const again = h("p", {}, h("button", { on: { click: () => shell.askLogin() } }, "Log in"));
    put(shell.main, empty("You are not logged in.", again));
    shell.askLogin();
  } else {
    route();
  }
}

startKeys();
for (const page of PAGES) {
  bind(`g ${page.key}`, page.title, () => { if (offered().includes(page)) go(`/${page.id}`); }, "Go to");
}
bind("t", "Light, dark, or as the system", () => shell.nextTheme());
document.addEventListener("click", onClick);
addEventListener("popstate", route);
api.loginWanted.add(() => shell?.askLogin());
begin();
