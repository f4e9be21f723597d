"""Where each member of a REST request travels. Source: the Lambda service model."""

import pytest

from headwater.errors import InvalidRequestContent, Serialization
from headwater.wire.models import load_model
from headwater.wire.protocols import SERVICES
from headwater.wire.rest_json import Binding

MODEL = load_model(SERVICES["lambda"].model)


def read(operation, labels=None, query=None, headers=None, body=b""):
    return Binding(MODEL, operation).read(labels or {}, query or {}, headers or {}, body)


def test_members_come_from_path_query_headers_and_body():
    assert read(
        "UpdateAlias", {"FunctionName": "f", "Name": "live"}, body=b'{"FunctionVersion": "2"}'
    ) == {"FunctionName": "f", "Name": "live", "FunctionVersion": "2"}
    assert read("GetFunction", {"FunctionName": "f"}, {"Qualifier": ["1", "2"]}) == {
        "FunctionName": "f",
        "Qualifier": "2",
    }


def test_a_body_that_is_one_blob_stays_bytes():
    headers = {b"x-amz-invocation-type": b"Event", b"x-amz-log-type": b"Tail"}
    assert read("Invoke", {"FunctionName": "f"}, headers=headers, body=b"\xff\x00") == {
        "FunctionName": "f",
        "InvocationType": "Event",
        "LogType": "Tail",
        "Payload": b"\xff\x00",
    }
    assert read("Invoke", {"FunctionName": "f"})["Payload"] == b""


def test_numbers_booleans_and_lists_of_the_query_become_what_the_model_says():
    assert read("ListFunctions", query={"MaxItems": ["7"]}) == {"MaxItems": 7}
    assert read("ListFunctions", query={"MaxItems": ["seven"]}) == {"MaxItems": "seven"}
    assert read("UntagResource", {"Resource": "a"}, {"tagKeys": ["x", "y"]}) == {
        "Resource": "a",
        "TagKeys": ["x", "y"],
    }
    query = {"IncludeExecutionData": ["true"], "ReverseOrder": ["maybe"]}
    found = read("GetDurableExecutionHistory", {"DurableExecutionArn": "a"}, query)
    assert (found["IncludeExecutionData"], found["ReverseOrder"]) == (True, "maybe")


def test_the_body_cannot_say_what_belongs_into_the_path():
    body = b'{"FunctionName": "other", "Description": "d"}'
    found = read("UpdateFunctionConfiguration", {"FunctionName": "f"}, body=body)
    assert found == {"FunctionName": "f", "Description": "d"}
    assert "Qualifier" not in read("AddPermission", {}, body=b'{"Qualifier": "1"}')


def test_no_body_is_an_empty_one():
    assert read("PublishVersion", {"FunctionName": "f"}) == {"FunctionName": "f"}


def test_a_body_that_is_not_an_object_is_refused():
    with pytest.raises(InvalidRequestContent, match="Could not parse request body into json"):
        read("CreateFunction", body=b"{")
    with pytest.raises(Serialization):
        read("CreateFunction", body=b"[]")
