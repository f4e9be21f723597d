"""The shard tree: ranges that cover every hash, lineage, and the order readers must follow.

Source: AWS, developer guide, "Change data capture for DynamoDB Streams": a parent is processed
before its children; ids are "shardId-", 20 digits, 8 hexadecimal digits (recorded answers).
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.changelog.shards import (
    OpenShards,
    Shard,
    partition_bounds,
    ranges,
    shard_id,
    startable,
)
from headwater.storage.keyspace import HASH_SPACE

NOW_MS = 1_772_600_800_000


def shard(name: str, parent: str | None = None, first: int = 0, end: int = HASH_SPACE) -> Shard:
    return Shard(name, 1, parent, first, end, 100, None)


def split(partitions: int) -> list[Shard]:
    bounds = ranges(partition_bounds(partitions))
    return [shard(f"s{number}", None, *bound) for number, bound in enumerate(bounds)]


@given(st.integers(1, 40), st.integers(0, HASH_SPACE - 1))
def test_every_hash_belongs_to_exactly_one_open_shard(partitions: int, hash_value: int) -> None:
    shards = split(partitions)
    holders = [one for one in shards if one.first_hash <= hash_value < one.end_hash]
    assert holders == [OpenShards(shards).at(hash_value)]


def test_a_hole_or_a_closed_shard_among_the_open_ones_is_our_bug() -> None:
    shards = split(3)
    with pytest.raises(AssertionError):
        OpenShards(shards[:2])
    with pytest.raises(AssertionError):
        OpenShards([*shards[:2], shards[2].closed(200, NOW_MS)])


def test_a_shard_id_has_awss_form() -> None:
    assert re.fullmatch(r"shardId-\d{20}-[0-9a-f]{8}", shard_id(1_772_600_767_891, "5f0c9a1b"))


def test_a_child_is_startable_only_when_its_parent_is_finished_or_trimmed() -> None:
    tree = [shard("a"), shard("b", "a"), shard("c", "b"), shard("d", "trimmed")]
    assert [one.id for one in startable(tree, set())] == ["a", "d"]
    assert [one.id for one in startable(tree, {"a"})] == ["b", "d"]
    assert [one.id for one in startable(tree, {"a", "b", "d"})] == ["c"]
    assert startable(tree, {"a", "b", "c", "d"}) == []


def test_a_shard_never_ends_below_its_start_nor_twice() -> None:
    assert shard("a").closed(7, NOW_MS).ending == 100
    assert shard("a").closed(700, NOW_MS).ending == 700
    with pytest.raises(AssertionError):
        shard("a").closed(700, NOW_MS).closed(800, NOW_MS)


def test_a_shard_is_read_back_as_it_was_written() -> None:
    one = shard("a", "b").closed(2**63 + 5, NOW_MS)
    assert Shard.decode(one.encode()) == one
