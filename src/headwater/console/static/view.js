// What a page is given: where to draw, what it was asked for, and things that end with it.

import { h, put } from "./dom.js";
import { bind } from "./keys.js";
import { troubleBox } from "./parts/notices.js";

export class View {
  // root: the element to draw in. path: what stands behind the page's name. query: URLSearchParams.
  // session: what /api/session told.
  // go: to another address.
  constructor(root, path, query, session, go) {
    this.go = go;
    this.path = path;
    this.query = query;
    this.session = session;
    this.isOpen = true;
    this.endings = [];
    this.notice = h("div", { class: "notice" });
    this.content = h("div", { class: "content" });
    put(root, this.notice, this.content);
  }

  get readOnly() { return this.session.readOnly; }

  // Draw: view.show(head("Tables", ...), h("table", ...)).
  show(...children) { put(this.content, ...children); }

  onClose(ending) { this.endings.push(ending); }

  key(keys, title, run, scope) { this.onClose(bind(keys, title, run, scope)); }

  // Do something that may fail; the trouble stands above the page until the next try.
  async try(work) {
    try {
      const answer = await work();
      this.told(null);
      return answer;
    } catch (trouble) {
      this.told(trouble);
      if (!trouble.what) console.error(trouble);
      return undefined;
    }
  }

  told(trouble) {
    if (this.isOpen) put(this.notice, trouble && trouble.status !== 401 && troubleBox(trouble));
  }

  // Do it now, and again `ms` after it is done, while the page is open and seen. Returns a function
  // that does it at once.
  every(ms, work) {
    let timer;
    let busy = false;
    let again = false;
    const run = async () => {
      clearTimeout(timer);
      if (busy) { again = true; return; }
      busy = true;
      if (!document.hidden || !this.drawn) await this.try(work);
      this.drawn = true;
      busy = false;
      if (!this.isOpen) return;
      if (again) { again = false; run(); } else timer = setTimeout(run, ms);
    };
    const seen = () => { if (!document.hidden) run(); };
    document.addEventListener("visibilitychange", seen);
    this.onClose(() => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    });
    run();
    return run;
  }

  close() {
    this.isOpen = false;
    for (const ending of this.endings.splice(0)) ending();
  }
}

// The head of a page: title, what is beside it, and controls at the end of the line.
export function head(title, beside, ...controls) {
  document.title = `${typeof title === "string" ? title : title.textContent} · Headwater`;
  return h("header", { class: "head" },
    h("h1", {}, title),
    beside && h("div", { class: "beside" }, beside),
    h("div", { class: "controls" }, controls));
}
