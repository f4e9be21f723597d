"""What is told of records that were given up: the message to a mapping's OnFailure destination.

It says where the records lie, not what they are, except to S3, which gets the event as well; so
they must be fetched from the stream while it keeps them (redrive.py does that). Pure.

Source: AWS, Lambda guide, "Retain discarded records for a DynamoDB event source"; shapes and the
counts recorded. What a message says when no call was made at all (no responseContext) is unsure.
"""

from typing import Any, NamedTuple

import orjson

from headwater.moments import iso
from headwater.storage.sequence import to_wire

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "RecordAgeExceeded"


class LastCall(NamedTuple):
    """The last invocation with the records that are given up.

    error  "Unhandled"; None if the function answered, but named records that failed
    """

    request_id: str
    executed_version: str
    error: str | None


class GivenUp(NamedTuple):
    """Records that were given up together, in their order.

    first, last  their sequences; created_ms: of the first and of the last
    """

    condition: str
    shard_id: str
    records: int
    first: int
    last: int
    first_ms: int
    last_ms: int
    attempts: int
    call: LastCall | None


def failure_message(
    given_up: GivenUp, *, function_arn: str, stream_arn: str, request_id: str, now_ms: int
) -> dict[str, Any]:
    """The message, as its JSON has it. request_id: to be named if there was no call."""
    call = given_up.call
    message: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id if call is None else call.request_id,
            "functionArn": function_arn,
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.attempts,
        }
    }
    if call is not None:
        message["responseContext"] = {
            "statusCode": 200,
            "executedVersion": call.executed_version,
            "functionError": call.error,
        }
    message["version"] = "1.0"
    message["timestamp"] = iso(now_ms)
    message["DDBStreamBatchInfo"] = {
        "shardId": given_up.shard_id,
        "startSequenceNumber": to_wire(given_up.first),
        "endSequenceNumber": to_wire(given_up.last),
        "approximateArrivalOfFirstRecord": _seconds(given_up.first_ms),
        "approximateArrivalOfLastRecord": _seconds(given_up.last_ms),
        "batchSize": given_up.records,
        "streamArn": stream_arn,
    }
    return message


def with_payload(message: dict[str, Any], event: bytes) -> bytes:
    """The message as S3 gets it: with the event, a JSON object, that the function was given.

    >>> with_payload({"version": "1.0"}, b'{"Records":[]}')
    b'{"version":"1.0","payload":{"Records":[]}}'
    """
    return orjson.dumps(message)[:-1] + b',"payload":' + event + b"}"


def object_key(mapping_uuid: str, shard_id: str, now_ms: int, unique: str) -> str:
    """The key under which S3 keeps a message.

    >>> object_key("0c9a", "shardId-1", 1_772_600_800_000, "5b0c")
    'aws/lambda/0c9a/shardId-1/2026/03/04/2026-03-04T05.06.40-5b0c'
    """
    moment = iso(now_ms)[:19]
    day = moment[:10].replace("-", "/")
    return f"aws/lambda/{mapping_uuid}/{shard_id}/{day}/{moment.replace(':', '.')}-{unique}"


def _seconds(at_ms: int) -> str:
    """
    >>> _seconds(1_772_600_800_123)
    '2026-03-04T05:06:40Z'
    """
    return iso(at_ms)[:19] + "Z"
