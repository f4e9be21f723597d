"""What is still on its way: every change that a mapping has yet to deal with, and why.

Told by numbers, not by impressions: the last record of each shard against the position of each
mapping on it, read in one transaction. What the mapping's lane says of itself (how often it has
tried, until when it waits) is added for people.
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Any

from headwater.changelog.read import horizon
from headwater.changelog.retention import is_shard_gone, is_stream_gone
from headwater.changelog.shards import Shard, startable
from headwater.changelog.stream import last_sequence, load_shards, load_stream
from headwater.consumers.checkpoint import Checkpoint, load_checkpoints
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.registry import every_mapping
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.sequence import from_wire, ms_of, to_wire

COUNTED_MAX = 1000  # records that are counted one by one; more are told as this many

Lanes = Map[tuple[str, str], dict[str, Any]]
"""Status of each running lane, by mapping and shard."""


def lanes_of(statuses: Sequence[dict[str, Any]]) -> Lanes:
    """From Mappings.status()."""
    return {
        (status["uuid"], lane["shard_id"]): lane for status in statuses for lane in status["lanes"]
    }


def undelivered(tx: Transaction, lanes: Lanes, now_ms: int) -> list[dict[str, Any]]:
    """What each mapping has yet to deliver, one entry for each shard of it that has any."""
    found: list[dict[str, Any]] = []
    for mapping in every_mapping(tx):
        if mapping.in_transition:
            why = f"the mapping is {mapping.state}"
            found.append({**_named(mapping), "shard": None, "why": why})
        if mapping.enabled:
            found += _of_mapping(tx, mapping, lanes, now_ms)
    return found


def position_of(
    shard: Shard, mapping: Mapping, checkpoints: Map[str, Checkpoint], lanes: Lanes, now_ms: int
) -> int:
    """The sequence up to which `mapping` has dealt with `shard`.

    A lane may be further than what it has stored: records that only its filters dropped.
    """
    checkpoint = checkpoints.get(shard.id)
    after = checkpoint.after if checkpoint is not None else -1
    if checkpoint is not None and checkpoint.finished:
        return max(after, shard.ending or 0)
    lane = lanes.get((mapping.uuid, shard.id))
    if lane is not None:
        after = max(after, from_wire(lane["position"]) or 0)
    # What left the stream before it could be delivered is not on its way any more.
    return max(after, horizon(now_ms) - 1)


def count_records(tx: Transaction, log: int, after: int) -> int:
    """Records of a log above `after`, up to COUNTED_MAX."""
    return len(tx.range(*keyspace.log_range(log, after + 1), limit=COUNTED_MAX))


def _oldest_ms(tx: Transaction, log: int, after: int) -> int:
    """When the first record of a log above `after` was made; there is one."""
    found = tx.range(*keyspace.log_range(log, after + 1), limit=1)
    return ms_of(keyspace.sequence_of(found[0][0])) if found else 0


def _of_mapping(
    tx: Transaction, mapping: Mapping, lanes: Lanes, now_ms: int
) -> list[dict[str, Any]]:
    stream = load_stream(tx, mapping.stream)
    if stream is None or is_stream_gone(stream, now_ms):
        return []
    shards = [shard for shard in load_shards(tx, stream) if not is_shard_gone(shard, now_ms)]
    checkpoints = load_checkpoints(tx, mapping.owner)
    finished = {name for name, checkpoint in checkpoints.items() if checkpoint.finished}
    open_to_read = {shard.id for shard in startable(shards, finished)}
    found = []
    for shard in shards:
        after = position_of(shard, mapping, checkpoints, lanes, now_ms)
        last = last_sequence(tx, shard)
        if last is None or last <= after:
            continue
        lane = lanes.get((mapping.uuid, shard.id))
        entry = {
            **_named(mapping),
            "shard": shard.id,
            "position": to_wire(max(after, 0)),
            "last": to_wire(last),
            "records": count_records(tx, shard.log, after),
            "oldest_ms": _oldest_ms(tx, shard.log, after),
        }
        if lane is not None:
            entry |= {"why": why_waiting(lane, now_ms), **_facts(lane)}
        elif shard.id not in open_to_read:
            entry["why"] = f"waits for its parent {shard.parent}"
        else:
            entry["why"] = "its reader has not started yet"
        found.append(entry)
    return found


def _named(mapping: Mapping) -> dict[str, Any]:
    return {
        "mapping": mapping.uuid,
        "function": mapping.function,
        "stream_arn": mapping.stream_arn,
    }


def _facts(lane: dict[str, Any]) -> dict[str, Any]:
    return {
        "phase": lane["phase"],
        "attempts": max(lane["attempts"], lane["failures"]),
        "next_try_ms": lane["until_ms"],
        "trouble": lane["trouble"],
    }


def failed(times: int) -> str:
    """
    >>> failed(1), failed(2)
    ('failed once', 'failed 2 times')
    """
    return "failed once" if times == 1 else f"failed {times} times"


def why_waiting(lane: dict[str, Any], now_ms: int) -> str:
    """In words, what a lane is doing."""
    until_ms = lane["until_ms"]
    wait_ms = None if until_ms is None else max(0, until_ms - now_ms)
    if lane["phase"] == "invoking":
        return f"{lane['batch_records']} records are at the function"
    if lane["phase"] == "pause":
        return f"{failed(max(lane['attempts'], lane['failures']))}, tried again in {wait_ms} ms"
    if lane["phase"] == "window":
        return f"its batch is gathered for another {wait_ms} ms"
    return "is being read"
