"""The metrics of functions and mappings agree with a count of what was done."""

import io
import json
import sys
import zipfile

import pytest

SOURCE = """
def handler(event, context):
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError("as asked")
    return event
"""
LAMBDA = "AWS/Lambda"


@pytest.fixture
def function(watched):
    """The name of a function that fails when it is told to."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", SOURCE)
    watched.node.client("lambda").create_function(
        FunctionName="fn",
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
    )
    return "fn"


def test_invocations_errors_and_throttles_are_counted(watched, function):
    client = watched.node.client("lambda")
    for fails in (False, True, False):
        client.invoke(FunctionName=function, Payload=json.dumps({"fail": fails}))
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=function)

    def of(name, statistic="Sum", **dimensions):
        return watched.statistic(name, statistic, namespace=LAMBDA, **dimensions)

    for dimensions in ({}, {"FunctionName": function}):
        assert of("Invocations", **dimensions) == 3
        assert of("Errors", **dimensions) == 1
        assert of("Throttles", **dimensions) == 1
        assert of("Duration", "SampleCount", **dimensions) == 3
        assert of("Duration", "Minimum", **dimensions) > 0
        assert of("ConcurrentExecutions", "Maximum", **dimensions) == 1
    assert of("Errors", "Average", FunctionName=function) == pytest.approx(1 / 3)


def test_what_an_alias_runs_is_counted_for_it_too(watched, function):
    client = watched.node.client("lambda")
    client.publish_version(FunctionName=function)
    client.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    client.invoke(FunctionName=function, Qualifier="live", Payload=b"{}")
    resource = {"FunctionName": function, "Resource": f"{function}:live"}
    assert watched.statistic("Invocations", namespace=LAMBDA, **resource) == 1
    ran = {**resource, "ExecutedVersion": "1"}
    assert watched.statistic("Invocations", namespace=LAMBDA, **ran) == 1


def test_events_of_a_mapping_are_counted_where_they_are_wanted(watched, function, eventually):
    table = watched.table("Mapped")
    arn = watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    client = watched.node.client("lambda")
    mapping = client.create_event_source_mapping(
        FunctionName=function,
        EventSourceArn=arn,
        StartingPosition="TRIM_HORIZON",
        FilterCriteria={
            "Filters": [{"Pattern": json.dumps({"dynamodb": {"Keys": {"k": {"S": ["1", "2"]}}}})}]
        },
        MetricsConfig={"Metrics": ["EventCount"]},
    )["UUID"]
    for number in range(5):
        watched.dynamodb.put_item(TableName=table, Item={"k": {"S": str(number)}})

    def of(name):
        return watched.statistic(name, namespace=LAMBDA, EventSourceMappingUUID=mapping)

    eventually(lambda: of("InvokedEventCount") == 2 and of("PolledEventCount") == 5)
    assert of("FilteredOutEventCount") == 3
    assert of("FailedInvokeEventCount") is None
    age = {"namespace": LAMBDA, "FunctionName": function}
    eventually(lambda: watched.statistic("IteratorAge", "SampleCount", **age))
    assert watched.statistic("IteratorAge", "Maximum", **age) == 0


def test_an_alarm_invokes_a_function(watched, function, eventually):
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    watched.cloudwatch.put_metric_alarm(
        AlarmName="called",
        Namespace="Shop",
        MetricName="waiting",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[arn],
    )
    watched.cloudwatch.set_alarm_state(AlarmName="called", StateValue="ALARM", StateReason="test")
    count = {"namespace": LAMBDA, "FunctionName": function}
    eventually(lambda: watched.statistic("Invocations", **count) == 1)
    assert watched.statistic("AsyncEventsReceived", **count) == 1
