// What stands around every page: the menu, the place that is looked at, theme, help and login.

import * as api from "./api.js";
import { h, icon, put } from "./dom.js";
import { help } from "./keys.js";
import { clockBadge } from "./parts/clockbadge.js";
import { openDialog } from "./parts/dialog.js";
import { troubleBox } from "./parts/notices.js";

const THEMES = {
  system: ["As the system", "M4 5h16v11H4zM9 20h6M12 16v4"],
  light: ["Light", "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2"],
  dark: ["Dark", "M20 14.500A8.5 8.5 0 019.5 4 8.5 8.5 0 1020 14.500z"],
};
const HELP = "M9 9a3 3 0 116 0c0 2-3 2.5-3 4.500M12 17.500v.1M12 3a9 9 0 100 18 9 9 0 000-18z";

export class Shell {
  // on: { reload: after a change of login or place, route: draw the page anew }
  constructor(session, pages, on) {
    this.session = session;
    this.on = on;
    this.links = new Map(pages.map((page) => [page.id, link(page)]));
    this.main = h("main", { id: "main", tabindex: "-1" });
    this.themeButton = h("button", { class: "plain", on: { click: () => this.nextTheme() } });
    this.element = h("div", { class: "shell" },
      h("nav", { "aria-label": "Pages" },
        h("a", { class: "brand", href: "/" }, wave(), h("span", {}, "Headwater")),
        h("div", { class: "links" }, [...this.links.values()]),
        h("div", { class: "foot" }, this.foot())),
      h("div", { class: "side" }, this.bar(), this.main));
    this.showTheme();
  }

  foot() {
    const { version, endpoint } = this.session;
    return [
      h("span", {}, version ? `Headwater ${version}` : "DynamoDB endpoint"),
      h("span", { class: "mono", title: endpoint }, endpoint.replace(/^https?:\/\//, "")),
    ];
  }

  bar() {
    const { place } = api;
    const where = place.account ? `${place.region} · ${place.account}` : place.region;
    return h("div", { class: "bar" },
      h("a", { class: "brand small", href: "/" }, wave(), h("span", {}, "Headwater")),
      h("span", { class: "stretch" }),
      this.session.readOnly && h("span", { class: "badge warn", title: "Started with --read-only" }, "read-only"),
      this.session.virtual && clockBadge(),
      h("button", { class: "plain place", "aria-label": "Region and account", on: { click: () => this.askPlace() } }, where),
      (this.session.user || this.session.wantsLogin) && h("button", { class: "plain", on: { click: () => this.askLogin() } }, this.session.user || "Log in"),
      this.themeButton,
      h("button", { class: "plain", "aria-label": "Shortcuts", title: "Shortcuts (?)", on: { click: help } }, icon(HELP)));
  }

  mark(page) {
    for (const [id, element] of this.links) {
      if (page && page.id === id) element.setAttribute("aria-current", "page");
      else element.removeAttribute("aria-current");
    }
    // On a phone the menu is one line, of which not all is seen.
    if (page) this.links.get(page.id)?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  nextTheme() {
    window.theme.next();
    this.showTheme();
  }

  showTheme() {
    const [name, path] = THEMES[window.theme.choice];
    put(this.themeButton, icon(path));
    this.themeButton.title = `Theme: ${name} (t)`;
    this.themeButton.setAttribute("aria-label", `Theme: ${name}`);
  }

  askPlace() {
    const region = h("input", { name: "region", value: api.place.region, "aria-label": "Region", required: true });
    const account = h("input", {
      name: "account", value: api.place.account, "aria-label": "Account", pattern: "[0-9]{12}",
      placeholder: "000000000000", inputmode: "numeric", disabled: Boolean(this.session.user),
    });
    const { close } = openDialog("Where to look", h("form", {
      class: "stack",
      on: { submit: (event) => {
        event.preventDefault();
        localStorage.setItem("region", region.value.trim());
        localStorage.setItem("account", account.value.trim());
        close();
        this.on.reload();
      } },
    },
    h("label", {}, "Region", region),
    h("label", {}, "Account", account),
    h("p", { class: "hint" }, this.session.user
      ? "The account is that of your access key."
      : "Regions and accounts do not see each other's tables."),
    h("footer", {},
      h("button", { type: "button", class: "plain left", on: { click: () => { close(); this.askLogin(); } } }, "Use an access key"),
      h("button", { class: "primary" }, "Look there"))));
  }

  askLogin() {
    if (document.querySelector("dialog.login")) return;
    const field = (name, label, more = {}) => h("label", {}, label,
      h("input", { name, "aria-label": label, autocomplete: "off", spellcheck: "false", ...more }));
    const said = h("div");
    const submit = async (event) => {
      event.preventDefault();
      try {
        await api.login(Object.fromEntries(new FormData(event.target)));
        close();
        this.on.reload();
      } catch (trouble) {
        put(said, troubleBox(trouble));
      }
    };
    const leave = async () => { await api.logout(); close(); this.on.reload(); };
    const { dialog, close } = openDialog("Log in", h("form", { class: "stack", on: { submit } },
      h("p", { class: "hint" }, this.session.wantsLogin
        ? "This endpoint answers only known keys. The secret stays in the console's process; it is gone when that ends."
        : "This endpoint takes any key. Log in to be somebody in particular."),
      said,
      field("access", "Access key", { required: true, autofocus: true }),
      field("secret", "Secret key", { required: true, type: "password" }),
      field("token", "Session token, if there is one", { type: "password" }),
      h("footer", {},
        this.session.user && h("button", { type: "button", on: { click: leave } }, "Log out"),
        h("button", { class: "primary" }, "Log in"))));
    dialog.classList.add("login");
  }
}

function link(page) {
  return h("a", { href: `/${page.id}`, title: `${page.title} (g ${page.key})` },
    icon(page.icon), h("span", {}, page.title));
}

function wave() {
  return h("img", { src: "/static/icon.svg", alt: "", width: "22", height: "22" });
}
