"""How an error looks on the wire: status, body and headers, for each protocol.

The domain raises AWS's errors by name; only this file knows the rest. What the service model
says of an error (its status, whether its text is `message` or `Message`) is taken from there; the
tables below hold the errors that every AWS service has and no model describes.
Source: the service models; recorded answers of AWS.
"""

from typing import Any, Final, NamedTuple

import orjson

from headwater.errors import AwsError
from headwater.wire.models import load_model
from headwater.wire.protocols import REST_JSON, ServiceSpec
from headwater.wire.query_errors import HEADER, query_code, query_error

UNKNOWN_OPERATION_BODY: Final = b"<UnknownOperationException/>\n"
"""Sent with 404 to a request that is not even addressed to an operation."""

_CORAL_VALIDATE = "com.amazon.coral.validate#"
_CORAL_SERVICE = "com.amazon.coral.service#"
_CORAL_AVAILABILITY = "com.amazon.coral.availability#"

_JSON_PREFIXES = {
    "ValidationException": _CORAL_VALIDATE,
    "SerializationException": _CORAL_SERVICE,
    "UnknownOperationException": _CORAL_SERVICE,
    "UnrecognizedClientException": _CORAL_SERVICE,
    "InvalidSignatureException": _CORAL_SERVICE,
    "MissingAuthenticationTokenException": _CORAL_SERVICE,
    "IncompleteSignatureException": _CORAL_SERVICE,
    "AccessDeniedException": _CORAL_SERVICE,
    "RequestTooLargeException": _CORAL_SERVICE,
    "ServiceUnavailableException": _CORAL_AVAILABILITY,
    "InvalidParameterValueException": _CORAL_SERVICE,
    "MissingParameter": _CORAL_SERVICE,
}
_JSON_STATUSES = {
    "InternalServerError": 500,
    "ServiceUnavailableException": 503,
    "RequestTooLargeException": 413,
}
_REST_STATUSES = {
    "AccessDeniedException": 403,
    "IncompleteSignatureException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "UnrecognizedClientException": 403,
    "UnknownOperationException": 404,
    "RequestTooLargeException": 413,
    "ThrottlingException": 429,
    "ServiceException": 500,
    "ServiceUnavailableException": 503,
}
# Lambda's own word for what the other services call InternalServerError.
_REST_CODES = {"InternalServerError": "ServiceException"}


class Fault(NamedTuple):
    """An error, ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes


def render_fault(spec: ServiceSpec, error: AwsError) -> Fault:
    """`error` as the service's protocol answers it."""
    if spec.protocol == REST_JSON:
        return _render_rest(spec, error)
    return _render_json(spec, error)


def _render_json(spec: ServiceSpec, error: AwsError) -> Fault:
    about = load_model(spec.model).error(error.code)
    prefix = _JSON_PREFIXES.get(error.code, spec.error_prefix)
    key = about.message_key if about is not None else "message"
    if error.code == "SerializationException":
        key = "Message"
    body: dict[str, Any] = {"__type": prefix + error.code}
    if error.message:
        body[key] = error.message
    body.update(error.fields)
    status = _JSON_STATUSES.get(error.code, 400)
    older = query_code(error.code)
    if spec.errors_by_model and about is not None:
        status, older = about.status or status, about.query_code
    headers = {HEADER: query_error(older, status)} if spec.query_errors else {}
    return Fault(status, headers, orjson.dumps(body))


def _render_rest(spec: ServiceSpec, error: AwsError) -> Fault:
    code = _REST_CODES.get(error.code, error.code)
    about = load_model(spec.model).error(code)
    status = about.status if about is not None else None
    if status is None:
        status = _REST_STATUSES.get(code, 400)
    headers = {"x-amzn-ErrorType": code}
    body: dict[str, Any] = {"Type": "User" if status < 500 else "Service"}
    if error.message:
        body[about.message_key if about is not None else "message"] = error.message
    for name, value in error.fields.items():
        header = about.header_members.get(name) if about is not None else None
        if header is None:
            body[name] = value
        else:
            headers[header] = str(value)
    return Fault(status, headers, orjson.dumps(body))
