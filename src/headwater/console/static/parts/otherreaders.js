// Readers of streams that are no mappings: Kinesis destinations, views, and replicas in other regions.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { number, span } from "../format.js";

const VIEWS = 20; // of more, only those that are behind or in trouble
const BEHIND_MS = 1000;

// { readers: [{ key, name, href, table, kind, state, waiting, lagMs, why }], ringing: [{ name, href }] }
// ringing: alerts of views. What an older node does not tell is left out.
export async function otherReaders() {
  const ask = (page) => api.admin.get(page).catch(() => ({}));
  const [kinesis, views, regions, clock] = await Promise.all(["kinesis", "views", "regions", "clock"].map(ask));
  const every = views.views || [];
  const shown = every.length <= VIEWS ? every : every.filter((one) => one.lag_ms > BEHIND_MS || one.trouble);
  return {
    readers: [...(kinesis.Destinations || []).map((one) => ofKinesis(one, clock.now_ms)), ...shown.map(ofView), ...(regions.links || []).map(ofLink)],
    ringing: every.flatMap((one) => (one.alerts || []).filter((alert) => alert.state === "ALARM")
      .map((alert) => ({ name: `${alert.name} of view ${one.name}`, href: `/views/${encodeURIComponent(one.name)}` }))),
  };
}

function ofKinesis(one, nowMs) {
  const oldest = Math.min(...one.lanes.map((lane) => lane.oldest_ms ?? Infinity));
  return {
    key: `kinesis ${one.account} ${one.region} ${one.table} ${one.stream_arn}`, name: `Kinesis ${one.stream_arn.split("/").at(-1)}`, table: one.table,
    kind: one.trouble ? "bad" : "ok", state: one.trouble ? "Failing" : one.status.toLowerCase(),
    waiting: one.lanes.reduce((total, lane) => total + lane.waiting, 0),
    lagMs: Number.isFinite(oldest) ? Math.max(0, nowMs - oldest) : 0, why: one.trouble,
  };
}

function ofView(one) {
  const isLive = one.status === "LIVE";
  return {
    key: `view ${one.account} ${one.region} ${one.name}`, name: `View ${one.name}`, href: `/views/${encodeURIComponent(one.name)}`, table: one.table,
    kind: one.trouble ? "bad" : isLive ? "ok" : "info", state: one.trouble ? "Failing" : one.status.toLowerCase(),
    lagMs: one.lag_ms || 0, why: one.trouble,
  };
}

function ofLink(one) {
  const isDown = one.state === "down";
  return {
    key: `link ${one.account} ${one.table} ${one.from} ${one.to}`, name: `Replica in ${one.to}`, href: "/regions", table: one.table,
    kind: isDown ? "bad" : "ok", state: one.state, waiting: one.behind, lagMs: one.lag_ms, why: one.trouble,
  };
}

export function otherRow(row, one) {
  put(row,
    h("td", {}, one.href ? h("a", { href: one.href }, one.name) : one.name),
    h("td", {}, h("a", { href: `/stream/${encodeURIComponent(one.table)}` }, one.table)),
    h("td", {}, h("span", { class: `badge ${one.kind}` }, one.state)),
    h("td", { class: "num" }, one.waiting === undefined ? h("span", { class: "hint" }, "–") : number(one.waiting)),
    h("td", { class: "num" }, span(one.lagMs)),
    h("td", {}, one.why ? h("span", { class: "cut2" }, one.why) : h("span", { class: "hint" }, one.waiting || one.lagMs ? "on its way" : "nothing waits")));
}

// What is in alarm now, in one line that is there only then.
export function ringingLine() {
  const element = h("p", { class: "ringing", role: "status", hidden: true });
  async function update(alertsOfViews) {
    const found = await api.all("cloudwatch", "DescribeAlarms", { StateValue: "ALARM", MaxRecords: 100 }, "MetricAlarms", ["NextToken", "NextToken"]);
    const ringing = [...found.map((one) => ({ name: one.AlarmName, href: "/alarms" })), ...alertsOfViews];
    element.hidden = !ringing.length;
    const text = JSON.stringify(ringing);
    if (element.text === text) return;
    element.text = text;
    put(element, h("span", { class: "badge bad" }, "in alarm"), ringing.map((one) => h("a", { href: one.href }, one.name)));
  }
  return { element, update };
}
