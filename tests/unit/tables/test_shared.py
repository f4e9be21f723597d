"""Settings that replicas share: documents merge in any order, and say the same of every table."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.changelog.conflict import Stamp
from headwater.tables.replicas import with_replica
from headwater.tables.schema import Index, Schema
from headwater.tables.shared import (
    differing,
    document_of,
    facets_of,
    has_sourced,
    merged,
    owed,
    simple,
    value_of,
    version_of,
    wanted_indexes,
    with_told,
    with_values,
)

EAST, WEST = "us-east-1", "eu-west-1"
HOUR_MS = 60 * 60 * 1000

PLAIN = Schema(
    scope=Scope("000000000000", EAST),
    name="Orders",
    id=1,
    uuid="id",
    created_ms=0,
    attributes={"pk": "S", "day": "S"},
    hash_name="pk",
    range_name=None,
    billing="PAY_PER_REQUEST",
    throughput=(0, 0),
    partitions=(0,),
    indexes=(Index(1, "by-day", True, ("day",), (), "ALL"),),
)
TABLE = with_replica(PLAIN, "group", WEST, Status="ACTIVE")


def about(key: str, kind: str = "S") -> dict[str, Any]:
    """An index as a document tells it."""
    return {"Hash": [key], "Range": [], "Types": {key: kind}, "Projection": "ALL", "NonKey": []}


STAMPS = st.builds(lambda time, region: [time, region], st.integers(1, 9), st.sampled_from("abc"))
FACETS = st.sampled_from(["ttl", "class", "index/one", "index/two"])


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What some replicas know; one stamp of a facet is of one value."""
    known: dict[Any, int] = {}
    found = []
    for _ in range(draw(st.integers(1, 4))):
        document = {}
        for facet in draw(st.sets(FACETS)):
            time, region = draw(STAMPS)
            value = known.setdefault((facet, time, region), len(known))
            document[facet] = [time, region, value]
        found.append(document)
    return found


@given(documents())
def test_documents_end_equal_in_whatever_order_and_however_often_they_come(
    arriving: list[dict[str, Any]],
) -> None:
    ends = set()
    for order in permutations(arriving):
        table = TABLE
        for document in (*order, *order[:2]):
            table = merged(table, document)
        ends.add(str(sorted(document_of(table).items())))
    assert len(ends) == 1


def test_what_tells_no_news_changes_nothing() -> None:
    table = with_values(TABLE, Stamp(5, EAST), {"ttl": "ends"})
    assert merged(table, document_of(table)) is table
    assert merged(table, {"ttl": [4, WEST, "other"]}) is table
    assert value_of(merged(table, {"ttl": [6, WEST, None]}), "ttl") is None
    assert value_of(merged(table, {"ttl": [5, "zz-east-1", "other"]}), "ttl") == "other"


def test_a_region_is_owed_until_it_knows_the_present_version() -> None:
    assert owed(TABLE) == []
    table = with_values(TABLE, Stamp(5, EAST), {"ttl": "ends"})
    assert owed(table) == [WEST]
    told = with_told(table, WEST, version_of(table))
    assert owed(told) == []
    again = with_values(told, Stamp(6, EAST), {"ttl": None})
    assert owed(again) == [WEST]
    assert owed(with_told(again, WEST, version_of(table))) == [WEST]  # an answer that comes late
    making = with_replica(table, "group", WEST, Status="CREATING")
    assert owed(making) == []


CHANGED = [
    replace(TABLE, billing="PROVISIONED", throughput=(5, 7)),
    replace(TABLE, settings={**TABLE.settings, "OnDemandThroughput": {"MaxReadRequestUnits": 3}}),
    replace(TABLE, settings={**TABLE.settings, "TableClass": "STANDARD_INFREQUENT_ACCESS"}),
    replace(
        TABLE,
        billing="PROVISIONED",
        throughput=(1, 2),
        indexes=(replace(TABLE.indexes[0], throughput=(3, 4)),),
    ),
    replace(
        TABLE,
        indexes=(
            replace(TABLE.indexes[0], settings={"OnDemandThroughput": {"MaxWriteRequestUnits": 1}}),
        ),
    ),
]


@pytest.mark.parametrize("changed", CHANGED)
def test_a_change_that_is_noted_makes_the_same_of_another_replica(changed: Schema) -> None:
    values = differing(TABLE, changed)
    assert len(values) == 1
    document = document_of(with_values(TABLE, Stamp(5, EAST), values))
    assert facets_of(simple(TABLE, document, 0)) == facets_of(changed)
    assert differing(TABLE, TABLE) == {}


def test_of_two_indexes_that_contradict_each_other_the_first_stays() -> None:
    first = {"index/by-owner": [5, EAST, about("owner", "S")]}
    second = {"index/by-number": [6, WEST, about("owner", "N")]}
    other = {"index/by-buyer": [7, WEST, about("buyer")]}
    for order in permutations((first, second, other)):
        table = TABLE
        for document in order:
            table = merged(table, document)
        assert wanted_indexes(table, document_of(table)) == {
            "by-owner": about("owner", "S"),
            "by-number": None,
            "by-buyer": about("buyer"),
        }
    # Keys of the table, and of indexes that nobody has changed, are before all others.
    clash = {"index/late": [1, WEST, about("day", "N")]}
    assert wanted_indexes(TABLE, clash) == {"late": None}
    gone = {"index/by-day": [2, EAST, None], "index/late": [3, WEST, about("day", "N")]}
    assert wanted_indexes(TABLE, gone) == {"by-day": None, "late": about("day", "N")}


def test_a_source_is_kept_for_a_day_and_while_what_was_made_from_it_is_there() -> None:
    table = with_values(TABLE, Stamp(5, EAST), {f"source/{WEST}": {"From": EAST, "Ms": 1000}})
    assert has_sourced(table, EAST, 1000 + 23 * HOUR_MS)
    assert not has_sourced(table, EAST, 1000 + 24 * HOUR_MS)
    assert not has_sourced(table, WEST, 1000)
    away = with_values(TABLE, Stamp(5, EAST), {"source/sa-east-1": {"From": EAST, "Ms": 1000}})
    assert not has_sourced(away, EAST, 1000)
