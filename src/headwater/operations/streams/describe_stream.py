"""DescribeStream: a stream and a page of its shards, oldest first, with their lineage."""

import re
from typing import Any

from headwater.changelog.retention import is_shard_gone
from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream, load_shards
from headwater.errors import Validation
from headwater.limits import DESCRIBE_STREAM_SHARDS_MAX
from headwater.operations.call import Call
from headwater.operations.dynamodb.statuses import delay_ms
from headwater.operations.streams.stream_params import limit_of, stream_of
from headwater.storage.sequence import to_wire

_NOT_NULL = (
    "1 validation error detected: Value null at 'shardFilter.{}' failed to satisfy constraint: "
    "Member must not be null"
)
_SHARD_ID = re.compile(r"shardId-[0-9]{20}(-[0-9a-z]+)?")
_NO_SHARD_ID = (
    "1 validation error detected: Value '{}' at 'shardFilter.shardId' failed to satisfy "
    "constraint: Member must satisfy regular expression pattern: {}"
)


def describe_stream(call: Call) -> dict[str, Any]:
    """An ExclusiveStartShardId that names no shard is no error: the list goes on after its place.

    Raises Validation, ResourceNotFound; on a strict node also Throttling.
    """
    if call.node.stream_limits is not None:
        call.node.stream_limits.describe_stream(call.scope)
    limit = limit_of(call, DESCRIBE_STREAM_SHARDS_MAX)
    parent = _wanted_parent(call)
    stream = stream_of(call)
    now_ms = call.node.clock.now_ms()
    after = call.params.get("ExclusiveStartShardId", "")
    shards = [
        shard
        for shard in load_shards(call.tx, stream, after)
        if not is_shard_gone(shard, now_ms) and (parent is None or shard.parent == parent)
    ]
    described: dict[str, Any] = {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": _status(call, stream, now_ms),
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.created_ms / 1000,
        "TableName": stream.table,
        "KeySchema": stream.key_schema,
        "Shards": [_described(shard) for shard in shards[:limit]],
    }
    if len(shards) > limit:
        described["LastEvaluatedShardId"] = shards[limit - 1].id
    return {"StreamDescription": described}


def _status(call: Call, stream: Stream, now_ms: int) -> str:
    """On a node whose changes of tables last, turning a stream on or off lasts as long. A stream
    whose table is deleted is off at once."""
    changed_ms = stream.created_ms if stream.disabled_ms is None else stream.disabled_ms
    # With a clock that was set back the moment may lie ahead.
    if not 0 <= now_ms - changed_ms < delay_ms(call):
        return stream.status
    if stream.disabled_ms is None:
        return "ENABLING"
    table = call.node.catalog.find(call.tx, call.scope, stream.table)
    return "DISABLED" if table is None or table.schema.id != stream.table_id else "DISABLING"


def _wanted_parent(call: Call) -> str | None:
    """The shard whose children a ShardFilter asks for; its Type has but one value."""
    wanted = call.params.get("ShardFilter")
    if wanted is None:
        return None
    for member in ("Type", "ShardId"):
        if member not in wanted:
            raise Validation(_NOT_NULL.format(member[0].lower() + member[1:]))
    parent: str = wanted["ShardId"]
    if _SHARD_ID.fullmatch(parent) is None:
        raise Validation(_NO_SHARD_ID.format(parent, _SHARD_ID.pattern))
    return parent


def _described(shard: Shard) -> dict[str, Any]:
    bounds = {"StartingSequenceNumber": to_wire(shard.starting)}
    if shard.ending is not None:
        bounds["EndingSequenceNumber"] = to_wire(shard.ending)
    described: dict[str, Any] = {"ShardId": shard.id, "SequenceNumberRange": bounds}
    if shard.parent is not None:
        described["ParentShardId"] = shard.parent
    return described
