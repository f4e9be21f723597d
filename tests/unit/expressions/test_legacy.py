"""The parameters from before expressions.

Sources: AWS, "Legacy conditional parameters"; numbers of arguments, actions without value and ADD
of strings as recorded on AWS. Not confirmed by a recorded answer: the texts on how Exists, Value
and AttributeValueList go together, on types of operands, and "Type mismatch for attribute to
update".
"""

import pytest

from headwater.errors import Validation
from headwater.expressions.key_condition import Term
from headwater.expressions.legacy import (
    expected_condition,
    filter_condition,
    legacy_key_condition,
    legacy_projection,
    legacy_update,
)
from headwater.values.size import Item

OMP = "One or more parameter values were invalid: "
ITEM: Item = {
    "pk": {"S": "p"},
    "n": {"N": "10"},
    "s": {"S": "hello"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "1"}]},
    "flag": {"BOOL": True},
}


def entry(operator, *values):
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.mark.parametrize(
    ("name", "operator", "values", "holds"),
    [
        ("n", "EQ", [{"N": "10.0"}], True),
        ("n", "EQ", [{"S": "10"}], False),
        ("ss", "EQ", [{"SS": ["b", "a"]}], True),
        ("n", "NE", [{"N": "1"}], True),
        ("absent", "NE", [{"N": "1"}], True),
        ("n", "LT", [{"N": "11"}], True),
        ("n", "LE", [{"N": "10"}], True),
        ("n", "GT", [{"N": "9"}], True),
        ("n", "GE", [{"N": "11"}], False),
        ("absent", "GE", [{"N": "11"}], False),
        ("n", "BETWEEN", [{"N": "9"}, {"N": "11"}], True),
        ("n", "IN", [{"N": "1"}, {"N": "10"}], True),
        ("s", "BEGINS_WITH", [{"S": "he"}], True),
        ("s", "CONTAINS", [{"S": "ell"}], True),
        ("ss", "CONTAINS", [{"S": "a"}], True),
        ("l", "CONTAINS", [{"N": "1"}], True),
        ("s", "NOT_CONTAINS", [{"S": "x"}], True),
        ("ss", "NOT_CONTAINS", [{"S": "a"}], False),
        ("absent", "NOT_CONTAINS", [{"S": "x"}], False),
        ("absent", "NULL", [], True),
        ("n", "NULL", [], False),
        ("n", "NOT_NULL", [], True),
    ],
)
def test_each_operator_compares_as_it_says(name, operator, values, holds):
    condition = filter_condition({name: entry(operator, *values)}, None)
    assert condition.matches(ITEM) is holds
    assert condition.attributes == {name}


def test_conditions_are_joined_by_and_unless_or_is_asked_for():
    true, false = entry("EQ", {"N": "10"}), entry("EQ", {"S": "x"})
    assert not filter_condition({"n": true, "s": false}, None).matches(ITEM)
    assert not filter_condition({"n": true, "s": false}, "AND").matches(ITEM)
    assert filter_condition({"n": true, "s": false}, "OR").matches(ITEM)


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({"n": {"Exists": False}}, False),
        ({"absent": {"Exists": False}}, True),
        ({"n": {"Value": {"N": "10"}}}, True),
        ({"n": {"Exists": True, "Value": {"N": "1"}}}, False),
        ({"s": {"ComparisonOperator": "BEGINS_WITH", "Value": {"S": "he"}}}, True),
        ({"s": entry("BEGINS_WITH", {"S": "he"})}, True),
        ({"absent": {"ComparisonOperator": "NULL"}}, True),
        ({"n": {"Value": {"N": "10"}}, "absent": {"Exists": False}}, True),
    ],
)
def test_expected_is_a_condition_on_the_item(expected, holds):
    assert expected_condition(expected, None).matches(ITEM) is holds


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"a": {}}, OMP + "Value must be provided when Exists is set to null for Attribute: a"),
        (
            {"a": {"Exists": True}},
            OMP + "Value must be provided when Exists is set to true for Attribute: a",
        ),
        (
            {"a": {"Exists": False, "Value": {"S": "x"}}},
            OMP + "Value cannot be used when Exists is set to false for Attribute: a",
        ),
        (
            {"a": {"ComparisonOperator": "EQ"}},
            OMP + "Value or AttributeValueList must be used with ComparisonOperator: EQ for"
            " Attribute: a",
        ),
        (
            {"a": {"ComparisonOperator": "EQ", "Exists": True, "Value": {"S": "x"}}},
            OMP + "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"a": {"Value": {"S": "x"}, "AttributeValueList": [{"S": "x"}]}},
            OMP + "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"a": {"AttributeValueList": [{"S": "x"}]}},
            OMP + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"a": entry("EQ", {"S": "x"}, {"S": "y"})},
            OMP + "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            {"a": entry("BETWEEN", {"S": "x"})},
            OMP + "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"a": entry("NULL", {"S": "x"})},
            OMP + "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
        (
            {"a": entry("LT", {"BOOL": True})},
            OMP + "ComparisonOperator LT is not valid for BOOL AttributeValue type",
        ),
        (
            {"a": entry("IN", {"S": "x"}, {"N": "1"})},
            OMP + "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            {"a": entry("BETWEEN", {"N": "2"}, {"N": "1"})},
            "The BETWEEN condition was provided a range where the lower bound is greater than the"
            " upper bound",
        ),
    ],
)
def test_what_expected_may_not_be(expected, message):
    with pytest.raises(Validation) as refused:
        expected_condition(expected, None)
    assert refused.value.message == message


def test_a_conditional_operator_needs_two_conditions():
    with pytest.raises(Validation, match="two or more elements"):
        filter_condition({"a": entry("NULL")}, "OR")
    with pytest.raises(Validation, match="cannot be used without Filter or Expected"):
        filter_condition({}, "OR")


@pytest.mark.parametrize(
    ("operator", "values", "terms"),
    [
        ("EQ", [{"S": "a"}], (Term("sk", "=", ({"S": "a"},)),)),
        ("GT", [{"N": "1.0"}], (Term("sk", ">", ({"N": "1"},)),)),
        ("BEGINS_WITH", [{"S": "a"}], (Term("sk", "begins_with", ({"S": "a"},)),)),
        ("BETWEEN", [{"S": "a"}, {"S": "b"}], (Term("sk", "BETWEEN", ({"S": "a"}, {"S": "b"})),)),
    ],
)
def test_key_conditions_are_those_of_an_expression(operator, values, terms):
    conditions = {"sk": entry(operator, *values), "pk": entry("EQ", {"S": "p"})}
    condition = legacy_key_condition(conditions, ["pk"], ["sk"])
    assert condition.hash == ({"S": "p"},)
    assert condition.terms == terms


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        (
            {name: entry("EQ", {"S": "a"}) for name in ("pk", "sk", "x")},
            "Conditions can be of length 1 or 2 only",
        ),
        ({"sk": entry("EQ", {"S": "a"})}, "Query condition missed key schema element: pk"),
        ({"pk": entry("GT", {"S": "a"})}, "Query key condition not supported"),
        (
            {"pk": entry("EQ", {"S": "a"}), "sk": entry("NE", {"S": "a"})},
            "Attempted conditional constraint is not an indexable operation",
        ),
    ],
)
def test_what_is_no_key_condition(conditions, message):
    with pytest.raises(Validation) as refused:
        legacy_key_condition(conditions, ["pk"], ["sk"])
    assert refused.value.message == message


def test_attributes_to_get():
    assert legacy_projection(["n", "absent"]).project(ITEM) == {"n": {"N": "10"}}
    assert legacy_projection(["a.b"]).project({"a.b": {"N": "1"}}) == {"a.b": {"N": "1"}}
    with pytest.raises(Validation, match="Duplicate value in attribute name: n"):
        legacy_projection(["n", "n"])


@pytest.mark.parametrize(
    ("update", "changed"),
    [
        ({"n": {"Action": "PUT", "Value": {"N": "1"}}}, {"n": {"N": "1"}}),
        ({"n": {"Value": {"N": "1"}}}, {"n": {"N": "1"}}),
        ({"n": {"Action": "ADD", "Value": {"N": "5"}}}, {"n": {"N": "15"}}),
        ({"q": {"Action": "ADD", "Value": {"N": "5"}}}, {"q": {"N": "5"}}),
        ({"ss": {"Action": "ADD", "Value": {"SS": ["c"]}}}, {"ss": {"SS": ["a", "b", "c"]}}),
        (
            {"l": {"Action": "ADD", "Value": {"L": [{"N": "2"}]}}},
            {"l": {"L": [{"N": "1"}, {"N": "2"}]}},
        ),
        ({"ss": {"Action": "DELETE", "Value": {"SS": ["b"]}}}, {"ss": {"SS": ["a"]}}),
        ({"n": {"Action": "DELETE"}}, {"n": None}),
        ({"a.b": {"Value": {"N": "1"}}}, {"a.b": {"N": "1"}}),
    ],
)
def test_attribute_updates_change_what_they_name_alone(update, changed):
    after = legacy_update(update).apply(ITEM)
    assert after == {name: value for name, value in {**ITEM, **changed}.items() if value}


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (
            {"n": {"Action": "PUT"}},
            OMP + "Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            {"n": {"Action": "ADD", "Value": {"S": "x"}}},
            OMP + "ADD action is not supported for the type S",
        ),
        (
            {"n": {"Action": "DELETE", "Value": {"N": "1"}}},
            OMP + "DELETE action with value is not supported for the type N",
        ),
        ({"s": {"Action": "ADD", "Value": {"N": "1"}}}, "Type mismatch for attribute to update"),
        (
            {"n": {"Action": "DELETE", "Value": {"SS": ["a"]}}},
            "Type mismatch for attribute to update",
        ),
    ],
)
def test_what_attribute_updates_may_not_be(update, message):
    with pytest.raises(Validation) as refused:
        legacy_update(update).apply(ITEM)
    assert refused.value.message == message
