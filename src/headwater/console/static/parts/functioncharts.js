// What a function did over the last hours, from CloudWatch.

import * as api from "../api.js";
import { span } from "../format.js";
import { Chart } from "./chart.js";

const PERIOD_S = 60;
const RANGE_S = 3600;
const METRICS = [
  ["Invocations", "Sum"], ["Errors", "Sum"], ["Throttles", "Sum"], ["Duration", "Average"], ["Duration", "Maximum"],
  ["IteratorAge", "Maximum"],
];

export function functionCharts(name) {
  const charts = {
    calls: new Chart({
      title: "Invocations by the minute",
      series: [{ name: "invocations" }, { name: "errors", colour: "var(--bad)" }, { name: "throttles", colour: "var(--warn)" }],
    }),
    duration: new Chart({ title: "Duration", show: span, series: [{ name: "mean" }, { name: "longest" }] }),
    age: new Chart({ title: "Age of what it reads", show: span, series: [{ name: "iterator age", named: true }] }),
  };

  async function refresh() {
    const { now_ms: nowMs } = await api.admin.get("clock");
    const to = Math.ceil(nowMs / 1000 / PERIOD_S) * PERIOD_S;
    const from = to - RANGE_S;
    const answer = await api.aws("cloudwatch", "GetMetricData", {
      StartTime: from, EndTime: to,
      MetricDataQueries: METRICS.map(([metric, stat], at) => ({
        Id: `m${at}`,
        MetricStat: {
          Metric: { Namespace: "AWS/Lambda", MetricName: metric, Dimensions: [{ Name: "FunctionName", Value: name }] },
          Period: PERIOD_S, Stat: stat,
        },
      })),
    });
    const times = Array.from({ length: RANGE_S / PERIOD_S }, (_, at) => (from + at * PERIOD_S) * 1000);
    const line = (at, otherwise) => {
      const found = answer.MetricDataResults.find((one) => one.Id === `m${at}`);
      const values = new Map((found?.Timestamps || []).map((time, place) => [time * 1000, found.Values[place]]));
      return times.map((time) => values.get(time) ?? otherwise);
    };
    const window = [from * 1000, to * 1000];
    charts.calls.update(times, [line(0, 0), line(1, 0), line(2, 0)], window);
    charts.duration.update(times, [line(3, null), line(4, null)], window);
    charts.age.update(times, [line(5, null)], window);
  }
  return { elements: Object.values(charts).map((one) => one.element), refresh };
}
