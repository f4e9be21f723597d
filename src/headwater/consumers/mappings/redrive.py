"""Records that were given up, delivered once more: from the message that told of them.

The message says where the records lie: a shard, and the sequences of the first and the last. What
lies between them and was not theirs is left out again: what the mapping's filters drop, and, where
several lanes shared the shard, what was in another lane. A message with the event in it (S3's) is
delivered as it is, also when the stream has forgotten the records.

This file fetches and delivers. Where the message came from, and what becomes of it, is known to
who asks (cli/redrive.py).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from headwater.arns import Scope, parse_arn, parse_stream_arn
from headwater.changelog.read import Entry
from headwater.changelog.record import Renderer, keys_of, kind_of
from headwater.changelog.retention import readable_from
from headwater.changelog.stream import Stream, load_shard, load_stream
from headwater.clock import Clock
from headwater.consumers.mappings.context import Invoker
from headwater.consumers.mappings.decide import Outcome, Policy
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.filters import compile_filters
from headwater.consumers.mappings.outcome import outcome_of
from headwater.consumers.mappings.registry import mappings_of
from headwater.consumers.mappings.share import key_spread, partition_key_of
from headwater.errors import OperatorError
from headwater.functions.names import parse_function_name
from headwater.storage import keyspace
from headwater.storage.engine import Engine, Transaction
from headwater.storage.sequence import from_wire

TROUBLE_CHARS_MAX = 1024


class Asked(NamedTuple):
    """What a message says."""

    function_arn: str
    scope: Scope
    stream_arn: str
    shard_id: str
    first: int
    last: int
    records: int
    payload: dict[str, Any] | None


class Found(NamedTuple):
    """Records as the function is given them, with their sequences."""

    records: list[bytes]
    sequences: list[int]
    policy: Policy


class Redrive:
    """Built once by the node."""

    def __init__(self, engine: Engine, clock: Clock, invoker: Invoker) -> None:
        self._engine = engine
        self._clock = clock
        self._invoker = invoker

    async def deliver(self, message: dict[str, Any]) -> dict[str, Any]:
        """Deliver what `message` tells of; an answer in plain values:

            {"function": ARN, "shard": id, "records": 3, "delivered": 3, "trouble": null}

        `delivered` are the records from the first one on that the function has dealt with.
        Raises OperatorError if the message is none of a mapping's, or the records cannot be found;
        an AwsError if the function cannot be called.
        """
        asked = asked_of(message)
        function = parse_function_name(asked.scope, asked.function_arn)
        found = await self._engine.run(lambda tx: self._find(tx, asked))
        event = b'{"Records":[' + b",".join(found.records) + b"]}"
        named = {} if function.qualifier is None else {"qualifier": function.qualifier}
        answer = await self._invoker.invoke(asked.scope, function.name, event, **named)
        outcome: Outcome = outcome_of(answer, found.sequences, found.policy)
        records = len(found.records)
        done = records if outcome.failed_at is None else outcome.failed_at
        trouble = answer.payload.decode("utf-8", "replace")[:TROUBLE_CHARS_MAX]
        return {
            "function": asked.function_arn,
            "shard": asked.shard_id,
            "told": asked.records,
            "records": records,
            "delivered": done,
            "trouble": None if outcome.failed_at is None else trouble,
        }

    def _find(self, tx: Transaction, asked: Asked) -> Found:
        mapping = _mapping_of(tx, asked)
        policy = Policy() if mapping is None else mapping.policy._replace(windowed=False)
        if asked.payload is not None:
            records = asked.payload.get("Records", [])
            sequences = [from_wire(one["dynamodb"]["SequenceNumber"]) or 0 for one in records]
            return Found([orjson.dumps(one) for one in records], sequences, policy)
        if not asked.records:
            raise OperatorError(
                "the message tells of a window that could not be closed: it has no records, and "
                "its state is gone."
            )
        stream = _stream_of(tx, asked)
        entries = self._entries(tx, stream, asked)
        renderer = Renderer(stream.view, stream.scope.region, stream.arn)
        log = _shard_log(tx, stream, asked)
        chosen = [
            (one.sequence, renderer.render(log, *one))
            for one in _theirs(
                entries, stream, asked, mapping, lambda one: renderer.render(log, *one)
            )
        ]
        return Found([record for _, record in chosen], [one for one, _ in chosen], policy)

    def _entries(self, tx: Transaction, stream: Stream, asked: Asked) -> list[Entry]:
        """Every record of the shard from the first to the last that was told of."""
        shard = load_shard(tx, stream, asked.shard_id)
        if shard is None or asked.first < readable_from(shard, self._clock.now_ms()):
            raise OperatorError(
                f"the records from {asked.first} on have left the stream: it keeps them for 24 "
                "hours. Their items may still be in the table; the records are gone."
            )
        found = tx.range(
            keyspace.record_key(shard.log, asked.first),
            keyspace.record_key(shard.log, asked.last) + b"\0",
        )
        return [Entry(keyspace.sequence_of(key), stored) for key, stored in found]


def asked_of(message: dict[str, Any]) -> Asked:
    """What a message says. Raises OperatorError if a mapping did not write it."""
    try:
        batch = message["DDBStreamBatchInfo"]
        function_arn = str(message["requestContext"]["functionArn"])
        arn = parse_arn(function_arn)
        first, last = (from_wire(batch[f"{end}SequenceNumber"]) for end in ("start", "end"))
        payload = message.get("payload")
        if arn is None or first is None or last is None:
            raise ValueError
        return Asked(
            function_arn,
            Scope(arn.account, arn.region),
            str(batch["streamArn"]),
            str(batch["shardId"]),
            first,
            last,
            int(batch["batchSize"]),
            payload if isinstance(payload, dict) else None,
        )
    except (KeyError, TypeError, ValueError):
        raise OperatorError(
            "this is not what a mapping tells its OnFailure destination: requestContext and "
            "DDBStreamBatchInfo are missing or incomplete. Give such a message, as it was sent."
        ) from None


def _mapping_of(tx: Transaction, asked: Asked) -> Mapping | None:
    """The mapping that told, if it is still there."""
    for mapping in mappings_of(tx, asked.scope):
        if mapping.stream_arn == asked.stream_arn and mapping.function_arn == asked.function_arn:
            return mapping
    return None


def _stream_of(tx: Transaction, asked: Asked) -> Stream:
    name = parse_stream_arn(asked.stream_arn)
    stream = None if name is None else load_stream(tx, name)
    if stream is None:
        raise OperatorError(f"there is no stream {asked.stream_arn} here (any more).")
    return stream


def _shard_log(tx: Transaction, stream: Stream, asked: Asked) -> int:
    shard = load_shard(tx, stream, asked.shard_id)
    assert shard is not None
    return shard.log


def _theirs(
    entries: list[Entry],
    stream: Stream,
    asked: Asked,
    mapping: Mapping | None,
    render: Callable[[Entry], bytes],
) -> list[Entry]:
    """Of everything in between, the records that were told of.

    Raises OperatorError if that cannot be known: the mapping has other settings now.
    """
    if len(entries) == asked.records:
        return entries
    filters = None if mapping is None else compile_filters(mapping.filters)
    if filters is not None:
        entries = [one for one in entries if filters.admits(kind_of(one.stored), render(one))]
    if len(entries) == asked.records:
        return entries
    name = partition_key_of(stream.key_schema)
    spreads = [key_spread(keys_of(one.stored), name) for one in entries]
    own = [mapping.parallelization] if mapping is not None else []
    for lanes in (*own, *range(2, 11)):
        chosen = [
            one
            for one, spread in zip(entries, spreads, strict=True)
            if spread % lanes == spreads[0] % lanes
        ]
        if len(chosen) == asked.records:
            return chosen
    raise OperatorError(
        f"the message tells of {asked.records} records, and {len(entries)} lie between the first "
        "and the last: the mapping had other filters or another ParallelizationFactor then. Set "
        "those again, or fetch the records by their sequence numbers with GetRecords."
    )
