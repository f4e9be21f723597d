"""The pure parts of the table operations: keys, indexes, throughput, tags.

Source: AWS, developer guide, "Service, account, and table quotas", "Using multi-attribute keys";
texts: recorded answers.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import LimitExceeded, Validation
from headwater.operations.dynamodb.index_updates import index_updates
from headwater.operations.dynamodb.key_params import (
    attribute_types,
    check_all_used,
    global_keys,
    pair_keys,
)
from headwater.operations.dynamodb.tag_params import merged_tags, tags_param
from headwater.operations.dynamodb.throughput_params import (
    on_demand_caps,
    table_figures,
    warm_figures,
)

KINDS = st.lists(st.sampled_from(["HASH", "RANGE"]), min_size=1, max_size=9)


def elements(kinds: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": f"a{n}", "KeyType": kind} for n, kind in enumerate(kinds)]


@given(KINDS)
def test_a_global_index_has_1_to_4_hashes_before_0_to_4_ranges(kinds: list[str]) -> None:
    hashes = kinds.count("HASH")
    ordered = kinds == ["HASH"] * hashes + ["RANGE"] * (len(kinds) - hashes)
    allowed = ordered and 1 <= hashes <= 4 and len(kinds) - hashes <= 4
    try:
        keys = global_keys(elements(kinds), None)
    except Validation:
        assert not allowed
    else:
        assert allowed
        assert (len(keys.hash_names), keys.names) == (
            hashes,
            tuple(f"a{n}" for n in range(len(kinds))),
        )


@given(KINDS)
def test_a_table_has_one_hash_and_at_most_one_range(kinds: list[str]) -> None:
    types = {f"a{n}": "S" for n in range(9)}
    try:
        keys = pair_keys(elements(kinds), types)
    except Validation:
        assert kinds not in (["HASH"], ["HASH", "RANGE"])
    else:
        assert kinds in (["HASH"], ["HASH", "RANGE"])
        assert keys.hash_names == ("a0",)


def test_with_an_index_the_unused_definition_is_told_by_name() -> None:
    with pytest.raises(Validation) as refused:
        check_all_used({"pk": "S", "x": "S", "y": "S"}, ["pk", "x"], has_indexes=True)
    assert refused.value.message == (
        "One or more parameter values were invalid: Some AttributeDefinitions are not used. "
        "AttributeDefinitions: [pk, x, y], keys used: [pk, x]"
    )


def test_an_attribute_is_defined_once() -> None:
    twice = [{"AttributeName": "a", "AttributeType": kind} for kind in "SN"]
    with pytest.raises(Validation, match="Attribute Name is duplicated: a"):
        attribute_types(twice)


@pytest.mark.parametrize(
    ("units", "error"),
    [
        ((40_000, 40_000), None),
        ((40_001, 1), LimitExceeded),
        ((1, 40_001), LimitExceeded),
        ((1, 1_000_000_000_001), Validation),
    ],
)
def test_a_table_gets_at_most_40000_units(units: tuple[int, int], error: Any) -> None:
    throughput = dict(zip(("ReadCapacityUnits", "WriteCapacityUnits"), units, strict=True))
    params = {"ProvisionedThroughput": throughput}
    if error is None:
        assert table_figures(params, "PROVISIONED") == units
        return
    with pytest.raises(error):
        table_figures(params, "PROVISIONED")


def test_warmth_only_rises() -> None:
    asked = {"WarmThroughput": {"ReadUnitsPerSecond": 13_000}}
    on_demand = "PAY_PER_REQUEST"
    assert warm_figures(asked, on_demand, (12_000, 4_000), is_change=True) == {
        "ReadUnitsPerSecond": 13_000,
        "WriteUnitsPerSecond": 4_000,
    }
    with pytest.raises(Validation, match="table is lower than current WarmThroughput, decreasing"):
        warm_figures(asked, on_demand, (14_000, 4_000), is_change=True)
    with pytest.raises(Validation, match="index i is lower than initial throughput for OnDemand"):
        warm_figures(asked, on_demand, (14_000, 4_000), "i", is_change=False)
    with pytest.raises(Validation, match="lower than ReadCapacityUnits of ProvisionedThroughput"):
        warm_figures(asked, "PROVISIONED", (14_000, 4_000), is_change=False)


def test_caps_belong_to_on_demand_tables_and_minus_1_is_none() -> None:
    asked = {"OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 3}}
    found = on_demand_caps(asked, "PAY_PER_REQUEST", is_change=True)
    assert found == {"MaxWriteRequestUnits": 3}
    for billing in ("PAY_PER_REQUEST", "PROVISIONED"):  # a new table has no cap to lift
        with pytest.raises(Validation):
            on_demand_caps(asked, billing)


def test_tags_are_laid_over_the_known_ones() -> None:
    tags = tags_param([{"Key": "a", "Value": "2"}, {"Key": "c", "Value": "3"}])
    assert merged_tags({"a": "1", "b": "1"}, tags) == {"a": "2", "b": "1", "c": "3"}


def test_index_updates_are_sorted_by_what_they_do() -> None:
    update, create, delete = ({"IndexName": name} for name in ("one", "two", "three"))
    asked = index_updates({"GlobalSecondaryIndexUpdates": [{"Update": update}, {"Create": create}]})
    assert (asked.updates, asked.create, asked.delete) == ({"one": update}, create, None)
    asked = index_updates({"GlobalSecondaryIndexUpdates": [{"Delete": delete}]})
    assert (asked.updates, asked.create, asked.delete) == ({}, None, "three")
    with pytest.raises(LimitExceeded, match="Only 1 online index"):
        index_updates({"GlobalSecondaryIndexUpdates": [{"Delete": delete}, {"Create": create}]})
