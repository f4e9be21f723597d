// Questions to the console's own server. What is refused is thrown as a Trouble.

export class Trouble extends Error {
  // what happened, why, and what to do now; code: AWS's name of the error
  constructor({ what, why = "", now = "", code = "" }, status = 0) {
    super(why ? `${what}: ${why}` : what);
    Object.assign(this, { what, why, now, code, status });
  }
}

// Where questions go: changed by the shell, sent with each.
export const place = { region: "", account: "" };

// Called with each Trouble that says that a login is needed.
export const loginWanted = new Set();

async function ask(method, url, body) {
  const headers = { "X-Region": place.region };
  if (place.account) headers["X-Account"] = place.account;
  const request = { method, headers };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = typeof body === "string" ? body : JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, request);
  } catch {
    throw new Trouble({
      what: "the console does not answer",
      why: "its process has ended, or the connection is cut",
      now: "Start `headwater console` again. This page goes on by itself.",
      code: "ConsoleGone",
    });
  }
  const text = await response.text();
  let answer;
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    answer = { error: { what: "the console answered something else than JSON", why: text.slice(0, 200) } };
  }
  if (!response.ok) {
    const told = answer.error || { what: `HTTP ${response.status}`, why: text.slice(0, 200) };
    const trouble = new Trouble(told, response.status);
    if (response.status === 401) for (const listener of loginWanted) listener(trouble);
    throw trouble;
  }
  return answer;
}

export const session = () => ask("GET", "/api/session");
export const login = (key) => ask("POST", "/api/login", key);
export const logout = () => ask("POST", "/api/logout", {});
export const figures = (after) => ask("GET", `/api/figures?after=${after}`);

// aws("dynamodb", "PutItem", {...}): the operation's answer. See operations.py for what there is.
export const aws = (service, operation, params = {}) =>
  ask("POST", `/api/aws/${service}/${operation}`, params);

// admin.get("shards", { stream_arn }), admin.post("clock", { advance: "1h" }), admin.delete(...)
export const admin = {
  get: (page, query = {}) => ask("GET", `/api/admin/${page}${queryText(query)}`),
  post: (page, body = {}) => ask("POST", `/api/admin/${page}`, body),
  delete: (page, query = {}) => ask("DELETE", `/api/admin/${page}${queryText(query)}`),
};

function queryText(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

// Every page of a list: all({ service, operation, params, items, next: [answer name, param name] }).
export async function all(service, operation, params, items, [from, to]) {
  const found = [];
  let asked = params;
  for (;;) {
    const answer = await aws(service, operation, asked);
    found.push(...(answer[items] || []));
    if (!answer[from]) return found;
    asked = { ...params, [to]: answer[from] };
  }
}

// The changes of a stream: calls `told` with each page until the returned function is called.
// onState: "open" or "closed", with the Trouble if there is one. It reconnects by itself.
export function tail(query, told, onState = () => {}) {
  let socket;
  let timer;
  let ended = false;
  let refused = false;

  function open() {
    const given = { region: place.region, account: place.account, ...query };
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const names = Object.entries(given).filter(([, value]) => value);
    socket = new WebSocket(`${scheme}//${location.host}/api/tail?${new URLSearchParams(names)}`);
    socket.onmessage = (event) => {
      const page = JSON.parse(event.data);
      if (page.trouble) {
        refused = page.trouble.code !== "Unreachable";
        onState("closed", new Trouble(page.trouble));
      } else {
        onState("open");
        told(page);
      }
    };
    socket.onclose = () => {
      if (ended || refused) return;
      onState("closed");
      timer = setTimeout(open, 1000);
    };
  }

  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.close();
  };
}

// What views have come to, pushed: watch("views/revenue", { limit: 8 }, told) -> what ends it.
// told: called with (answer, null) or (null, Trouble). All go over one connection.
export class Watcher {
  constructor() {
    this.wanted = new Map();
    this.next = 0;
  }

  watch(page, query, told) {
    const id = String(this.next += 1);
    this.wanted.set(id, { page, query, told });
    this.send({ id, page, query });
    return () => { if (this.wanted.delete(id)) this.send({ id }); };
  }

  send(message) {
    if (this.ended) return;
    if (!this.socket) this.open();
    else if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const names = Object.entries(place).filter(([, value]) => value);
    this.socket = new WebSocket(`${scheme}//${location.host}/api/watch?${new URLSearchParams(names)}`);
    this.socket.onopen = () => {
      for (const [id, { page, query }] of this.wanted) this.send({ id, page, query });
    };
    this.socket.onmessage = (event) => {
      const { id, answer, trouble } = JSON.parse(event.data);
      this.wanted.get(id)?.told(answer || null, trouble ? new Trouble(trouble) : null);
    };
    this.socket.onclose = () => {
      this.socket = null;
      if (!this.ended) setTimeout(() => { if (!this.socket && this.wanted.size) this.open(); }, 1000);
    };
  }

  close() {
    this.ended = true;
    this.socket?.close();
  }
}
