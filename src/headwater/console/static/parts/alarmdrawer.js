// One alarm: what it watches, why it is as it is, what happened to it; set to a state, or deleted.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { number } from "../format.js";
import { confirm, openDialog } from "./dialog.js";
import { empty, toast, troubleBox } from "./notices.js";

const HISTORY = 50;
export const STATES = { ALARM: "bad", OK: "ok", INSUFFICIENT_DATA: "" };
export const NAMES = { ALARM: "in alarm", OK: "ok", INSUFFICIENT_DATA: "no data yet" };
const SIGNS = {
  GreaterThanOrEqualToThreshold: "≥", GreaterThanThreshold: ">", LessThanThreshold: "<", LessThanOrEqualToThreshold: "≤",
  LessThanLowerOrGreaterThanUpperThreshold: "outside of", LessThanLowerThreshold: "below", GreaterThanUpperThreshold: "above",
};
const ACTIONS = [["AlarmActions", "In alarm"], ["OKActions", "When ok again"], ["InsufficientDataActions", "Without data"]];

export const stateBadge = (value) => h("span", { class: `badge ${STATES[value]}` }, NAMES[value]);

// "IteratorAge maximum > 60k in 3 of 5 periods of 1 min"
export function condition(alarm) {
  const metric = alarm.MetricName || (alarm.Metrics || []).map((one) => one.Expression || one.MetricStat?.Metric.MetricName).join(", ");
  const stat = (alarm.Statistic || alarm.ExtendedStatistic || "").toLowerCase();
  const times = alarm.EvaluationPeriods || 1;
  const of = alarm.DatapointsToAlarm && alarm.DatapointsToAlarm !== times ? `${alarm.DatapointsToAlarm} of ${times}` : times;
  const period = alarm.Period ? ` ${times === 1 ? "period" : "periods"} of ${alarm.Period % 60 ? `${alarm.Period} s` : `${alarm.Period / 60} min`}` : "";
  return `${metric} ${stat} ${SIGNS[alarm.ComparisonOperator]} ${number(alarm.Threshold)} in ${of}${period}`.replaceAll("  ", " ");
}

export const when = (moment) => new Date(typeof moment === "number" ? moment * 1000 : moment).toISOString().slice(0, 19).replace("T", " ");

// changed: called when it was set or deleted
export async function openAlarm(view, alarm, changed) {
  const history = h("div");
  const trouble = h("div");
  const reason = h("input", { "aria-label": "Reason", class: "grow", value: "set by hand" });
  const { close } = openDialog(alarm.AlarmName, [
    trouble,
    h("div", { class: "row" }, stateBadge(alarm.StateValue), h("span", { class: "hint" }, `since ${when(alarm.StateTransitionedTimestamp || alarm.StateUpdatedTimestamp)}`)),
    alarm.StateReason && h("p", {}, alarm.StateReason),
    facts(alarm),
    !view.readOnly && h("h3", {}, "Set its state, until it is judged the next time"),
    !view.readOnly && h("div", { class: "row" }, reason, Object.keys(STATES).map((value) => h("button", {
      disabled: value === alarm.StateValue, on: { click: () => set(value) },
    }, NAMES[value]))),
    h("h3", {}, "History"), history,
    !view.readOnly && h("footer", {}, h("button", { class: "danger left", on: { click: remove } }, "Delete the alarm")),
  ], { kind: "drawer" });

  async function act(work, text) {
    try {
      await work();
      toast(text);
      close();
      changed();
    } catch (refusal) {
      put(trouble, troubleBox(refusal));
    }
  }
  const set = (value) => act(() => api.aws("cloudwatch", "SetAlarmState",
    { AlarmName: alarm.AlarmName, StateValue: value, StateReason: reason.value || "set by hand" }), `${alarm.AlarmName} is ${NAMES[value]}`);
  async function remove() {
    const isSure = await confirm({ title: `Delete ${alarm.AlarmName}?`, text: "The alarm is no more judged. Its history stays.", verb: "Delete" });
    if (isSure) act(() => api.aws("cloudwatch", "DeleteAlarms", { AlarmNames: [alarm.AlarmName] }), `${alarm.AlarmName} is deleted`);
  }

  try {
    const told = await api.aws("cloudwatch", "DescribeAlarmHistory", { AlarmName: alarm.AlarmName, MaxRecords: HISTORY, ScanBy: "TimestampDescending" });
    put(history, told.AlarmHistoryItems.length
      ? h("ol", { class: "timeline", "aria-label": "History" }, told.AlarmHistoryItems.map((one) => h("li", {},
        h("time", { class: "hint tnum" }, when(one.Timestamp)), h("span", {}, one.HistorySummary))))
      : empty("Nothing has happened to it yet."));
  } catch (refusal) {
    put(history, troubleBox(refusal));
  }
}

function facts(alarm) {
  const fact = (name, value) => value && [h("dt", {}, name), h("dd", {}, value)];
  return h("dl", { class: "facts" },
    fact("Condition", condition(alarm)),
    fact("About", alarm.AlarmDescription),
    fact("Namespace", alarm.Namespace),
    alarm.Dimensions?.length > 0 && fact("Dimensions", alarm.Dimensions.map((one) => `${one.Name} ${one.Value}`).join(", ")),
    fact("Missing data", alarm.TreatMissingData || "missing"),
    alarm.ActionsEnabled === false ? fact("Actions", "switched off") : ACTIONS.map(([member, name]) =>
      alarm[member]?.length > 0 && fact(name, alarm[member].map((one) => h("div", { class: "mono" }, one)))));
}
