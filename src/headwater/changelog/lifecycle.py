"""When a shard ends and what follows it: roll-over to one child, split into two.

`due` is the choice, a function of values. `roll` and `split` do it, within a transaction: the
parent is closed and its children are opened at once, so no record can fall between them, and a
reader that finishes the parent first sees every item's changes in order.

Source: AWS, developer guide, "Change data capture for DynamoDB Streams" (splits with a table's
partitions); that shards roll over after about four hours is the community's observation.
"""

from dataclasses import dataclass
from typing import Literal

from headwater.changelog.shards import Shard
from headwater.changelog.stream import OpenStream, close_shard, open_shard
from headwater.ids import Ids
from headwater.storage.engine import Transaction

HOUR_MS = 60 * 60 * 1000
JITTER_PART = 0.125  # of the period: shards of one stream do not all roll over at once

Step = Literal["keep", "roll", "split"]


@dataclass(frozen=True, slots=True)
class ShardPolicy:
    """When shards end.

    period_ms          a shard rolls over after about so long; 0: never
    writes_per_second  a partition that takes more is split; AWS's is 1,000
    bytes_max          a partition that holds more is split; AWS's is 10 GB
    """

    period_ms: int = 4 * HOUR_MS
    writes_per_second: float = 1000.0
    bytes_max: int = 10 * 1024**3


@dataclass(frozen=True, slots=True)
class Load:
    """What a partition takes and holds."""

    writes_per_second: float
    bytes: int


def due_at_ms(shard: Shard, policy: ShardPolicy) -> int | None:
    """When a shard rolls over: the period after it was opened, give or take its own jitter.

    The jitter comes from the shard's id, so it needs no place on disk and no dice.
    """
    if policy.period_ms == 0:
        return None
    share = int(shard.id[-8:], 16) / 0xFFFFFFFF  # 0..1
    return shard.created_ms + round(policy.period_ms * (1 + JITTER_PART * (2 * share - 1)))


def due(shard: Shard, now_ms: int, load: Load, policy: ShardPolicy) -> Step:
    """What should become of an open shard now."""
    is_hot = load.writes_per_second > policy.writes_per_second or load.bytes > policy.bytes_max
    if is_hot and shard.end_hash - shard.first_hash > 1:
        return "split"
    at_ms = due_at_ms(shard, policy)
    return "roll" if at_ms is not None and now_ms >= at_ms else "keep"


def roll(tx: Transaction, ids: Ids, opened: OpenStream, shard: Shard, now_ms: int) -> OpenStream:
    """Close an open shard and continue it in one child of the same range."""
    return _continue(tx, ids, opened, shard, [(shard.first_hash, shard.end_hash)], now_ms)


def split(
    tx: Transaction, ids: Ids, opened: OpenStream, shard: Shard, at_hash: int, now_ms: int
) -> OpenStream:
    """Close an open shard and continue it in two children that meet at `at_hash`."""
    assert shard.first_hash < at_hash < shard.end_hash, f"{at_hash} is not within {shard.id}"
    halves = [(shard.first_hash, at_hash), (at_hash, shard.end_hash)]
    return _continue(tx, ids, opened, shard, halves, now_ms)


def _continue(
    tx: Transaction,
    ids: Ids,
    opened: OpenStream,
    shard: Shard,
    bounds: list[tuple[int, int]],
    now_ms: int,
) -> OpenStream:
    others = [one for one in opened.shards.shards if one.id != shard.id]
    # The caller's may be from before it was trimmed.
    current = [one for one in opened.shards.shards if one.id == shard.id]
    assert current, f"{shard.id} is not open"
    closed = close_shard(tx, opened.stream, current[0], now_ms)
    children = [
        open_shard(tx, ids, opened.stream, closed, first, end, now_ms) for first, end in bounds
    ]
    return OpenStream(opened.stream, [*others, *children])


def middle(shard: Shard) -> int:
    """Where a shard's range of hashes is cut in half."""
    return (shard.first_hash + shard.end_hash) // 2


def with_bound(bounds: tuple[int, ...], at_hash: int) -> tuple[int, ...]:
    """A table's partitions, cut once more.

    >>> with_bound((0, 100), 50)
    (0, 50, 100)
    """
    assert at_hash not in bounds
    return tuple(sorted((*bounds, at_hash)))
