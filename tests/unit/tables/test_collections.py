"""Item collections: what they weigh after any writes, and the bound that AWS puts on them.

Source: AWS, developer guide, "Local secondary indexes", "Item collection size limit"; the text is
AWS's own. Expected weights: the sizes of the items and of their entries, by the documented sums.
"""

import asyncio
import random
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.changelog.conflict import Stamp
from headwater.clock import ManualClock
from headwater.errors import ItemCollectionSizeLimitExceeded
from headwater.storage import keyspace
from headwater.storage.identifiers import take_id
from headwater.storage.memory import open_memory
from headwater.tables import collections
from headwater.tables.catalog import Catalog
from headwater.tables.definition import drop
from headwater.tables.keys import key_of_item, key_of_request
from headwater.tables.replicas import with_replica
from headwater.tables.schema import Index, Schema, Table
from headwater.tables.write import delete, place, put, repeat
from headwater.values.codec import encode_item
from headwater.values.size import item_size

LOCAL = Index(1, "by-x", False, ("pk",), ("x",), "KEYS_ONLY")
GLOBAL = Index(2, "all-by-x", True, ("x",), (), "ALL")


def new_table(tx, *indexes):
    schema = Schema(
        scope=Scope("000000000000", "us-east-1"),
        name="T",
        id=take_id(tx),
        uuid="u",
        created_ms=0,
        attributes={"pk": "S", "sk": "S", "x": "S"},
        hash_name="pk",
        range_name="sk",
        billing="PAY_PER_REQUEST",
        throughput=(0, 0),
        partitions=(0,),
        indexes=indexes,
        next_index=3,
    )
    return Table(schema, None)


def item(pk, sk, **attributes):
    return {name: {"S": text} for name, text in {"pk": pk, "sk": sk, **attributes}.items()}


def store(tx, table, one):
    put(tx, table, one, item_size(one), 0)


def remove(tx, table, one):
    key = {name: one[name] for name in ("pk", "sk")}
    delete(tx, table, key_of_request(table, key), 0)


def expected(held, pk):
    """Items of a partition key, and their keys once more where they are in the local index."""
    mine = [one for one in held.values() if one["pk"]["S"] == pk]
    entries = [{name: one[name] for name in ("pk", "sk", "x")} for one in mine if "x" in one]
    return sum(map(item_size, mine)) + sum(map(item_size, entries))


@pytest.fixture
def do():
    """do(work): what `work` returns in a transaction of the one engine of a test."""
    engine = open_memory(ManualClock(1_772_600_767_891))
    yield lambda work: asyncio.run(_run(engine, work))
    engine.close()


async def _run(engine, work):
    return await engine.run(work)


@pytest.mark.parametrize("seed", range(5))
def test_a_collection_weighs_what_is_in_it(do, seed):
    choose = random.Random(seed)
    table = do(lambda tx: new_table(tx, LOCAL, GLOBAL))
    held: dict[Any, Any] = {}
    for _ in range(60):
        pk, sk = choose.choice("ab"), choose.choice("1234")
        one = item(pk, sk, **choose.choice([{}, {"x": "y"}, {"x": "yy", "z": "w" * 9}]))
        if choose.random() < 0.3:
            held.pop((pk, sk), None)
            do(lambda tx, one=one: remove(tx, table, one))
        else:
            held[pk, sk] = one
            do(lambda tx, one=one: store(tx, table, one))
    for pk in "ab":
        weight = do(lambda tx, pk=pk: collections.collection_bytes(tx, table, item(pk, "1")))
        assert weight == expected(held, pk)


def test_a_collection_grows_to_its_bound_and_shrinks_beyond_it(do, monkeypatch):
    table = do(lambda tx: new_table(tx, LOCAL))
    one = item("a", "1", z="w" * 100)
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 2 * item_size(one))
    do(lambda tx: store(tx, table, one))
    do(lambda tx: store(tx, table, item("a", "2", z="w" * 100)))
    with pytest.raises(ItemCollectionSizeLimitExceeded, match="Collection size exceeded"):
        do(lambda tx: store(tx, table, item("a", "3")))
    do(lambda tx: store(tx, table, item("b", "3")))
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 10)
    do(lambda tx: store(tx, table, item("a", "2", z="w" * 90)))
    do(lambda tx: remove(tx, table, one))


def test_what_is_refused_leaves_nothing_in_a_transaction_that_goes_on(do, monkeypatch):
    """As a batch of statements goes on with the next one."""
    table = do(lambda tx: new_table(tx, LOCAL))
    one = item("a", "1", x="y")
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 10)

    def refused(tx):
        with pytest.raises(ItemCollectionSizeLimitExceeded):
            store(tx, table, one)

    def left(tx):
        key = key_of_item(table, one)
        return (
            tx.get(key.data),
            tx.counter(table.counter_key),
            collections.collection_bytes(tx, table, one),
        )

    do(refused)
    assert do(left) == (None, (0, 0), 0)


def test_what_another_region_has_taken_is_taken_by_a_full_collection(do, monkeypatch):
    """Or the link between both would stand still; a caller's own writes are refused."""
    table = do(lambda tx: new_table(tx, LOCAL))
    table = Table(with_replica(table.schema, "g", "eu-west-1", Status="ACTIVE"), None)
    one = item("a", "1", x="y", z="w" * 100)
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 10)

    def hear(tx):
        key = key_of_item(table, one)
        repeat(tx, table, key, encode_item(one), item_size(one), Stamp(9, "eu-west-1"), 0)
        return collections.collection_bytes(tx, table, one)

    assert do(hear) == expected({"1": one}, "a")
    with pytest.raises(ItemCollectionSizeLimitExceeded):
        do(lambda tx: store(tx, table, item("a", "2")))
    do(lambda tx: remove(tx, table, one))


def test_what_a_table_has_held_is_placed_again_however_much_it_is(do, monkeypatch):
    """A restore of a table that other regions have filled."""
    table = do(lambda tx: new_table(tx, LOCAL))
    one = item("a", "1", x="y")
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 10)
    do(lambda tx: place(tx, table, encode_item(one), item_size(one), 0))
    weight = do(lambda tx: collections.collection_bytes(tx, table, one))
    assert weight == expected({"1": one}, "a")


def test_without_a_local_index_there_is_no_bound(do, monkeypatch):
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 10)
    for indexes in ((), (GLOBAL,)):
        table = do(lambda tx, indexes=indexes: new_table(tx, *indexes))
        do(lambda tx, table=table: store(tx, table, item("a", "1", x="y" * 100)))


def test_a_table_that_is_dropped_leaves_no_weights(do):
    table = do(lambda tx: new_table(tx, LOCAL))
    do(lambda tx: store(tx, table, item("a", "1")))
    do(lambda tx: drop(tx, Catalog(), table, 0))
    assert do(lambda tx: tx.range(*keyspace.collections_range(table.schema.id))) == []
