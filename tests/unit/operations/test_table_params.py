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
from headwater.operations.dynamodb.table_settings import merged_tags
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
    with pytest.raises(Validation, match="Duplicate AttributeName in AttributeDefinitions: a"):
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
    assert warm_figures(asked, (12_000, 4_000)) == {
        "ReadUnitsPerSecond": 13_000,
        "WriteUnitsPerSecond": 4_000,
    }
    with pytest.raises(Validation, match="lower than the current value 14000"):
        warm_figures(asked, (14_000, 4_000))


def test_caps_belong_to_on_demand_tables_and_minus_1_is_none() -> None:
    asked = {"OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 3}}
    assert on_demand_caps(asked, "PAY_PER_REQUEST") == {"MaxWriteRequestUnits": 3}
    with pytest.raises(Validation):
        on_demand_caps(asked, "PROVISIONED")


def test_tags_are_laid_over_the_known_ones() -> None:
    tags = [{"Key": "a", "Value": "2"}, {"Key": "c", "Value": "3"}]
    assert merged_tags({"a": "1", "b": "1"}, tags) == {"a": "2", "b": "1", "c": "3"}
    for bad in ([*tags, tags[0]], [{"Key": "aws:x", "Value": ""}]):
        with pytest.raises(Validation):
            merged_tags({}, bad)


def test_index_updates_are_sorted_by_what_they_do() -> None:
    update, create, delete = ({"IndexName": name} for name in ("one", "two", "three"))
    asked = index_updates({"GlobalSecondaryIndexUpdates": [{"Update": update}, {"Create": create}]})
    assert (asked.updates, asked.create, asked.delete) == ({"one": update}, create, None)
    asked = index_updates({"GlobalSecondaryIndexUpdates": [{"Delete": delete}]})
    assert (asked.updates, asked.create, asked.delete) == ({}, None, "three")
    with pytest.raises(LimitExceeded, match="Only 1 online index"):
        index_updates({"GlobalSecondaryIndexUpdates": [{"Delete": delete}, {"Create": create}]})
