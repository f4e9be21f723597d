"""Capacity units added up and shown. Source of the shapes: AWS, "ConsumedCapacity"."""

import pytest

from headwater.arns import Scope
from headwater.operations.dynamodb.consumed import (
    READ_UNITS,
    WRITE_UNITS,
    Usage,
    Usages,
    wants_capacity,
)
from headwater.tables.schema import Index, Schema, Table


def table(name="T"):
    schema = Schema(
        Scope("000000000000", "us-east-1"),
        name,
        1,
        "uuid",
        0,
        {"pk": "S", "x": "S"},
        "pk",
        None,
        "PAY_PER_REQUEST",
        (0, 0),
        (0,),
        (
            Index(1, "glo", True, ("x",), (), "ALL"),
            Index(2, "loc", False, ("pk",), ("x",), "ALL"),
        ),
    )
    return Table(schema, None)


def test_total_is_the_table_and_its_indexes_in_one_figure():
    usage = Usage(table())
    usage.charge(1.0, {"glo": 2.0, "loc": 0.5})
    assert usage.shape("TOTAL") == {"TableName": "T", "CapacityUnits": 3.5}


def test_indexes_are_told_by_their_kind():
    usage = Usage(table())
    usage.charge(1.0, {"glo": 2.0})
    usage.charge(1.0, {"glo": 1.0, "loc": 1.0})
    assert usage.shape("INDEXES") == {
        "TableName": "T",
        "CapacityUnits": 6.0,
        "Table": {"CapacityUnits": 2.0},
        "GlobalSecondaryIndexes": {"glo": {"CapacityUnits": 3.0}},
        "LocalSecondaryIndexes": {"loc": {"CapacityUnits": 1.0}},
    }


@pytest.mark.parametrize("kind", [READ_UNITS, WRITE_UNITS])
def test_transactions_name_the_kind_of_units_everywhere(kind):
    usage = Usage(table(), kind)
    usage.charge(2.0, {"glo": 1.0})
    assert usage.shape("INDEXES") == {
        "TableName": "T",
        "CapacityUnits": 3.0,
        kind: 3.0,
        "Table": {"CapacityUnits": 2.0, kind: 2.0},
        "GlobalSecondaryIndexes": {"glo": {"CapacityUnits": 1.0, kind: 1.0}},
    }


def test_a_request_over_several_tables_tells_each():
    usages = Usages("TOTAL")
    usages.charge(table("A"), 1.0, {})
    usages.charge(table("B"), 2.0, {})
    usages.charge(table("A"), 0.5, {})
    assert usages.member() == {
        "ConsumedCapacity": [
            {"TableName": "A", "CapacityUnits": 1.5},
            {"TableName": "B", "CapacityUnits": 2.0},
        ]
    }


@pytest.mark.parametrize("mode", [None, "NONE"])
def test_nothing_is_told_unless_asked_for(mode):
    usages = Usages(mode)
    usages.charge(table(), 1.0, {})
    assert wants_capacity(mode) is None
    assert usages.member() == {}
