"""GetShardIterator: a position in a shard, for GetRecords to start at."""

from typing import Any, NamedTuple

from headwater.changelog.position import Position, encode_position
from headwater.changelog.retention import readable_from
from headwater.changelog.shards import Shard
from headwater.changelog.stream import last_sequence
from headwater.errors import TrimmedDataAccess, Validation
from headwater.operations.call import Call
from headwater.operations.streams.stream_params import shard_of, stream_of
from headwater.storage.sequence import at_ms, from_wire, to_wire

_BY_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
_FOR_TYPE = "{} {} for ShardIteratorType {}"


class _Start(NamedTuple):
    after: int
    from_horizon: bool = False


_OLDEST = _Start(0, from_horizon=True)


def get_shard_iterator(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound, TrimmedDataAccess."""
    kind = call.params["ShardIteratorType"]
    _check_combination(call, kind)
    stream = stream_of(call)
    shard = shard_of(call, stream)
    start = _start(call, kind, shard)
    limits = call.node.stream_limits
    reader = 0 if limits is None else limits.new_reader()
    position = Position(
        stream.arn, stream.id, stream.view, shard.id, start.after, start.from_horizon, reader
    )
    now_ms = call.node.clock.now_ms()
    return {"ShardIterator": encode_position(position, now_ms, call.node.iterator_secret)}


def _check_combination(call: Call, kind: str) -> None:
    """SequenceNumber and Timestamp go with the types that need them, and with no other."""
    for member, kinds in (("SequenceNumber", _BY_NUMBER), ("Timestamp", ("AT_TIMESTAMP",))):
        if kind in kinds and member not in call.params:
            raise Validation(_FOR_TYPE.format(member, "is required", kind))
        if kind not in kinds and member in call.params:
            raise Validation(_FOR_TYPE.format(member, "must not be specified", kind))


def _start(call: Call, kind: str, shard: Shard) -> _Start:
    if kind == "TRIM_HORIZON":
        return _OLDEST
    if kind == "LATEST":
        last = last_sequence(call.tx, shard)
        return _Start(max(shard.starting - 1, shard.trimmed) if last is None else last)
    if kind == "AT_TIMESTAMP":
        return _start_at_ms(call, shard, round(call.params["Timestamp"] * 1000))
    sequence = _sequence(call, shard)
    return _Start(sequence - 1 if kind == "AT_SEQUENCE_NUMBER" else sequence)


def _start_at_ms(call: Call, shard: Shard, moment_ms: int) -> _Start:
    now_ms = call.node.clock.now_ms()
    if moment_ms > now_ms:
        raise Validation("Timestamp must not be in the future")
    first = at_ms(max(0, moment_ms))
    return _Start(first - 1) if first > readable_from(shard, now_ms) else _OLDEST


def _sequence(call: Call, shard: Shard) -> int:
    """The request's SequenceNumber, which must be of this shard and not too old."""
    text = call.params["SequenceNumber"]
    sequence = from_wire(text)
    if sequence is None:
        raise Validation(f"Invalid SequenceNumber: {text}")
    # AWS's trim point: older than that is refused, whatever there was.
    if shard.starting <= sequence < readable_from(shard, call.node.clock.now_ms()):
        raise TrimmedDataAccess
    end = shard.ending
    if end is None:
        end = max(shard.starting, shard.trimmed, last_sequence(call.tx, shard) or 0)
    if not shard.starting <= sequence <= end:
        raise Validation(
            f"Invalid SequenceNumber: {text} is not in the range of shard {shard.id}, "
            f"{to_wire(shard.starting)} to {to_wire(end)}"
        )
    return sequence
