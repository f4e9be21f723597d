"""A change from the request that made it to its handler, as an OpenTelemetry collector sees it."""

import contextlib
import gzip
import json
from base64 import b64encode

import pytest
from botocore.exceptions import ClientError
from tests.servers import Handler, serving
from tests.tables import create_table, records_of

collector = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HANDLER = """
import os
def handler(event, context):
    print("handled in", os.environ["_X_AMZN_TRACE_ID"])
    for record in event.get("Records", ()):
        if "poison" in record["dynamodb"]["Keys"]["k"]["S"]:
            raise ValueError("as asked")
    return os.environ["_X_AMZN_TRACE_ID"]
"""


class Collector:
    """Takes OTLP over HTTP. spans: by name, in the order they ended"""

    def __init__(self):
        self.spans = []
        self.resources = []
        outer = self

        class Collects(Handler):
            """Decodes what comes."""

            def do_POST(self):
                body = self.body()
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                assert self.headers["Content-Type"] == "application/x-protobuf"
                outer.take(collector.ExportTraceServiceRequest.FromString(body))
                self.answer(200)

        self.handler = Collects
        self.url = ""
        self.leave = lambda: None

    def take(self, request):
        for resource in request.resource_spans:
            self.resources.append(facts(resource.resource))
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name):
        return [span for span in self.spans if span.name == name]

    def one(self, name):
        (span,) = self.named(name)
        return span


def facts(of):
    """Attributes as plain values."""
    return {
        one.key: [value.string_value for value in one.value.array_value.values]
        if one.value.HasField("array_value")
        else getattr(one.value, one.value.WhichOneof("value"))
        for one in of.attributes
    }


@pytest.fixture
def traced():
    found = Collector()
    with contextlib.ExitStack() as stack:
        found.url = stack.enter_context(serving(found.handler))
        found.leave = stack.close
        yield found


@pytest.fixture
def node(node_factory, traced):
    # The library sends every 5 seconds if it is not told otherwise.
    return node_factory(
        "--otlp-endpoint", traced.url, environment={"OTEL_BSP_SCHEDULE_DELAY": "50"}
    )


@pytest.fixture
def table(node):
    create_table(node.client("dynamodb"), "Orders", key="k", view="NEW_IMAGE")
    return "Orders"


@pytest.fixture
def mapping(node, table, function_package):
    client = node.client("lambda")
    client.create_function(**function_package("on-order", HANDLER))
    arn = node.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    return client.create_event_source_mapping(
        FunctionName="on-order",
        EventSourceArn=arn,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
    )["UUID"]


def within(client, operation, headers):
    """The client's requests for this operation carry these headers."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(
        f"before-send.{service}.{operation}",
        lambda request, **_: request.headers.update(headers),
    )
    return client


def test_a_change_is_followed_from_its_request_to_its_handler(
    node, table, mapping, traced, eventually
):
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    dynamodb = within(node.client("dynamodb"), "PutItem", headers)
    answer = dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    eventually(lambda: traced.named("invoke on-order"))
    eventually(lambda: traced.named("process Orders"))
    request = traced.one("DynamoDB.PutItem")
    batch, invocation = traced.one("process Orders"), traced.one("invoke on-order")

    assert {span.trace_id.hex() for span in (request, batch, invocation)} == {TRACE}
    assert request.parent_span_id.hex() == PARENT
    assert batch.parent_span_id == request.span_id
    assert invocation.parent_span_id == batch.span_id
    assert request.start_time_unix_nano <= batch.start_time_unix_nano
    assert batch.start_time_unix_nano <= invocation.start_time_unix_nano
    assert invocation.end_time_unix_nano <= batch.end_time_unix_nano

    assert traced.resources[0]["service.name"] == "headwater"
    said = facts(request)
    assert said["aws.request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert said["rpc.method"] == "PutItem"
    assert said["aws.dynamodb.table_names"] == [table]
    said = facts(batch)
    assert said["aws.lambda.resource_mapping.id"] == mapping
    assert said["messaging.batch.message_count"] == 1
    (link,) = batch.links
    assert link.span_id == request.span_id
    number = facts(link)["aws.dynamodb.stream.sequence_number"]
    assert number in {record["SequenceNumber"] for record in records(node, table)}

    # What the handler was told is where it stands: below its invocation.
    def told():
        logs = node.client("logs")
        found = logs.filter_log_events(logGroupName="/aws/lambda/on-order")["events"]
        return [one["message"].strip() for one in found if "handled in" in one["message"]]

    root = f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={invocation.span_id.hex()};Sampled=1"
    eventually(told)
    assert told() == [f"handled in {root}"]


def records(node, table):
    streams = node.client("dynamodbstreams")
    arn = node.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    return [record["dynamodb"] for record in records_of(streams, arn)]


def test_a_batch_of_many_traces_is_linked_to_all_of_them(
    node, table, function_package, traced, eventually
):
    # All to one shard: the records are there before the mapping is.
    for number in range(5):
        node.client("dynamodb").put_item(
            TableName=table, Item={"k": {"S": "same"}, "n": {"N": str(number)}}
        )
    client = node.client("lambda")
    client.create_function(**function_package("on-order", HANDLER))
    arn = node.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    client.create_event_source_mapping(
        FunctionName="on-order", EventSourceArn=arn, StartingPosition="TRIM_HORIZON"
    )
    eventually(lambda: traced.named("process Orders"))
    eventually(lambda: len(traced.named("DynamoDB.PutItem")) == 5)
    batch, requests = traced.one("process Orders"), traced.named("DynamoDB.PutItem")
    assert not batch.parent_span_id
    assert [link.span_id for link in batch.links] == [span.span_id for span in requests]
    assert batch.trace_id not in {span.trace_id for span in requests}


def test_what_fails_is_told_as_failed(node, table, mapping, traced, eventually):
    dynamodb = node.client("dynamodb")
    with pytest.raises(ClientError):
        dynamodb.put_item(
            TableName=table,
            Item={"k": {"S": "1"}},
            ConditionExpression="attribute_exists(k)",
        )
    dynamodb.put_item(TableName=table, Item={"k": {"S": "poison"}})
    eventually(lambda: traced.named("process Orders"))
    refused, done = traced.named("DynamoDB.PutItem")
    assert (refused.status.code, done.status.code) == (2, 0)  # 2 is ERROR
    assert facts(refused)["error.type"] == "ConditionalCheckFailedException"
    eventually(lambda: traced.named("invoke on-order"))
    assert traced.one("invoke on-order").status.code == 2
    assert traced.one("process Orders").status.code == 2


def test_an_invocation_goes_on_with_its_callers_trace_in_x_rays_form(
    node, function_package, traced, eventually
):
    client = within(
        node.client("lambda"),
        "Invoke",
        {"X-Amzn-Trace-Id": f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={PARENT};Sampled=1"},
    )
    client.create_function(**function_package("asked", HANDLER))
    context = b64encode(json.dumps({"custom": {}}).encode()).decode()
    answer = client.invoke(FunctionName="asked", Payload=b"{}", ClientContext=context)
    told = json.load(answer["Payload"])
    assert told.startswith(f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent=")
    eventually(lambda: traced.named("Lambda.Invoke"))
    request, invocation = traced.one("Lambda.Invoke"), traced.one("invoke asked")
    assert request.parent_span_id.hex() == PARENT
    assert invocation.parent_span_id == request.span_id
    assert told.split(";")[1] == f"Parent={invocation.span_id.hex()}"


def test_a_trace_that_its_caller_does_not_keep_is_not_sent(node, table, traced, eventually):
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
    dynamodb = within(node.client("dynamodb"), "PutItem", headers)
    dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    dynamodb.get_item(TableName=table, Key={"k": {"S": "1"}})
    eventually(lambda: traced.named("DynamoDB.GetItem"))
    assert not traced.named("DynamoDB.PutItem")


def test_a_collector_that_is_gone_holds_nobody_up(node, table, traced):
    traced.leave()
    dynamodb = node.client("dynamodb")
    for number in range(20):
        dynamodb.put_item(TableName=table, Item={"k": {"S": str(number)}})
    assert dynamodb.scan(TableName=table)["Count"] == 20
    node.stop()
