// CloudWatch alarms: which are in alarm, why, since when.

import * as api from "../api.js";
import { h, keyed, put } from "../dom.js";
import { plural } from "../format.js";
import { NAMES, STATES, condition, openAlarm, stateBadge, when } from "../parts/alarmdrawer.js";
import { empty } from "../parts/notices.js";
import { head } from "../view.js";

const ORDER = ["ALARM", "INSUFFICIENT_DATA", "OK"];

function open(view) {
  let alarms = [];
  let only = "";
  const rows = h("tbody");
  const counts = h("span", {});
  const search = h("input", {
    type: "search", placeholder: "Search alarms", "aria-label": "Search alarms", "data-search": true, on: { input: () => draw() },
  });
  const choice = h("div", { class: "choice", role: "group", "aria-label": "States" },
    ["", ...ORDER].map((value) => h("button", { data: { value }, on: { click: () => { only = value; draw(); } } })));
  const table = h("table", { class: "grid", "aria-label": "Alarms" }, h("thead", {}, h("tr", {},
    h("th", {}, "State"), h("th", {}, "Alarm"), h("th", { class: "wide" }, "Condition"), h("th", {}, "Why"), h("th", { class: "wide nowrap" }, "Since"))), rows);
  const place = h("section", { class: "panel scroll" });

  function draw() {
    const text = search.value.toLowerCase();
    const count = (value) => alarms.filter((one) => one.StateValue === value).length;
    for (const button of choice.children) {
      const { value } = button.dataset;
      put(button, value ? `${count(value)} ${NAMES[value]}` : "all");
      button.setAttribute("aria-pressed", String(only === value));
    }
    const shown = alarms
      .filter((one) => (!only || one.StateValue === only) && `${one.AlarmName} ${condition(one)}`.toLowerCase().includes(text))
      .sort((a, b) => ORDER.indexOf(a.StateValue) - ORDER.indexOf(b.StateValue) || (a.AlarmName < b.AlarmName ? -1 : 1));
    put(counts, plural(alarms.length, "alarm"));
    choice.hidden = !alarms.length;
    keyed(rows, shown, (one) => one.AlarmArn, row, fill);
    if (!alarms.length) put(place, nothing(view));
    else if (!table.isConnected) put(place, table);
  }

  const row = (alarm) => {
    const element = h("tr", { tabindex: "0" });
    const look = () => openAlarm(view, element.alarm, refresh);
    element.alarm = alarm;
    element.addEventListener("click", look);
    element.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); look(); } });
    return element;
  };

  view.show(head("Alarms", counts, choice, search), place);
  const refresh = view.every(2000, async () => {
    alarms = await api.all("cloudwatch", "DescribeAlarms", { MaxRecords: 100 }, "MetricAlarms", ["NextToken", "NextToken"]);
    draw();
  });
}

function fill(element, alarm) {
  const text = JSON.stringify(alarm);
  if (element.text === text) return;
  Object.assign(element, { text, alarm });
  element.className = `alarm ${STATES[alarm.StateValue]}`;
  put(element,
    h("td", { class: "nowrap" }, stateBadge(alarm.StateValue)),
    h("td", { class: "strong" }, alarm.AlarmName),
    h("td", { class: "wide" }, condition(alarm)),
    h("td", {}, h("span", { class: "cut2", title: alarm.StateReason || null }, alarm.StateReason || "")),
    h("td", { class: "wide nowrap tnum" }, when(alarm.StateTransitionedTimestamp || alarm.StateUpdatedTimestamp)));
}

function nothing(view) {
  return empty("There is no alarm here.",
    h("p", {}, "Be told when a reader falls behind by more than a minute:"),
    h("pre", {}, [
      `aws cloudwatch put-metric-alarm --endpoint-url ${view.session.endpoint} \\`,
      "  --alarm-name behind --namespace AWS/Lambda --metric-name IteratorAge \\",
      "  --dimensions Name=FunctionName,Value=on-order --statistic Maximum \\",
      "  --period 60 --evaluation-periods 1 --threshold 60000 \\",
      "  --comparison-operator GreaterThanThreshold"].join("\n")));
}

export default {
  id: "alarms",
  title: "Alarms",
  key: "a",
  icon: "M6 16V11a6 6 0 1112 0v5l1.500 2h-15zM10 21h4",
  needs: "admin",
  open,
};
