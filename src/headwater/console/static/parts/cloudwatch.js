// Plots of the longer past: AWS's metrics, from CloudWatch's GetMetricData.

import * as api from "../api.js";
import { Chart } from "./chart.js";
import { span } from "../format.js";

const RANGES = { "1h": 3600, "3h": 3 * 3600, "1d": 86_400 };
const PERIODS = { "1h": 60, "3h": 60, "1d": 300 };
const OPERATIONS = ["PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "GetRecords"];
const LINES_MAX = 7;

// Each plot: which metrics make its lines. A metric with `by` has a line for each value of that
// dimension.
const PLOTS = [
  { title: "Requests by operation", metric: "SuccessfulRequestLatency", namespace: "AWS/DynamoDB", by: "Operation", stat: "SampleCount", rate: true, only: OPERATIONS },
  { title: "Time of a request, mean", metric: "SuccessfulRequestLatency", namespace: "AWS/DynamoDB", by: "Operation", stat: "Average", show: span, only: OPERATIONS },
  { title: "Iterator age", metric: "IteratorAge", namespace: "AWS/Lambda", by: "FunctionName", stat: "Maximum", show: span },
  { title: "Invocations", metric: "Invocations", namespace: "AWS/Lambda", by: "FunctionName", stat: "Sum", rate: true },
  { title: "Failed invocations", metric: "Errors", namespace: "AWS/Lambda", by: "FunctionName", stat: "Sum", rate: true },
  { title: "Records read from streams", metric: "ReturnedRecordsCount", namespace: "AWS/DynamoDB", by: "TableName", stat: "Sum", rate: true },
];

export function cloudwatchCharts(range) {
  const periodS = PERIODS[range];
  const plots = PLOTS.map((plot) => ({
    ...plot,
    chart: new Chart({
      title: plot.title, show: plot.show, unit: plot.rate ? "/s" : "",
      total: (values) => values.reduce((sum, one) => (plot.show ? Math.max(sum, one || 0) : sum + (one || 0)), 0),
    }),
  }));

  async function refresh() {
    const session = await api.admin.get("clock").catch(() => ({ now_ms: Date.now() }));
    const toS = Math.floor(session.now_ms / 1000);
    const fromS = Math.floor((toS - RANGES[range]) / periodS) * periodS;
    const known = await Promise.all(plots.map((plot) => series(plot)));
    const queries = known.flatMap((found, at) => found.map((one, line) => ({
      Id: `p${at}_${line}`,
      MetricStat: {
        Metric: { Namespace: plots[at].namespace, MetricName: plots[at].metric, Dimensions: one.dimensions },
        Period: periodS, Stat: plots[at].stat,
      },
    })));
    const values = await ask(queries, fromS, toS);
    const window = [fromS * 1000, toS * 1000];
    const times = [];
    for (let at = fromS; at <= toS; at += periodS) times.push(at * 1000);
    plots.forEach((plot, at) => {
      const lines = known[at].map((_, line) => {
        const found = values.get(`p${at}_${line}`) || new Map();
        return times.map((time) => {
          const value = found.get(time / 1000);
          return value === undefined ? (plot.rate ? 0 : null) : plot.rate ? value / periodS : value;
        });
      });
      const named = known[at].map((one) => ({ name: one.name, named: true }));
      if (lines.length) plot.chart.update(times, lines, window, named);
      else plot.chart.update(times, [times.map(() => 0)], window, [{ name: "nothing measured", named: true, colour: "var(--c7)" }]);
    });
  }
  return { elements: plots.map((plot) => plot.chart.element), refresh };
}

// The lines of a plot: [{ name, dimensions }].
async function series(plot) {
  const found = await api.all("cloudwatch", "ListMetrics",
    { Namespace: plot.namespace, MetricName: plot.metric }, "Metrics", ["NextToken", "NextToken"]);
  const names = new Map();
  for (const metric of found) {
    const dimension = metric.Dimensions.find((one) => one.Name === plot.by);
    if (!dimension || names.has(dimension.Value)) continue;
    if (plot.by === "FunctionName" && metric.Dimensions.length > 1) continue;
    if (plot.only && !plot.only.includes(dimension.Value)) continue;
    if (plot.by === "Operation" && metric.Dimensions.length > 2) continue;
    names.set(dimension.Value, metric.Dimensions);
  }
  return [...names].sort().slice(0, LINES_MAX).map(([name, dimensions]) => ({ name, dimensions }));
}

// Id -> Map(second -> value)
async function ask(queries, fromS, toS) {
  const values = new Map();
  if (!queries.length) return values;
  const results = await api.all("cloudwatch", "GetMetricData",
    { MetricDataQueries: queries, StartTime: fromS, EndTime: toS + 60 },
    "MetricDataResults", ["NextToken", "NextToken"]);
  for (const result of results) {
    const points = values.get(result.Id) || new Map();
    result.Timestamps.forEach((at, place) => points.set(at, result.Values[place]));
    values.set(result.Id, points);
  }
  return values;
}
