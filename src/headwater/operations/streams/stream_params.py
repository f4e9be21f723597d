"""Which stream a request means, and how a shard is found in it."""

from headwater.arns import StreamName, parse_stream_arn
from headwater.changelog.retention import is_shard_gone, is_stream_gone
from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream, load_shard, load_stream
from headwater.errors import ResourceNotFound, Validation
from headwater.operations.call import Call

_OUT_OF_RANGE = (
    "1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: "
    "Member must have value less than or equal to {}"
)


def stream_name(text: str) -> StreamName:
    """The parts of a stream's ARN. Raises Validation for what is none."""
    name = parse_stream_arn(text)
    if name is None:
        raise Validation(f"Invalid StreamArn: {text}")
    return name


def stream_of(call: Call) -> Stream:
    """The stream that the request's StreamArn means, while it is readable.

    Raises Validation for what is no stream's ARN, ResourceNotFound.
    """
    text = call.params["StreamArn"]
    name = stream_name(text)
    stream = load_stream(call.tx, name) if name.scope == call.scope else None
    if stream is None or is_stream_gone(stream, call.node.clock.now_ms()):
        raise ResourceNotFound(f"Requested resource not found: Stream: {text} not found")
    return stream


def shard_of(call: Call, stream: Stream) -> Shard:
    """The shard that the request's ShardId means. Raises ResourceNotFound, also if trimmed."""
    shard = load_shard(call.tx, stream, call.params["ShardId"])
    if shard is None or is_shard_gone(shard, call.node.clock.now_ms()):
        raise ResourceNotFound("Requested resource not found: Shard does not exist")
    return shard


def limit_of(call: Call, most: int) -> int:
    """The request's Limit, `most` if it has none.

    The model knows the lower bound only. Raises Validation above `most`.
    """
    limit: int = call.params.get("Limit", most)
    if limit > most:
        raise Validation(_OUT_OF_RANGE.format(limit, most))
    return limit
