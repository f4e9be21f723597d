"""Kinesis destinations from outside: what is delivered, when, and what the four calls answer.

Source of shapes and texts, where not said otherwise: AWS, developer guide, "Using Kinesis Data
Streams to capture changes to DynamoDB", the DynamoDB API reference, and recorded answers.
"""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.tables import create_table, records_of

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/{}"
CDC = ARN.format("cdc")


def put(dynamodb: Any, key: str, **attributes: Any) -> None:
    dynamodb.put_item(TableName="Tab", Item={"pk": {"S": key}, **attributes})


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_table_without_a_stream_has_its_changes_delivered(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    put(dynamodb, "before")
    enable(dynamodb)
    put(dynamodb, "o-1", qty={"N": "1"})
    put(dynamodb, "o-1", qty={"N": "2"})
    dynamodb.delete_item(TableName="Tab", Key={"pk": {"S": "o-1"}})
    eventually(lambda: len(kinesis.changes()) == 3)
    inserted, modified, removed = kinesis.changes()
    moment = inserted["dynamodb"].pop("ApproximateCreationDateTime")
    assert len(str(moment)) == 13
    assert len(inserted.pop("eventID")) == 36
    # SizeBytes: key "pk" + "o-1" = 5; image 5 + "qty" 3 + a number of one digit 2 = 10.
    assert inserted == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "Tab",
        "dynamodb": {
            "Keys": {"pk": {"S": "o-1"}},
            "NewImage": {"pk": {"S": "o-1"}, "qty": {"N": "1"}},
            "SizeBytes": 15,
        },
        "eventSource": "aws:dynamodb",
    }
    assert modified["eventName"] == "MODIFY"
    assert modified["dynamodb"]["NewImage"]["qty"] == {"N": "2"}
    assert modified["dynamodb"]["OldImage"]["qty"] == {"N": "1"}
    assert removed["eventName"] == "REMOVE" and "NewImage" not in removed["dynamodb"]
    keys = {key for key, _ in kinesis.streams["cdc"]}
    assert len(keys) == 1 and all(len(key) == 32 and int(key, 16) >= 0 for key in keys)
    streams = delivering.client("dynamodbstreams")
    assert streams.list_streams()["Streams"] == []
    described = dynamodb.describe_table(TableName="Tab")["Table"]
    assert "StreamSpecification" not in described and "LatestStreamArn" not in described


def test_stream_and_destination_both_have_each_change_once(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering, view="KEYS_ONLY")
    enable(dynamodb)
    names = [f"k{number}" for number in range(20)]
    for name in names:
        put(dynamodb, name, data={"S": "x"})
    eventually(lambda: len(kinesis.changes()) == 20)
    # Both images, whatever the view of the table's own stream.
    assert all("NewImage" in change["dynamodb"] for change in kinesis.changes())
    streams = delivering.client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName="Tab")["Table"]["LatestStreamArn"]
    seen = records_of(streams, arn)
    assert sorted(record["dynamodb"]["Keys"]["pk"]["S"] for record in seen) == sorted(names)
    assert all("NewImage" not in record["dynamodb"] for record in seen)


def test_turning_the_stream_on_and_off_meanwhile_loses_and_doubles_nothing(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    written = []
    for round_ in range(3):
        for enabled in (True, False):
            put(dynamodb, "one", n={"N": str(round_ * 2 + enabled)})
            written.append(str(round_ * 2 + enabled))
            specification: dict[str, Any] = {"StreamEnabled": enabled}
            if enabled:
                specification["StreamViewType"] = "NEW_IMAGE"
            dynamodb.update_table(TableName="Tab", StreamSpecification=specification)
    put(dynamodb, "one", n={"N": "99"})
    written.append("99")
    eventually(lambda: len(kinesis.changes()) >= len(written))
    assert [c["dynamodb"]["NewImage"]["n"]["N"] for c in kinesis.changes()] == written
    assert len(delivering.client("dynamodbstreams").list_streams(TableName="Tab")["Streams"]) == 3


def test_nothing_is_lost_while_the_endpoint_is_down(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    kinesis.down()
    for number in range(30):
        put(dynamodb, f"k{number % 3}", n={"N": str(number)})

    def told() -> Any:
        answer = dynamodb.describe_kinesis_streaming_destination(TableName="Tab")
        return answer["KinesisDataStreamDestinations"][0].get("DestinationStatusDescription", "")

    eventually(lambda: "did not answer" in told(), what="the trouble being told")
    kinesis.up()
    eventually(lambda: len(kinesis.changes()) == 30)
    for key in ("k0", "k1", "k2"):
        seen = [
            int(change["dynamodb"]["NewImage"]["n"]["N"])
            for change in kinesis.changes()
            if change["dynamodb"]["Keys"]["pk"]["S"] == key
        ]
        assert seen == sorted(seen) and len(seen) == 10
    eventually(lambda: told() == "", what="the trouble being over")


def test_refused_records_are_sent_again_and_each_key_ends_with_its_newest(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    turns = iter(range(10_000))

    def every_third(records: list[dict[str, Any]]) -> list[str | None]:
        return [
            "ProvisionedThroughputExceededException" if next(turns) % 3 == 0 else None
            for _ in records
        ]

    kinesis.refuse = every_third
    for start in range(0, 40, 20):
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": "Tab",
                        "Item": {"pk": {"S": f"k{n}"}, "n": {"N": str(start)}},
                    }
                }
                for n in range(20)
            ]
        )

    def newest() -> dict[str, str]:
        return {
            change["dynamodb"]["Keys"]["pk"]["S"]: change["dynamodb"]["NewImage"]["n"]["N"]
            for change in kinesis.changes()
        }

    eventually(lambda: newest() == {f"k{n}": "20" for n in range(20)})
    eventually(lambda: len({c["eventID"] for c in kinesis.changes()}) == 40)


def test_a_node_that_is_killed_while_it_delivers_loses_nothing(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    kinesis.refuse = lambda records: [
        "InternalFailure" if number % 2 else None for number in range(len(records))
    ]
    acknowledged = []
    for life in range(3):
        for number in range(40):
            name = f"{life}-{number}"
            put(dynamodb, name)
            acknowledged.append(name)
        delivering.kill()
        delivering.start()
        dynamodb = delivering.client("dynamodb")
    kinesis.refuse = None

    def arrived() -> set[str]:
        return {change["dynamodb"]["Keys"]["pk"]["S"] for change in kinesis.changes()}

    eventually(lambda: arrived() == set(acknowledged), what="every change arriving")
    # One that arrives twice is the same to the byte.
    by_id: dict[str, set[str]] = {}
    for change in kinesis.changes():
        by_id.setdefault(change["eventID"], set()).add(json.dumps(change, sort_keys=True))
    assert len(by_id) == len(acknowledged)
    assert all(len(forms) == 1 for forms in by_id.values())


def test_disabling_delivers_what_was_before_and_nothing_after(
    delivering, kinesis, make_table, enable, status, eventually
):
    dynamodb = make_table(delivering, view="KEYS_ONLY")
    enable(dynamodb)
    for number in range(50):
        put(dynamodb, f"before{number}")
    answer = dynamodb.disable_kinesis_streaming_destination(TableName="Tab", StreamArn=CDC)
    assert (answer["TableName"], answer["StreamArn"], answer["DestinationStatus"]) == (
        "Tab",
        CDC,
        "DISABLING",
    )
    put(dynamodb, "after")
    eventually(lambda: status(dynamodb) == "DISABLED")
    assert {c["dynamodb"]["Keys"]["pk"]["S"] for c in kinesis.changes()} == {
        f"before{number}" for number in range(50)
    }
    enable(dynamodb)
    put(dynamodb, "again")
    eventually(lambda: len(kinesis.changes()) == 51)
    assert kinesis.changes()[-1]["dynamodb"]["Keys"] == {"pk": {"S": "again"}}


def test_changes_of_a_table_that_is_deleted_are_still_delivered(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    kinesis.down()
    for number in range(10):
        put(dynamodb, f"k{number}")
    dynamodb.delete_table(TableName="Tab")
    dynamodb = make_table(delivering)
    put(dynamodb, "of the new table")
    kinesis.up()
    eventually(lambda: len(kinesis.changes()) == 10)
    answer = dynamodb.describe_kinesis_streaming_destination(TableName="Tab")
    assert answer["KinesisDataStreamDestinations"] == []


def test_a_stream_that_is_not_there_makes_enabling_fail_with_the_reason(
    delivering, make_table, status, eventually
):
    dynamodb = make_table(delivering)
    arn = ARN.format("none")
    dynamodb.enable_kinesis_streaming_destination(TableName="Tab", StreamArn=arn)
    eventually(lambda: status(dynamodb, "Tab", "none") == "ENABLE_FAILED")
    (shown,) = dynamodb.describe_kinesis_streaming_destination(TableName="Tab")[
        "KinesisDataStreamDestinations"
    ]
    assert (
        "Stream none under account 000000000000 not found"
        in (shown["DestinationStatusDescription"])
    )
    # It may be tried again.
    dynamodb.enable_kinesis_streaming_destination(TableName="Tab", StreamArn=arn)


def test_answers_have_the_shapes_of_aws(delivering, make_table, enable, status, eventually):
    dynamodb = make_table(delivering)
    arn = dynamodb.describe_table(TableName="Tab")["Table"]["TableArn"]
    answer = dynamodb.enable_kinesis_streaming_destination(TableName=arn, StreamArn=CDC)
    answer.pop("ResponseMetadata")
    assert answer == {
        "TableName": "Tab",
        "StreamArn": CDC,
        "DestinationStatus": "ENABLING",
        "EnableKinesisStreamingConfiguration": {},
    }
    eventually(lambda: status(dynamodb) == "ACTIVE")
    answer = dynamodb.describe_kinesis_streaming_destination(TableName="Tab")
    answer.pop("ResponseMetadata")
    assert answer == {
        "TableName": "Tab",
        "KinesisDataStreamDestinations": [
            {
                "StreamArn": CDC,
                "DestinationStatus": "ACTIVE",
                "ApproximateCreationDateTimePrecision": "MILLISECOND",
            }
        ],
    }
    precise = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    answer = dynamodb.update_kinesis_streaming_destination(
        TableName="Tab", StreamArn=CDC, UpdateKinesisStreamingConfiguration=precise
    )
    answer.pop("ResponseMetadata")
    assert answer == {
        "TableName": "Tab",
        "StreamArn": CDC,
        "DestinationStatus": "UPDATING",
        "UpdateKinesisStreamingConfiguration": precise,
    }


def test_microseconds_have_16_digits_and_say_so(
    delivering, kinesis, make_table, enable, status, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    dynamodb.update_kinesis_streaming_destination(
        TableName="Tab",
        StreamArn=CDC,
        UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"},
    )
    eventually(lambda: status(dynamodb) == "ACTIVE")
    put(dynamodb, "k")
    (change,) = eventually(kinesis.changes)
    assert len(str(change["dynamodb"]["ApproximateCreationDateTime"])) == 16
    assert change["dynamodb"]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_what_cannot_be_done_is_refused_in_aws_words(delivering, make_table, enable):
    dynamodb = make_table(delivering)
    state = "Table is not in a valid state to enable Kinesis Streaming Destination: "
    missing = "ValidationException", f"{state}KinesisStreamingDestination must be ACTIVE to perform"
    on, off = (
        dynamodb.enable_kinesis_streaming_destination,
        dynamodb.disable_kinesis_streaming_destination,
    )
    update = delivering.client(
        "dynamodb", config=Config(parameter_validation=False)
    ).update_kinesis_streaming_destination
    code, text = refusal(off, TableName="Tab", StreamArn=CDC)
    assert (code, text) == (missing[0], f"{missing[1]} DISABLE operation.")
    precise = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    configured = {"UpdateKinesisStreamingConfiguration": precise}
    code, text = refusal(update, TableName="Tab", StreamArn=CDC, **configured)
    assert text == (
        f"{state}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE "
        f"state. TableName: Tab, kdsArn: {CDC}"
    )
    assert refusal(on, TableName="None", StreamArn=CDC) == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: None not found",
    )
    enable(dynamodb, EnableKinesisStreamingConfiguration=precise)
    assert refusal(on, TableName="Tab", StreamArn=CDC) == (
        "ValidationException",
        f"{state}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform "
        "ENABLE operation.",
    )
    empty: list[dict[str, Any]] = [{}, {"UpdateKinesisStreamingConfiguration": {}}]
    for configuration in empty:
        assert refusal(update, TableName="Tab", StreamArn=CDC, **configuration) == (
            "ValidationException",
            "Streaming destination cannot be updated with given parameters: "
            "UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
        )
    number = dynamodb.describe_table(TableName="Tab")["Table"]["TableId"]
    assert refusal(update, TableName="Tab", StreamArn=CDC, **configured) == (
        "ValidationException",
        "Invalid Request: Precision is already set to the desired value of MICROSECOND for "
        f"tableId: {number}, kdsArn: {CDC}",
    )
    seconds = {"ApproximateCreationDateTimePrecision": "SECOND"}
    wrong = {"UpdateKinesisStreamingConfiguration": seconds}
    assert refusal(update, TableName="Tab", StreamArn=CDC, **wrong) == (
        "ValidationException",
        "1 validation error detected: Value 'SECOND' at "
        "'updateKinesisStreamingConfiguration.approximateCreationDateTimePrecision' failed to "
        "satisfy constraint: Member must satisfy enum value set: [MILLISECOND, MICROSECOND]",
    )
    elsewhere = CDC.replace("us-east-1", "eu-west-1")
    code, text = refusal(on, TableName="Tab", StreamArn=elsewhere)
    assert code == "ValidationException" and elsewhere in text


def test_a_table_has_two_destinations_at_most(delivering, kinesis, make_table, enable):
    kinesis.streams |= {"second": [], "third": []}
    dynamodb = make_table(delivering)
    enable(dynamodb)
    enable(dynamodb, stream="second")
    code, _ = refusal(
        dynamodb.enable_kinesis_streaming_destination,
        TableName="Tab",
        StreamArn=ARN.format("third"),
    )
    assert code == "LimitExceededException"


def test_a_node_without_a_kinesis_says_which_setting_it_lacks(node, table_name):
    dynamodb = node.client("dynamodb")
    create_table(dynamodb, table_name)
    code, text = refusal(
        dynamodb.enable_kinesis_streaming_destination, TableName=table_name, StreamArn=CDC
    )
    assert code == "ValidationException" and "--kinesis-endpoint URL" in text


def test_without_credentials_enabling_fails_and_says_what_to_set(
    node_factory, kinesis, make_table, status, eventually
):
    environment = {"AWS_EC2_METADATA_DISABLED": "true"}
    node = node_factory("--kinesis-endpoint", kinesis.url, environment=environment)
    dynamodb = make_table(node)
    dynamodb.enable_kinesis_streaming_destination(TableName="Tab", StreamArn=CDC)
    eventually(lambda: status(dynamodb) == "ENABLE_FAILED")
    (shown,) = dynamodb.describe_kinesis_streaming_destination(TableName="Tab")[
        "KinesisDataStreamDestinations"
    ]
    assert "AWS_ACCESS_KEY_ID" in shown["DestinationStatusDescription"]


def test_requests_are_signed_for_the_region_and_hold_many_records(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    for start in range(0, 500, 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"k{number}"}}}}
            for number in range(start, start + 25)
        ]
        dynamodb.batch_write_item(RequestItems={"Tab": puts})
    eventually(lambda: len(kinesis.changes()) == 500)
    assert sum(kinesis.requests) == 500 and len(kinesis.requests) < 250
    (signed,) = kinesis.signed
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=test/")
    assert signed.endswith("/us-east-1/kinesis/aws4_request")


def call(node: Any, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """GET, or POST where there is a body: status and answer of a page of the node's own."""
    data = json.dumps(body).encode() if body else None
    try:
        with urllib.request.urlopen(f"{node.url}/_headwater/{path}", data) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as trouble:
        return trouble.code, json.loads(trouble.read())


def test_a_virtual_clock_waits_for_what_is_on_its_way(node_factory, kinesis, make_table, enable):
    """Records expire after 24 hours, so a clock that went ahead at once would lose these."""
    flags = ("--clock", "virtual", "--kinesis-endpoint", kinesis.url)
    node = node_factory(*flags, environment=CREDENTIALS)
    dynamodb = make_table(node)
    enable(dynamodb)
    for number in range(20):
        put(dynamodb, f"k{number}")
    status, _ = call(node, "clock", advance="48h")
    assert status == 200
    assert len(kinesis.changes()) == 20


def test_a_node_is_not_idle_while_a_destination_waits(
    delivering, kinesis, make_table, enable, eventually
):
    dynamodb = make_table(delivering)
    enable(dynamodb)
    put(dynamodb, "a")
    assert call(delivering, "idle?timeout_ms=60000")[0] == 200
    kinesis.down()
    put(dynamodb, "b")
    status, told = call(delivering, "idle")
    assert status == 409
    assert told["kinesis"][0]["stream_arn"] == CDC
    (shown,) = call(delivering, "kinesis")[1]["Destinations"]
    eventually(lambda: call(delivering, "kinesis")[1]["Destinations"][0]["trouble"])
    assert shown["records"]["delivered"] == 1
    kinesis.up()
    assert call(delivering, "idle?timeout_ms=60000")[0] == 200
    assert len(kinesis.changes()) == 2
