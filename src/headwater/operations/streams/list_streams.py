"""ListStreams: the streams that are on, and those turned off or orphaned in the last 24 hours."""

from typing import Any

from headwater.changelog.retention import is_stream_gone
from headwater.changelog.stream import Stream
from headwater.limits import LIST_STREAMS_MAX
from headwater.operations.call import Call
from headwater.operations.streams.stream_params import limit_of, stream_name
from headwater.storage import keyspace


def list_streams(call: Call) -> dict[str, Any]:
    """Sorted by table and age. An unknown TableName gives an empty list.

    Raises Validation; on a strict node also Throttling.
    """
    if call.node.stream_limits is not None:
        call.node.stream_limits.list_streams(call.scope)
    limit = limit_of(call, LIST_STREAMS_MAX)
    prefix = keyspace.streams_prefix(call.scope, call.params.get("TableName"))
    start = prefix
    after = call.params.get("ExclusiveStartStreamArn")
    if after is not None:
        # It need not be there any more: the place it had is where the list goes on.
        name = stream_name(after)
        start = max(start, keyspace.stream_key(call.scope, name.table, name.label) + b"\0")
    found = call.tx.range(start, keyspace.successor(prefix), limit=limit)
    streams = [Stream.decode(data) for _, data in found]
    now_ms = call.node.clock.now_ms()
    answer: dict[str, Any] = {
        "Streams": [_listed(stream) for stream in streams if not is_stream_gone(stream, now_ms)]
    }
    if len(streams) == limit:
        # As on AWS, a full page has it even if nothing follows.
        answer["LastEvaluatedStreamArn"] = streams[-1].arn
    return answer


def _listed(stream: Stream) -> dict[str, str]:
    return {
        "StreamArn": stream.arn,
        "TableName": stream.table,
        "StreamLabel": stream.label,
    }
