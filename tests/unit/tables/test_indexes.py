"""What a write does to the entries of indexes: no more than it must, told by what it stores."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.storage.local import LocalTransaction
from headwater.storage.memory import open_memory
from headwater.tables import write
from headwater.tables.keys import key_of_item
from headwater.tables.schema import CREATING, Index, Schema, Table
from headwater.values.attribute import canonical_item

SCHEMA = Schema(
    scope=Scope("000000000000", "us-east-1"),
    name="orders",
    id=7,
    uuid="",
    created_ms=0,
    attributes={"pk": "S", "gk": "S"},
    hash_name="pk",
    range_name=None,
    billing="PAY_PER_REQUEST",
    throughput=(0, 0),
    partitions=(0,),
)
INDEX = Index(1, "by_gk", True, ("gk",), (), "ALL")
KEYS_ONLY = replace(INDEX, projection="KEYS_ONLY")
INCLUDE = replace(INDEX, projection="INCLUDE", non_key=("note",))

FIRST = {"pk": {"S": "a"}, "gk": {"S": "x"}, "note": {"S": "one"}, "other": {"N": "1"}}
OTHER_CHANGED = {**FIRST, "other": {"N": "2"}}
NOTE_CHANGED = {**FIRST, "note": {"S": "two"}}
MOVED = {**FIRST, "gk": {"S": "y"}}
NO_ENTRY = {name: value for name, value in FIRST.items() if name != "gk"}


class Writes:
    """A table with one index, put into item by item."""

    def __init__(self, index):
        self.engine = open_memory(ManualClock(0))
        self.table = Table(replace(SCHEMA, indexes=(index,)), None)
        self.plan = self.table.plans[0]

    def put(self, raw):
        """What a put stores: of the table, of the index, and the units of the index."""
        tx = LocalTransaction(self.engine)
        item, size = canonical_item(raw)
        written = write.put(tx, self.table, item, size, 0)
        own = tx._writes[key_of_item(self.table, item).data]
        entries = {k: v for k, v in tx._writes.items() if k.startswith(self.plan.prefix)}
        counted = tx.counter(self.plan.counter_key)
        tx.commit()
        return SimpleNamespace(own=own, entries=entries, units=written.index_units, counted=counted)


def test_an_entry_that_keeps_all_is_the_items_bytes_and_not_another_copy():
    writes = Writes(INDEX)
    for item in (FIRST, NOTE_CHANGED, MOVED):
        put = writes.put(item)
        (kept,) = [value for value in put.entries.values() if value is not None]
        assert kept is put.own


@pytest.mark.parametrize(
    ("index", "changed"),
    [(KEYS_ONLY, OTHER_CHANGED), (KEYS_ONLY, NOTE_CHANGED), (INCLUDE, OTHER_CHANGED)],
)
def test_a_change_of_what_an_entry_does_not_keep_writes_nothing_to_the_index(index, changed):
    writes = Writes(index)
    before = writes.put(FIRST)
    after = writes.put(changed)
    assert after.entries == {}
    assert after.units == {}
    assert after.counted == before.counted


@pytest.mark.parametrize(("index", "changed"), [(INDEX, OTHER_CHANGED), (INCLUDE, NOTE_CHANGED)])
def test_a_change_of_what_an_entry_keeps_replaces_it_where_it_lies(index, changed):
    writes = Writes(index)
    before = writes.put(FIRST)
    after = writes.put(changed)
    assert after.entries.keys() == before.entries.keys()
    assert after.entries != before.entries
    assert after.units == {"by_gk": 1.0}
    assert after.counted == before.counted


@pytest.mark.parametrize("index", [INDEX, KEYS_ONLY, INCLUDE])
def test_a_change_of_an_index_key_takes_the_old_entry_away_and_is_charged_for_both(index):
    writes = Writes(index)
    (old_key,) = writes.put(FIRST).entries
    moved = writes.put(MOVED)
    assert moved.entries.pop(old_key) is None
    assert len(moved.entries) == 1
    assert moved.units == {"by_gk": 2.0}
    assert moved.counted[0] == 1
    gone = writes.put(NO_ENTRY)
    assert list(gone.entries.values()) == [None]
    assert gone.counted == (0, 0)


@pytest.mark.parametrize("index", [INDEX, KEYS_ONLY, INCLUDE])
@pytest.mark.parametrize("changed", [OTHER_CHANGED, NOTE_CHANGED, MOVED, NO_ENTRY])
def test_while_an_index_is_filled_an_item_it_has_not_come_to_counts_once(index, changed):
    writes = Writes(index)
    without = Table(SCHEMA, None)
    writes.table, filling = (
        without,
        Table(replace(SCHEMA, indexes=(replace(index, status=CREATING),)), None),
    )
    writes.put(FIRST)  # older than the index
    writes.table = filling
    first = writes.put(changed)
    again = writes.put({**changed, "third": {"BOOL": True}})
    expected = 0 if changed is NO_ENTRY else 1
    assert first.counted[0] == again.counted[0] == expected
    assert len(first.entries) == expected
