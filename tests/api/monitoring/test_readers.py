"""How far readers are behind, while they fail as while they work; and where they could not tell."""

import json
import socket
from datetime import datetime

import pytest

LAMBDA = "AWS/Lambda"


def mapped(watched, function, **more):
    """A table of one partition and the mapping that reads it."""
    table = watched.table("Mapped")
    arn = watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    mapping = watched.node.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", **more
    )
    return table, mapping["UUID"]


def of_function(watched, name, statistic="Sum"):
    return watched.statistic(name, statistic, namespace=LAMBDA, FunctionName="failing")


def test_the_iterator_age_grows_while_a_function_fails(watched, function_that_fails, eventually):
    table, uuid = mapped(watched, function_that_fails)
    watched.dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    eventually(lambda: of_function(watched, "Errors"))
    watched.advance("10m")
    assert of_function(watched, "IteratorAge", "Maximum") >= 9 * 60_000
    # One point a minute at least, also in minutes without a try.
    found = watched.cloudwatch.get_metric_data(
        MetricDataQueries=[
            {
                "Id": "age",
                "MetricStat": {
                    "Metric": {
                        "Namespace": LAMBDA,
                        "MetricName": "IteratorAge",
                        "Dimensions": [{"Name": "FunctionName", "Value": "failing"}],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
        ],
        StartTime=watched.start,
        EndTime=datetime.fromtimestamp(watched.start.timestamp() + 600, watched.start.tzinfo),
        ScanBy="TimestampAscending",
    )["MetricDataResults"][0]["Values"]
    assert len(found) >= 10
    assert found == sorted(found)

    shards = watched.cloudwatch.list_metrics(Namespace="Headwater", MetricName="ReaderLag")
    lags = [
        watched.statistic(
            "ReaderLag",
            "Maximum",
            namespace="Headwater",
            **{one["Name"]: one["Value"] for one in shard["Dimensions"]},
        )
        for shard in shards["Metrics"]
        if {"Name": "Reader", "Value": uuid} in shard["Dimensions"]
    ]
    assert max(lags) >= 9 * 60_000
    assert min(lags) == 0, "the item lies in one shard; there is nothing to do in others"


def test_views_and_replicas_are_readers_too(watched, eventually):
    table = watched.table("Followed")
    watched.post("views", {"name": "sums", "table": table, "count": True})
    update = {"Create": {"RegionName": "eu-west-1"}}
    watched.dynamodb.update_table(TableName=table, ReplicaUpdates=[update])
    wanted = {"view/sums", "region/eu-west-1"}

    def readers():
        watched.advance("1m")
        found = watched.cloudwatch.list_metrics(Namespace="Headwater", MetricName="ReaderLag")
        dimensions = [
            {one["Name"]: one["Value"] for one in each["Dimensions"]} for each in found["Metrics"]
        ]
        return wanted <= {one["Reader"] for one in dimensions if one["TableName"] == table}

    eventually(readers)
    for reader in wanted:
        named = {"Reader": reader, "TableName": table}
        assert watched.statistic("ReaderLag", "Minimum", namespace="Headwater", **named) == 0


def test_concurrent_executions_are_told_apart_by_reservations(watched, function_that_fails):
    client = watched.node.client("lambda")
    client.invoke(FunctionName=function_that_fails, Payload=b"{}")
    most = watched.statistic("UnreservedConcurrentExecutions", "Maximum", namespace=LAMBDA)
    assert most == 1
    client.put_function_concurrency(
        FunctionName=function_that_fails, ReservedConcurrentExecutions=2
    )
    client.invoke(FunctionName=function_that_fails, Payload=b"{}")
    counts = [
        watched.statistic(name, "SampleCount", namespace=LAMBDA)
        for name in ("ConcurrentExecutions", "UnreservedConcurrentExecutions")
    ]
    assert counts == [2, 1]


@pytest.fixture
def nobody():
    """The URL of a port that is taken, where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_messages_that_a_destination_does_not_take_are_counted(
    watched_with, nobody, function_that_fails_on, eventually
):
    watched = watched_with("--sns-endpoint", nobody)
    function = function_that_fails_on(watched)
    table, _ = mapped(
        watched,
        function,
        MaximumRetryAttempts=0,
        DestinationConfig={
            "OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:given-up"}
        },
        MetricsConfig={"Metrics": ["EventCount"]},
    )
    watched.dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    eventually(lambda: of_function(watched, "DestinationDeliveryFailures"))
    told = watched.cloudwatch.list_metrics(
        Namespace=LAMBDA, MetricName="OnFailureDestinationDeliveredEventCount"
    )
    assert json.dumps(told["Metrics"]) == "[]"
