"""What Query and Scan may ask of an index. Texts are recorded answers of AWS."""

from dataclasses import replace

import pytest

from headwater.arns import Scope
from headwater.errors import Validation
from headwater.operations.dynamodb.reading import (
    Shown,
    check_select,
    index_param,
    start_key_matches,
    start_key_param,
)
from headwater.tables.schema import CREATING, Index, Schema, Table

ANYTHING = Shown(None, None, False)


def table(*indexes):
    types = {"pk": "S", "x": "N"}
    scope = Scope("000000000000", "us-east-1")
    return Table(
        Schema(scope, "T", 1, "u", 0, types, "pk", None, "PROVISIONED", (5, 5), (0,), indexes),
        None,
    )


GLOBAL = Index(1, "glo", True, ("x",), (), "KEYS_ONLY")


def test_an_index_that_is_being_filled_cannot_be_read():
    filling = table(replace(GLOBAL, status=CREATING))
    with pytest.raises(Validation) as caught:
        index_param({"IndexName": "glo"}, filling, ANYTHING)
    assert caught.value.message == "Cannot read from backfilling global secondary index: glo"


def test_without_an_index_the_table_is_read():
    assert index_param({}, table(GLOBAL), ANYTHING) is None


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES", "AttributesToGet": ["a"], "IndexName": "glo"},
            "Cannot specify the AttributesToGet when choosing to get ALL_PROJECTED_ATTRIBUTES",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "a"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
    ],
)
def test_a_projection_goes_with_specific_attributes_only(params, text):
    with pytest.raises(Validation) as caught:
        check_select(params)
    assert caught.value.message == text


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"ProjectionExpression": "a"},
        {"Select": "SPECIFIC_ATTRIBUTES", "AttributesToGet": ["a"]},
        {"Select": "ALL_PROJECTED_ATTRIBUTES", "IndexName": "glo"},
        {"Select": "ALL_ATTRIBUTES"},
        {"Select": "COUNT"},
    ],
)
def test_what_goes_together(params):
    check_select(params)


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ({"pk": {"S": "a"}, "x": {"N": "1"}}, True),
        ({"pk": {"S": "a"}}, False),
        ({"pk": {"S": "a"}, "x": {"S": "1"}}, False),
        ({"pk": {"S": "a"}, "x": {"N": "1"}, "y": {"S": "b"}}, False),
    ],
)
def test_a_start_key_in_an_index_has_the_keys_of_both(key, fits):
    one = table(GLOBAL)
    assert start_key_matches(one, one.plan("glo"), key) is fits


def test_a_start_key_is_canonical_or_refused_behind_its_own_words():
    assert start_key_param({"ExclusiveStartKey": {"x": {"N": "01"}}}) == {"x": {"N": "1"}}
    with pytest.raises(Validation) as caught:
        start_key_param({"ExclusiveStartKey": {"x": {}}})
    assert caught.value.message == (
        "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
        "exactly one of the supported datatypes"
    )
