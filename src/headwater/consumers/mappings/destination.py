"""Where a mapping tells of records that were given up: an SQS queue, an SNS topic, an S3 bucket.

A queue of this node takes the message in the very transaction in which the lane moves on. For
everything else, and for a queue that is not there (any more), the message goes through the
outbox to the endpoint that the node was given for the service.

Source: AWS, Lambda guide, "Retain discarded records for a DynamoDB event source"; texts recorded.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import orjson

from headwater.arns import Scope, parse_arn
from headwater.clock import Clock
from headwater.consumers.mappings.failure import object_key, with_payload
from headwater.consumers.mappings.outbox import Message, Outbox, Parcel
from headwater.errors import AwsError, InvalidParameterValue
from headwater.ids import Ids
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Engine, Transaction

UNSUPPORTED = "Unsupported DestinationConfig parameter for given event source mapping type."


class LocalQueues(Protocol):
    """The node's own queues (queues.Queues)."""

    def send(self, tx: Transaction, scope: Scope, queue: str, body: str) -> object:
        """Send within a transaction. Raises an AwsError if that cannot be."""
        ...

    def exists(self, tx: Transaction, scope: Scope, queue: str) -> bool: ...


class Caller(Protocol):
    """What calls other endpoints (outbound.Outbound)."""

    def require(self, service: str) -> None: ...

    async def call(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]: ...


class Target(NamedTuple):
    """A destination's ARN, taken apart. name: of the queue, the topic or the bucket."""

    arn: str
    service: str
    scope: Scope
    name: str


def target_of(arn: str) -> Target:
    """The destination that `arn` names. Raises InvalidParameterValue for what a stream's mapping
    cannot have: FIFO queues and topics, and other services."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in ("sqs", "sns", "s3"):
        raise InvalidParameterValue(UNSUPPORTED)
    if parsed.resource.endswith(".fifo"):
        raise InvalidParameterValue(UNSUPPORTED)
    return Target(arn, parsed.service, Scope(parsed.account, parsed.region), parsed.resource)


class Destinations:
    """Tells every mapping's destination. Built once, by Mappings.

    queues   None where the node has none
    caller   None where the node calls nobody
    on_told     called with a mapping's UUID and the number of records its destination was told of
    on_refused  called with a mapping's UUID each time its destination took no message
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        queues: LocalQueues | None,
        caller: Caller | None,
        on_told: Callable[[str, int], None],
        on_refused: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._queues = queues
        self._caller = caller
        self._on_told = on_told
        self._on_refused = on_refused
        self._queue_urls: dict[str, str] = {}
        self.outbox = Outbox(engine, clock, ids, self._send)

    def check(self, tx: Transaction, arn: str) -> None:
        """Raises InvalidParameterValue if messages to `arn` would have nowhere to go."""
        target = target_of(arn)
        if target.service == "sqs" and self._is_here(tx, target):
            return
        try:
            if self._caller is not None:
                self._caller.require(target.service)
                return
            reason = f"this node knows no endpoint for {target.service}."
        except CallFailed as trouble:
            reason = trouble.text
        missing = f"Destination {arn} is not a queue of this node, and " + reason
        raise InvalidParameterValue(missing)

    def tell(self, tx: Transaction, arn: str, message: Message) -> None:
        """Hand `message` over, or keep it until it can be."""
        target = target_of(arn)
        key, body = "", orjson.dumps(message.body)
        if target.service == "s3":
            key = object_key(message.mapping_uuid, message.shard_id, message.now_ms, message.unique)
            body = with_payload(message.body, message.event())
        parcel = Parcel(
            arn, message.scope, message.mapping_uuid, message.records, body.decode(), key
        )
        if not self._sent_here(tx, target, parcel):
            self.outbox.put(tx, parcel)

    def _is_here(self, tx: Transaction, target: Target) -> bool:
        if self._queues is None:
            return False
        return self._queues.exists(tx, target.scope, target.name)

    def _sent_here(self, tx: Transaction, target: Target, parcel: Parcel) -> bool:
        if target.service != "sqs" or self._queues is None or not self._is_here(tx, target):
            return False
        try:
            self._queues.send(tx, target.scope, target.name, parcel.body)
        except AwsError:
            return False
        tx.after_commit(lambda: self._on_told(parcel.mapping_uuid, parcel.records))
        return True

    # --- for the outbox ------------------------------------------------------------------------

    async def _send(self, key: bytes, parcel: Parcel) -> None:
        """Send what waited under `key`, and forget it. Raises whatever went wrong."""
        target = target_of(parcel.destination)

        def send_here(tx: Transaction) -> bool:
            if tx.get(key) is None:
                return True  # another node has sent it
            is_sent = self._sent_here(tx, target, parcel)
            if is_sent:
                tx.delete(key)
            return is_sent

        if await self._engine.run(send_here):
            return
        try:
            if self._caller is None:
                raise CallFailed("NotConfigured", f"there is no {parcel.destination}")
            await self._call(self._caller, target, parcel)
        except Exception:
            self._on_refused(parcel.mapping_uuid)
            raise
        await self._engine.run(lambda tx: tx.delete(key))
        self._on_told(parcel.mapping_uuid, parcel.records)

    async def _call(self, caller: Caller, target: Target, parcel: Parcel) -> None:
        region = target.scope.region or parcel.scope.region
        if target.service == "sqs":
            url = await self._queue_url(caller, target)
            given: dict[str, Any] = {"QueueUrl": url, "MessageBody": parcel.body}
            await caller.call("sqs", "send_message", region, given)
        elif target.service == "sns":
            given = {"TopicArn": target.arn, "Message": parcel.body}
            await caller.call("sns", "publish", region, given)
        else:
            body = parcel.body.encode()
            given = {"Bucket": target.name, "Key": parcel.key, "Body": body}
            given["ContentType"] = "application/json"
            await caller.call("s3", "put_object", region, given)

    async def _queue_url(self, caller: Caller, target: Target) -> str:
        url = self._queue_urls.get(target.arn)
        if url is None:
            asked = {"QueueName": target.name}
            if target.scope.account:
                asked["QueueOwnerAWSAccountId"] = target.scope.account
            answer = await caller.call("sqs", "get_queue_url", target.scope.region, asked)
            url = self._queue_urls[target.arn] = str(answer["QueueUrl"])
        return url
