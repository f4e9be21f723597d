"""Writes of other regions, repeated: whatever way they come in, the same is left.

The rule is AWS's "last writer wins" (developer guide, "How DynamoDB global tables work"), with ties
by region; the model below is that sentence and nothing else.
"""

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.changelog.conflict import UNSTAMPED, Stamp, wins
from headwater.changelog.read import read_log
from headwater.changelog.record import TTL_IDENTITY, unpack
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.storage.engine import Transaction
from headwater.storage.memory import open_memory
from headwater.tables import stored
from headwater.tables.catalog import Catalog
from headwater.tables.definition import create
from headwater.tables.keys import Key, key_of_item
from headwater.tables.replicas import with_replica
from headwater.tables.schema import Schema, Table
from headwater.tables.tombstones import stamp_of_deleted, sweep_tombstones, tombstones
from headwater.tables.write import delete, put, repeat
from headwater.values.codec import encode_item

NOW_MS = 1_772_600_767_891
HERE = "us-east-1"
REGIONS = ("ap-south-1", "eu-west-1", HERE)
EVERYTHING = 1 << 62


class Told(NamedTuple):
    """A write as it comes from another region; value None: a delete."""

    key: str
    stamp: Stamp
    value: int | None


class Replica:
    """One replicated table in memory."""

    def __init__(self) -> None:
        self.engine = open_memory(ManualClock(NOW_MS))
        self.catalog = Catalog()
        schema = Schema(
            scope=Scope("000000000000", HERE),
            name="Orders",
            id=1,
            uuid="u",
            created_ms=NOW_MS,
            attributes={"pk": "S"},
            hash_name="pk",
            range_name=None,
            billing="PAY_PER_REQUEST",
            throughput=(0, 0),
            partitions=(0,),
            ttl_name="ends",
        )
        schema = with_replica(schema, "g", "eu-west-1", Status="ACTIVE")
        self.table: Table = self.run(
            lambda tx: create(tx, self.catalog, SeededIds(1), NOW_MS, schema, "NEW_AND_OLD_IMAGES")
        )

    def run(self, work: Any) -> Any:
        return asyncio.run(self._run(work))

    async def _run(self, work: Any) -> Any:
        return await self.engine.run(work)

    def key(self, name: str) -> Key:
        return key_of_item(self.table, {"pk": {"S": name}})

    def tell(self, writes: Iterable[Told]) -> None:
        def work(tx: Transaction) -> None:
            for name, stamp, value in writes:
                json = b"" if value is None else encode_item(item(name, value))
                size = 0 if value is None else 9
                repeat(tx, self.table, self.key(name), json, size, stamp, NOW_MS)

        self.run(work)

    def state(self) -> dict[str, tuple[bytes, Stamp]]:
        """Every item and mark with its stamp."""

        def work(tx: Transaction) -> dict[str, tuple[bytes, Stamp]]:
            found = {}
            for name in "abc":
                value = tx.get(self.key(name).data)
                if value is not None:
                    found[name] = (stored.json_of(value), stored.stamp_of(value))
                    assert stamp_of_deleted(tx, self.table, self.key(name)) is None
                elif (stamp := stamp_of_deleted(tx, self.table, self.key(name))) is not None:
                    found[name] = (b"", stamp)
            return found

        result: dict[str, tuple[bytes, Stamp]] = self.run(work)
        return result

    def replayed(self) -> dict[str, bytes]:
        """The table, rebuilt from its stream."""
        assert self.table.stream is not None
        (shard,) = self.table.stream.shards.shards
        images: dict[bytes, bytes] = {}
        for entry in self.run(lambda tx: read_log(tx, shard.log, 0, 10_000)):
            change = unpack(entry.stored)
            assert images.get(change.keys, b"") == change.old, "a change is missing"
            images[change.keys] = change.new
        return {
            name: image
            for name in "abc"
            if (image := images.get(encode_item({"pk": {"S": name}}), b""))
        }


def item(name: str, value: int) -> dict[str, Any]:
    return {"pk": {"S": name}, "v": {"N": str(value)}}


STAMPS = st.builds(Stamp, st.integers(1, 4), st.sampled_from(REGIONS))


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """Writes with stamps that occur once for each item, as real ones do; then some twice."""
    names = st.tuples(st.sampled_from("abc"), STAMPS)
    chosen = draw(st.lists(names, unique=True, max_size=12))
    told = [
        Told(name, stamp, number if draw(st.booleans()) else None)
        for number, (name, stamp) in enumerate(chosen)
    ]
    again = draw(st.lists(st.sampled_from(told), max_size=6)) if told else []
    return draw(st.permutations(told + again))


@given(histories())
def test_in_whatever_order_writes_come_the_last_of_each_item_is_left(told: list[Told]) -> None:
    replica = Replica()
    replica.tell(told)
    expected: dict[str, tuple[bytes, Stamp]] = {}
    for write in sorted(told, key=lambda write: write.stamp):
        image = b"" if write.value is None else encode_item(item(write.key, write.value))
        expected[write.key] = (image, write.stamp)
    assert replica.state() == expected
    assert replica.replayed() == {key: image for key, (image, _) in expected.items() if image}


@given(STAMPS, STAMPS, STAMPS)
def test_of_any_stamps_exactly_one_is_the_last(one: Stamp, two: Stamp, three: Stamp) -> None:
    assert wins(one, None)
    assert not wins(one, one)
    assert one == two or wins(one, two) != wins(two, one)
    for a, b, c in itertools.permutations((one, two, three)):
        assert not (wins(a, b) and wins(b, c)) or wins(a, c)


def test_an_item_of_before_the_replicas_is_older_than_any_write() -> None:
    assert wins(UNSTAMPED, None)
    assert wins(Stamp(1, ""), UNSTAMPED)


def test_a_write_here_is_later_than_whatever_came_before_it() -> None:
    """The other region's clock is an hour ahead."""
    replica = Replica()
    ahead = Stamp(((NOW_MS + 3_600_000) << 20) + 5, "eu-west-1")

    def work(tx: Transaction) -> None:
        tx.pass_sequence(ahead.time)
        image = encode_item(item("a", 1))
        repeat(tx, replica.table, replica.key("a"), image, 9, ahead, NOW_MS)
        put(tx, replica.table, item("a", 2), 9, NOW_MS)

    replica.run(work)
    image, stamp = replica.state()["a"]
    assert image == encode_item(item("a", 2))
    assert stamp.region == HERE
    assert stamp > ahead


@pytest.mark.parametrize("is_known_first", [True, False])
def test_a_longer_life_given_elsewhere_wins_over_the_end_here(is_known_first: bool) -> None:
    """TTL deletes what it has found; the update that it had not heard of is not undone."""
    replica = Replica()
    longer = Told("a", Stamp(20, "eu-west-1"), 2)
    replica.tell([Told("a", Stamp(10, "eu-west-1"), 1)])
    if is_known_first:
        replica.tell([longer])

    def end(tx: Transaction) -> None:
        delete(tx, replica.table, replica.key("a"), NOW_MS, identity=TTL_IDENTITY, has_ended=True)

    replica.run(end)
    assert replica.state()["a"] == (b"", Stamp(21 if is_known_first else 11, HERE))
    replica.tell([longer])
    assert (replica.state()["a"][0] != b"") is not is_known_first


def test_marks_go_when_they_are_old_and_nothing_older_can_come() -> None:
    replica = Replica()
    replica.tell(
        [Told(name, Stamp(time, "eu-west-1"), None) for name, time in (("a", 5), ("b", 9))]
    )

    def left(before: int, buried_before_ms: int) -> set[int]:
        def work(tx: Transaction) -> set[int]:
            assert sweep_tombstones(tx, replica.table, b"", before, buried_before_ms) is None
            return {mark.stamp.time for mark in tombstones(tx, replica.table, b"", None, None)}

        found: set[int] = replica.run(work)
        return found

    assert left(EVERYTHING, NOW_MS) == {5, 9}
    assert left(9, NOW_MS + 1) == {9}
    assert left(10, NOW_MS + 1) == set()
