"""The page for Prometheus, the dashboard made for it, and lines of JSON."""

import json
import re
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families

from headwater.metrics import names

DOCS = Path(__file__).resolve().parents[3] / "docs"
ALARM = {
    "AlarmName": "x",
    "Namespace": "Shop",
    "MetricName": "sold",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "LessThanThreshold",
}
KNOWN = {one.name: one for one in vars(names).values() if isinstance(one, names.MetricName)}


def figures(node):
    """The page's values by name and labels."""
    with urlopen(node.url + "/_headwater/metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in pairs}


def test_the_page_tells_of_logs_groups_and_requests(watched):
    table = watched.table("Figured")
    for number in range(5):
        watched.dynamodb.put_item(TableName=table, Item={"k": {"S": str(number)}})
    watched.cloudwatch.put_metric_alarm(**ALARM)
    found = figures(watched.node)
    scope = 'account="000000000000",region="us-east-1"'
    assert found[f'headwater_log_records{{{scope},table="Figured"}}'] == 5
    assert found[f'headwater_log_shards{{{scope},table="Figured"}}'] >= 1
    assert found["headwater_change_records_total"] == 5
    puts = 'service="dynamodb",operation="PutItem"'
    assert found[f"headwater_request_seconds_count{{{puts}}}"] == 5
    assert found[f"headwater_request_seconds_sum{{{puts}}}"] > 0
    assert found["headwater_sync_seconds_count"] >= 5
    assert found["headwater_group_transactions_sum"] >= 5
    assert found[f'headwater_alarms{{{scope},state="INSUFFICIENT_DATA"}}'] == 1


def test_the_lag_of_a_mapping_is_told_by_shard(watched, function_that_fails, eventually):
    table = watched.table("Lagging")
    arn = watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    watched.node.client("lambda").create_event_source_mapping(
        FunctionName=function_that_fails, EventSourceArn=arn, StartingPosition="TRIM_HORIZON"
    )
    watched.dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    watched.advance("10s")

    def of(name):
        return sorted(value for key, value in figures(watched.node).items() if name in key)

    eventually(lambda: of("headwater_mapping_waiting_records")[-1:] == [1])
    assert of("headwater_mapping_lag_ms")[-1] == 10_000
    assert of('event="FailedInvokeEventCount"') and of('event="PolledEventCount"') == [1]


def test_the_page_is_what_prometheus_reads(watched):
    """By the parser of Prometheus' own client, and by its advice on names.

    Source: https://prometheus.io/docs/practices/naming/
    """
    table = watched.table("Parsed")
    watched.dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    with urlopen(watched.node.url + "/_headwater/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = list(text_string_to_metric_families(answer.read().decode()))
    assert len({family.name for family in families}) == len(families)
    told = {family.name: family for family in families}
    for name, about in KNOWN.items():
        family = told[name.removesuffix("_total") if about.kind == "counter" else name]
        assert (family.type, family.documentation) == (about.kind, about.help)
        assert (about.kind == "counter") == name.endswith("_total")
        for sample in family.samples:
            assert set(sample.labels) == set(about.labels), sample
    seen = [
        (sample.name, *sorted(sample.labels.items())) for one in families for sample in one.samples
    ]
    assert len(set(seen)) == len(seen), "a figure is told twice"


def test_the_dashboard_asks_for_what_there_is():
    dashboard = json.loads((DOCS / "grafana" / "headwater.json").read_text())
    asked = set()
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            asked |= set(re.findall(r"headwater_\w+", target["expr"]))
    plain = {re.sub(r"_(sum|count)$", "", name) for name in asked}
    assert plain <= set(KNOWN)
    # Bytes of bodies and lags of Kinesis are for those who look for them.
    assert set(KNOWN) - plain <= {"headwater_request_body_bytes"}


def test_the_dashboard_asks_by_labels_that_there_are():
    dashboard = json.loads((DOCS / "grafana" / "headwater.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            text = target["expr"]
            names = [
                re.sub(r"_(sum|count)$", "", one) for one in re.findall(r"headwater_\w+", text)
            ]
            known = {label for name in names for label in KNOWN[name].labels}
            asked = re.findall(r"{{\s*(\w+)\s*}}", target.get("legendFormat", ""))
            for listed in re.findall(r"(?:by|without)\s*\(([^)]*)\)", text):
                asked += [label.strip() for label in listed.split(",") if label.strip()]
            for listed in re.findall(r"{([^{}]*)}", text):
                asked += re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", listed)
            # Those of Prometheus itself, of every metric it reads.
            assert set(asked) <= known | {"instance", "job"}, (panel["title"], text)


def test_the_page_of_metrics_tells_them_all():
    page = (DOCS / "metrics.md").read_text()
    for name, about in KNOWN.items():
        assert f"| `{name}` | {', '.join(about.labels)} | {about.help} |" in page


def test_every_line_of_the_log_is_json_when_it_is_asked_for(node_factory):
    node = node_factory("--log-format", "json", "--clock", "virtual", in_memory=True)
    node.client("cloudwatch").put_metric_alarm(**ALARM, TreatMissingData="breaching")
    body = json.dumps({"advance": "1m"}).encode()
    urlopen(Request(node.url + "/_headwater/clock", data=body, method="POST")).close()
    node.stop()
    lines = [line for line in node.log.splitlines() if line.startswith("{")]
    told = [json.loads(line) for line in lines]
    (changed,) = (line for line in told if line["message"] == "alarm changed")
    assert (changed["alarm"], changed["state"], changed["level"]) == ("x", "ALARM", "info")
    assert all({"time", "level", "logger", "message"} <= set(line) for line in told)
    others = [line for line in node.log.splitlines() if not line.startswith("{")]
    assert all("listening on" in line for line in others)


def test_each_request_is_a_line_when_that_is_asked_for(node_factory):
    node = node_factory("--log-format", "json", "--log-level", "debug", in_memory=True)
    listed = node.client("dynamodb").list_tables()["ResponseMetadata"]["RequestId"]
    with pytest.raises(ClientError):
        node.client("dynamodb").describe_table(TableName="Nowhere")
    node.stop()
    told = [json.loads(line) for line in node.log.splitlines() if line.startswith("{")]
    requests = [line for line in told if line["message"] == "request"]
    done, refused = requests
    assert done["request_id"] == listed
    assert (done["service"], done["operation"], done["outcome"]) == ("dynamodb", "ListTables", "ok")
    assert (done["account"], done["region"]) == ("000000000000", "us-east-1")
    assert refused["outcome"] == "ResourceNotFoundException"
    assert all(line["ms"] >= 0 and line["level"] == "debug" for line in requests)
