"""When shards end, and that no reader can lose its way when they do.

Sources: AWS, developer guide, "Change data capture for DynamoDB Streams" (parents before
children, splits); the period of about four hours is the community's observation.
"""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.changelog.lifecycle import (
    HOUR_MS,
    Load,
    ShardPolicy,
    due,
    due_at_ms,
    middle,
    roll,
    split,
)
from headwater.changelog.shards import Shard, partition_bounds, shard_id
from headwater.changelog.stream import OpenStream, load_shards, open_stream
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import HASH_SPACE
from headwater.storage.memory import open_memory

NOW_MS = 1_772_600_800_000
POLICY = ShardPolicy()
QUIET = Load(0, 0)


def shard(tail: str = "80000000", first: int = 0, end: int = HASH_SPACE) -> Shard:
    return Shard(shard_id(NOW_MS, tail), 1, None, first, end, 100, None)


@pytest.mark.parametrize(
    ("age_hours", "load", "policy", "expected"),
    [
        (0, QUIET, POLICY, "keep"),
        (3.4, QUIET, POLICY, "keep"),
        (4.6, QUIET, POLICY, "roll"),
        (400, QUIET, ShardPolicy(period_ms=0), "keep"),
        (0, Load(1000, 0), POLICY, "keep"),
        (0, Load(1001, 0), POLICY, "split"),
        (0, Load(0, 10 * 1024**3 + 1), POLICY, "split"),
        (4.6, Load(1001, 0), POLICY, "split"),
    ],
)
def test_what_is_due(age_hours: float, load: Load, policy: ShardPolicy, expected: str) -> None:
    assert due(shard(), NOW_MS + round(age_hours * HOUR_MS), load, policy) == expected


def test_a_partition_of_one_hash_is_never_split() -> None:
    assert due(shard(end=1), NOW_MS, Load(9999, 0), POLICY) == "keep"


@given(st.integers(0, 0xFFFFFFFF))
def test_shards_of_one_age_roll_over_within_an_eighth_of_the_period(tail: int) -> None:
    at_ms = due_at_ms(shard(f"{tail:08x}"), POLICY)
    assert at_ms is not None
    assert 3.5 * HOUR_MS <= at_ms - NOW_MS <= 4.5 * HOUR_MS


def opened(tx: Transaction, ids: SeededIds, partitions: int) -> OpenStream:
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    scope = Scope("000000000000", "us-east-1")
    bounds = partition_bounds(partitions)
    return open_stream(tx, ids, NOW_MS, scope, "Orders", "KEYS_ONLY", keys, bounds)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 99), st.integers(0, 500)), max_size=12))
def test_any_history_of_rolls_and_splits_keeps_the_hash_space_covered_and_ordered(
    steps: list[tuple[bool, int, int]],
) -> None:
    ids = SeededIds(1)
    clock = ManualClock(NOW_MS)
    engine = open_memory(clock)

    def history(tx: Transaction) -> list[Shard]:
        stream = opened(tx, ids, 2)
        for splits, pick, wait_ms in steps:
            clock.move(ms=wait_ms)
            one = stream.shards.shards[pick % len(stream.shards.shards)]
            tx.append(one.log, b"record")
            if splits:
                stream = split(tx, ids, stream, one, middle(one), clock.now_ms())
            else:
                stream = roll(tx, ids, stream, one, clock.now_ms())
        # OpenShards itself asserts that the open ones cover every hash exactly once.
        assert {one.id for one in stream.shards.shards} == {
            one.id for one in load_shards(tx, stream.stream) if one.ending is None
        }
        return load_shards(tx, stream.stream)

    shards = asyncio.run(engine.run(history))
    by_id = {one.id: one for one in shards}
    for one in shards:
        if one.parent is not None:
            parent = by_id[one.parent]
            assert parent.ending is not None and parent.ending < one.starting
            assert parent.id < one.id
            assert parent.first_hash <= one.first_hash < one.end_hash <= parent.end_hash
