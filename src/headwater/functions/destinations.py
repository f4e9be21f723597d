"""Where outcomes of asynchronous invocations go: queues, topics, buckets, other functions.

A queue of this node is written in the transaction that ends the event, so the message is there if
and only if the event has gone. What is elsewhere is called first, and again if the node dies in
between: at least once.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

import orjson

from headwater.arns import Arn, Scope, parse_arn
from headwater.clock import Clock
from headwater.errors import InvalidParameterValue
from headwater.functions.names import parse_function_name
from headwater.functions.stored import read_version
from headwater.ids import Ids
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction

_NO_ATTRIBUTES: Final[Mapping[str, Any]] = {}


class QueueSender(Protocol):
    """The queues of this node."""

    def send(
        self,
        tx: Transaction,
        scope: Scope,
        queue: str,
        body: str,
        *,
        attributes: Mapping[str, Any] = ...,
    ) -> str: ...

    def exists(self, tx: Transaction, scope: Scope, queue: str) -> bool: ...


class Outcome(NamedTuple):
    """What is told of an event that has been dealt with.

    body        the JSON that AWS defines, as text
    attributes  of the message, where it is a dead letter
    """

    scope: Scope
    function: str
    event_id: str
    body: str
    attributes: Mapping[str, Any] = _NO_ATTRIBUTES


class Destinations:
    """Sends outcomes."""

    def __init__(
        self, clock: Clock, ids: Ids, outbound: Outbound | None, queues: QueueSender | None
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._outbound = outbound
        self._queues = queues

    def check(self, tx: Transaction, scope: Scope, text: str) -> None:
        """Raises InvalidParameterValue, with advice, if nothing can be sent to an ARN."""
        arn = parse_arn(text)
        service = arn.service if arn is not None else ""
        if arn is None or service not in ("sqs", "sns", "s3", "lambda"):
            raise InvalidParameterValue(
                f"The destination ARN {text} is invalid: Headwater sends to an SQS queue, an SNS "
                "topic, an S3 bucket or a Lambda function."
            )
        if service == "lambda":
            name, qualifier = parse_function_name(scope, text)
            read_version(tx, scope, name, qualifier)
        elif not self.is_own_queue(tx, scope, arn):
            self._check_outbound(service, text)

    def _check_outbound(self, service: str, text: str) -> None:
        try:
            if self._outbound is None:
                raise CallFailed("NotConfigured", "nothing outside of this node can be called.")
            self._outbound.require(service)
        except CallFailed as trouble:
            own = " There is no such queue on this node, and" if service == "sqs" else ""
            raise InvalidParameterValue(
                f"The destination {text} cannot be reached:{own} {trouble.text}"
            ) from trouble

    def is_own_queue(self, tx: Transaction, scope: Scope, arn: Arn) -> bool:
        """Whether `send_inside` takes it."""
        if self._queues is None or arn.service != "sqs":
            return False
        return Scope(arn.account, arn.region) == scope and self._queues.exists(
            tx, scope, arn.resource
        )

    def send_inside(self, tx: Transaction, arn: Arn, outcome: Outcome) -> None:
        """Send to a queue of this node, with `tx`."""
        assert self._queues is not None
        self._queues.send(
            tx, outcome.scope, arn.resource, outcome.body, attributes=outcome.attributes
        )

    async def send_outside(self, arn: Arn, outcome: Outcome) -> None:
        """Send to what is not of this node. Raises CallFailed."""
        if self._outbound is None:
            raise CallFailed("NotConfigured", "nothing outside of this node can be called.")
        await _SENDERS[arn.service](self, self._outbound, arn, outcome)

    async def _to_sqs(self, outbound: Outbound, arn: Arn, outcome: Outcome) -> None:
        asked = {"QueueName": arn.resource, "QueueOwnerAWSAccountId": arn.account}
        found = await outbound.call("sqs", "get_queue_url", arn.region, asked)
        message = {"QueueUrl": found["QueueUrl"], "MessageBody": outcome.body} | _given(outcome)
        await outbound.call("sqs", "send_message", arn.region, message)

    async def _to_sns(self, outbound: Outbound, arn: Arn, outcome: Outcome) -> None:
        topic = ":".join(("arn", *arn))
        message = {"TopicArn": topic, "Message": outcome.body} | _given(outcome)
        await outbound.call("sns", "publish", arn.region, message)

    async def _to_s3(self, outbound: Outbound, arn: Arn, outcome: Outcome) -> None:
        moment = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        key = (
            f"aws/lambda/async/{outcome.function}/{moment:%Y/%m/%d}/"
            f"{moment:%Y-%m-%dT%H.%M.%S}-{self._ids.uuid()}"
        )
        item = {"Bucket": arn.resource, "Key": key, "Body": outcome.body.encode()}
        await outbound.call("s3", "put_object", outcome.scope.region, item)


def _given(outcome: Outcome) -> dict[str, Any]:
    return {"MessageAttributes": dict(outcome.attributes)} if outcome.attributes else {}


_SENDERS: dict[str, Callable[[Destinations, Outbound, Arn, Outcome], Any]] = {
    "sqs": Destinations._to_sqs,
    "sns": Destinations._to_sns,
    "s3": Destinations._to_s3,
}


def outcome_body(
    *,
    request_id: str,
    function_arn: str,
    condition: str,
    tries: int,
    now_ms: int,
    payload: bytes,
    version: str | None,
    error: str | None,
    answer: bytes | None,
) -> str:
    """What a destination is told, as JSON.

    function_arn  with its qualifier
    condition     Success, RetriesExhausted or EventAgeExceeded
    version       that ran last, if any did; answer: what it answered
    """
    moment = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    body: dict[str, Any] = {
        "version": "1.0",
        "timestamp": moment.replace("+00:00", "Z"),
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": tries,
        },
        "requestPayload": _json(payload),
    }
    if version is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
        if error is not None:
            context["functionError"] = error
        body["responseContext"] = context
        body["responsePayload"] = None if answer is None else _json(answer)
    return orjson.dumps(body).decode()


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return data.decode("utf-8", "replace")


def parse_destination(text: str) -> Arn:
    """An ARN that has been checked."""
    arn = parse_arn(text)
    assert arn is not None, text
    return arn
