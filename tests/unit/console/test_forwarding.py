"""What is forwarded, and how errors are told. Source: AWS's own models, which botocore carries."""

import pytest
from botocore.session import Session

from headwater.console.identity import Key, Sessions, anybody
from headwater.console.operations import LAMBDA, RPC, writes
from headwater.console.troubles import from_aws

MODELS = {
    "dynamodb": "dynamodb",
    "streams": "dynamodbstreams",
    "cloudwatch": "cloudwatch",
    "logs": "logs",
    "sqs": "sqs",
}


@pytest.mark.parametrize("service", RPC)
def test_every_operation_is_one_that_aws_has(service):
    model = Session().get_service_model(MODELS[service])
    rpc = RPC[service]
    assert rpc.reads | rpc.writes <= set(model.operation_names)
    assert not rpc.reads & rpc.writes
    if model.metadata.get("targetPrefix"):
        assert rpc.target == model.metadata["targetPrefix"]
        assert rpc.json_version == model.metadata["jsonVersion"]


@pytest.mark.parametrize("operation", LAMBDA)
def test_every_path_is_aws_own(operation):
    model = Session().get_service_model("lambda").operation_model(operation)
    path = model.http["requestUri"].rstrip("/")
    assert (LAMBDA[operation].method, LAMBDA[operation].path) == (model.http["method"], path)


@pytest.mark.parametrize(
    "name", ["PutItem", "DeleteItem", "UpdateItem", "CreateTable", "DeleteTable", "UpdateTable"]
)
def test_what_changes_something_is_known_to(name):
    assert writes("dynamodb", name, {})


def test_a_statement_that_cannot_be_told_apart_counts_as_writing():
    assert writes("dynamodb", "ExecuteStatement", {})
    assert writes("dynamodb", "ExecuteStatement", {"Statement": "(SELECT 1)"})


def test_an_error_is_told_with_its_name_its_text_and_what_to_do():
    body = {"__type": "com.amazonaws#ConditionalCheckFailedException", "message": "It failed"}
    told = from_aws("PutItem", 400, body)
    assert told.what == "PutItem was refused"
    assert told.why == "ConditionalCheckFailedException: It failed"
    assert "Load it anew" in told.now
    assert from_aws("PutItem", 500, None).why == "HTTP 500"


def test_a_signature_that_is_refused_asks_for_a_login():
    assert from_aws("Scan", 403, {"__type": "UnrecognizedClientException"}).status == 401


def test_a_session_is_found_by_its_name_until_it_is_closed():
    sessions = Sessions()
    name = sessions.open(Key("A", "secret"))
    assert sessions.find(name) == Key("A", "secret")
    assert sessions.find("other") is None
    sessions.close(name)
    assert sessions.find(name) is None


def test_the_oldest_session_makes_room():
    sessions = Sessions()
    first = sessions.open(Key("A", "s"))
    for number in range(1000):
        sessions.open(Key(str(number), "s"))
    assert sessions.find(first) is None


def test_an_account_that_is_none_is_not_taken_for_one():
    assert anybody("12").access == anybody("").access
