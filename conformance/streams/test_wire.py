"""The protocol below the four operations: headers, types of values, errors as they are written."""

import base64
import re
import zlib

import pytest

from kit.cases import (
    DESCRIBE_STREAM,
    GUIDE_ERRORS,
    GUIDE_WIRE,
    MODEL,
    RECORDED,
    complete,
    core,
    strict,
)
from kit.endpoint import Endpoint, Json
from kit.reader import iterator
from kit.tables import Table

NO_STREAM = "arn:aws:dynamodb:us-east-1:111122223333:table/None/stream/2015-05-11T21:21:33.291"
SHARD = "shardId-00000001414576573621-f55eea83"


@core(f"{GUIDE_WIRE}: answers are application/x-amz-json-1.0")
def test_answers_are_amazons_json(endpoint: Endpoint) -> None:
    answer = endpoint.post("ListStreams", {"Limit": 1})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/x-amz-json-1.0")
    assert "Streams" in answer.doc


@core(f"{GUIDE_WIRE}: x-amzn-RequestId")
def test_every_answer_has_a_request_id(endpoint: Endpoint) -> None:
    ids = [endpoint.post("ListStreams", {"Limit": 1}).headers["x-amzn-requestid"] for _ in "ab"]
    assert all(ids)
    assert ids[0] != ids[1]


@strict(RECORDED)
def test_a_request_id_is_52_letters_and_digits(endpoint: Endpoint) -> None:
    headers = endpoint.post("ListStreams", {"Limit": 1}).headers
    assert re.fullmatch(r"[0-9A-Z]{52}", headers["x-amzn-requestid"])


@complete(f"{GUIDE_WIRE}: x-amz-crc32, which SDKs check")
def test_the_checksum_is_that_of_the_body(endpoint: Endpoint) -> None:
    answer = endpoint.post("ListStreams", {"Limit": 1})
    assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)


@core(f"{GUIDE_ERRORS}: HTTP 400, __type and message")
def test_an_error_has_a_type_and_a_message(endpoint: Endpoint) -> None:
    answer = endpoint.post("DescribeStream", {"StreamArn": NO_STREAM})
    assert answer.status == 400
    assert answer.doc["__type"].rpartition("#")[2] == "ResourceNotFoundException"
    assert answer.doc["message"]


@strict(RECORDED)
def test_modelled_errors_are_named_in_dynamodbs_namespace(endpoint: Endpoint) -> None:
    refusal = endpoint.refused("DescribeStream", {"StreamArn": NO_STREAM})
    assert refusal.type == "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"


@strict(RECORDED)
def test_validation_errors_are_named_in_their_own_namespace(endpoint: Endpoint) -> None:
    refusal = endpoint.refused("DescribeStream", {})
    assert refusal.type == "com.amazon.coral.validate#ValidationException"


@complete(f"{GUIDE_ERRORS}; {RECORDED}")
def test_an_operation_that_does_not_exist_is_unknown(endpoint: Endpoint) -> None:
    assert endpoint.refused("DeleteStream", {}).code == "UnknownOperationException"


@complete(RECORDED)
@pytest.mark.parametrize("body", [b"{", b"", b"[]"], ids=["cut off", "empty", "a list"])
def test_a_body_that_is_no_json_object_is_refused(endpoint: Endpoint, body: bytes) -> None:
    refusal = endpoint.refused("ListStreams", body)
    assert (refusal.status, refusal.code) == (400, "SerializationException")


@complete(f"{MODEL}; {RECORDED}")
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeStream", {"StreamArn": 1}),
        ("ListStreams", {"Limit": "ten"}),
        ("ListStreams", {"TableName": {"S": "x"}}),
        ("GetRecords", {"ShardIterator": ["x"]}),
    ],
    ids=["number for a string", "string for a number", "map for a string", "list for a string"],
)
def test_a_value_of_the_wrong_json_type_is_refused(
    endpoint: Endpoint, operation: str, params: Json
) -> None:
    assert endpoint.refused(operation, params).code == "SerializationException"


@core(f"{MODEL}: required members")
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeStream", {}),
        ("GetRecords", {}),
        ("GetShardIterator", {"ShardId": SHARD, "ShardIteratorType": "LATEST"}),
        ("GetShardIterator", {"StreamArn": NO_STREAM, "ShardIteratorType": "LATEST"}),
        ("GetShardIterator", {"StreamArn": NO_STREAM, "ShardId": SHARD}),
    ],
    ids=[
        "DescribeStream-StreamArn",
        "GetRecords-ShardIterator",
        "GetShardIterator-StreamArn",
        "GetShardIterator-ShardId",
        "GetShardIterator-ShardIteratorType",
    ],
)
def test_a_missing_parameter_is_refused(endpoint: Endpoint, operation: str, params: Json) -> None:
    assert endpoint.refused(operation, params).code == "ValidationException"


@strict(f"{RECORDED} of the same checks in the table API")
def test_all_violations_of_the_model_are_told_at_once(endpoint: Endpoint) -> None:
    message = endpoint.refused("GetShardIterator", {"StreamArn": NO_STREAM}).message
    assert message.startswith("2 validation errors detected: ")
    for name in ("shardId", "shardIteratorType"):
        told = f"Value null at '{name}' failed to satisfy constraint: Member must not be null"
        assert told in message


@complete(f"{GUIDE_ERRORS}: MissingAuthenticationTokenException", needs="auth")
def test_a_request_without_a_signature_is_refused(endpoint: Endpoint) -> None:
    refusal = endpoint.refused("ListStreams", {}, is_signed=False)
    assert refusal.code == "MissingAuthenticationTokenException"


@core(f"{DESCRIBE_STREAM}; AWS JSON 1.0: timestamps are numbers of seconds")
def test_timestamps_are_json_numbers(endpoint: Endpoint, table: Table) -> None:
    described = endpoint.post("DescribeStream", {"StreamArn": table.arn}).doc["StreamDescription"]
    assert isinstance(described["CreationRequestDateTime"], int | float)


@core("AWS JSON 1.0: blobs are base64")
def test_binary_values_travel_as_base64(endpoint: Endpoint, table: Table, key: Json) -> None:
    table.put({**key, "b": {"B": b"\x00\xff"}})
    table.reader.wait_for(key, 1)
    (seen,) = table.reader.seen_of(key)
    number = seen.record["dynamodb"]["SequenceNumber"]
    at = iterator(endpoint, table.arn, seen.shard_id, "AT_SEQUENCE_NUMBER", SequenceNumber=number)

    def first() -> Json | None:
        doc = endpoint.post("GetRecords", {"ShardIterator": at, "Limit": 1}).doc
        return doc["Records"][0] if doc["Records"] else None

    image = endpoint.eventually(first, "the record")["dynamodb"]["NewImage"]
    assert base64.b64decode(image["b"]["B"]) == b"\x00\xff"
