"""How errors look. Prefixes and keys: recorded answers of AWS; statuses and keys of modelled
errors: the service models."""

import orjson
import pytest

from headwater import errors
from headwater.wire.fault import render_fault
from headwater.wire.protocols import SERVICES

MODELLED = "com.amazonaws.dynamodb.v20120810#"
CORAL = "com.amazon.coral.service#"


@pytest.mark.parametrize("service", ["dynamodb", "streams"])
@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            errors.Validation("why"),
            400,
            {"__type": "com.amazon.coral.validate#ValidationException", "message": "why"},
        ),
        (
            errors.NotSupported("why"),
            400,
            {"__type": "com.amazon.coral.validate#ValidationException", "message": "why"},
        ),
        (errors.Serialization(), 400, {"__type": CORAL + "SerializationException"}),
        (
            errors.Serialization("why"),
            400,
            {"__type": CORAL + "SerializationException", "Message": "why"},
        ),
        (errors.UnknownOperation(), 400, {"__type": CORAL + "UnknownOperationException"}),
        (
            errors.MissingAuthenticationToken("why"),
            400,
            {"__type": CORAL + "MissingAuthenticationTokenException", "message": "why"},
        ),
        (
            errors.ResourceNotFound("why"),
            400,
            {"__type": MODELLED + "ResourceNotFoundException", "message": "why"},
        ),
        (
            errors.InternalServer("why"),
            500,
            {"__type": MODELLED + "InternalServerError", "message": "why"},
        ),
    ],
)
def test_an_error_in_json(service, error, status, body):
    fault = render_fault(SERVICES[service], error)
    assert (fault.status, orjson.loads(fault.body), fault.headers) == (status, body, {})


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (errors.TransactionCanceled("why"), "Message"),
        (errors.IdempotentParameterMismatch("why"), "Message"),
        (errors.TransactionInProgress("why"), "Message"),
        (errors.TransactionConflict("why"), "message"),
        (errors.ProvisionedThroughputExceeded("why"), "message"),
    ],
)
def test_some_errors_of_dynamodb_write_message_with_a_capital(error, key):
    body = orjson.loads(render_fault(SERVICES["dynamodb"], error).body)
    assert body == {"__type": MODELLED + error.code, key: "why"}


def test_further_members_stand_beside_the_text():
    error = errors.ConditionalCheckFailed(Item={"pk": {"S": "a"}})
    assert orjson.loads(render_fault(SERVICES["dynamodb"], error).body) == {
        "__type": MODELLED + "ConditionalCheckFailedException",
        "message": "The conditional request failed",
        "Item": {"pk": {"S": "a"}},
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [(errors.ServiceUnavailable("later"), 503), (errors.RequestTooLarge(), 413)],
)
def test_a_few_errors_have_statuses_of_their_own(error, status):
    assert render_fault(SERVICES["dynamodb"], error).status == status


@pytest.mark.parametrize(
    ("error", "status", "key"),
    [
        (errors.InvalidParameterValue("why"), 400, "message"),
        (errors.Validation("why"), 400, "message"),
        (errors.InvalidRequestContent("why"), 400, "message"),
        (errors.ResourceNotFound("why"), 404, "Message"),
        (errors.ResourceInUse("why"), 400, "Message"),
        (errors.ResourceConflict("why"), 409, "message"),
        (errors.PreconditionFailed("why"), 412, "message"),
        (errors.RequestTooLarge("why"), 413, "message"),
        (errors.TooManyRequests("why"), 429, "message"),
        (errors.InvalidZipFile("why"), 502, "Message"),
        (errors.ResourceNotReady("why"), 502, "message"),
        (errors.Service("why"), 500, "Message"),
        (errors.AccessDenied("why"), 403, "message"),
    ],
)
def test_an_error_of_lambda(error, status, key):
    fault = render_fault(SERVICES["lambda"], error)
    assert fault.status == status
    assert fault.headers == {"x-amzn-ErrorType": error.code}
    kind = "User" if status < 500 else "Service"
    assert orjson.loads(fault.body) == {"Type": kind, key: "why"}


def test_our_own_trouble_has_lambda_s_name_there():
    fault = render_fault(SERVICES["lambda"], errors.InternalServer("why"))
    assert (fault.status, fault.headers["x-amzn-ErrorType"]) == (500, "ServiceException")


def test_members_that_the_model_places_in_headers_go_there():
    error = errors.TooManyRequests("why", Reason="CallerRateLimitExceeded", retryAfterSeconds=1)
    fault = render_fault(SERVICES["lambda"], error)
    assert fault.headers["Retry-After"] == "1"
    assert orjson.loads(fault.body)["Reason"] == "CallerRateLimitExceeded"
    assert "retryAfterSeconds" not in orjson.loads(fault.body)
