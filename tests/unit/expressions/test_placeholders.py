"""ExpressionAttributeNames and -Values. Source: texts as recorded on AWS."""

import pytest

from headwater.errors import Serialization, Validation
from headwater.expressions.condition import parse_condition
from headwater.expressions.placeholders import Placeholders, check_parameters
from headwater.values.faults import Prefixable


def nested(levels):
    value: dict[str, object] = {"S": "x"}
    for _ in range(levels):
        value = {"M": {"m": value}}
    return value


def refusal(names, values):
    with pytest.raises(Validation) as refused:
        Placeholders(names, values)
    return refused.value


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        (
            {"x": "a"},
            None,
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "x"',
        ),
        (
            {"#a.b": "a"},
            None,
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a.b"',
        ),
        (
            None,
            {"pid": {"S": "a"}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "pid"',
        ),
        (
            None,
            {":v": {}},
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty,"
            " must contain exactly one of the supported datatypes for key :v",
        ),
        (
            None,
            {":v": {"N": "abc"}},
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted"
            " to a numeric value: abc for key :v",
        ),
        (
            None,
            {":v": nested(32)},
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested"
            " levels beyond supported limit",
        ),
    ],
)
def test_a_bad_map_is_refused(names, values, message):
    fault = refusal(names, values)
    assert fault.message == message
    assert not isinstance(fault, Prefixable)


def test_a_bad_set_keeps_its_family_inside_the_text_about_its_key():
    fault = refusal(None, {":v": {"SS": []}})
    assert isinstance(fault, Prefixable)
    assert fault.message == (
        "ExpressionAttributeValues contains invalid value: One or more parameter values were"
        " invalid: An string set  may not be empty for key :v"
    )


def test_a_wrong_json_type_stays_a_serialization_fault():
    with pytest.raises(Serialization):
        Placeholders(None, {":v": {"S": 5}})


def test_two_megabytes_of_values_are_taken_and_one_byte_more_is_not():
    Placeholders(None, {":v": {"S": "x" * (2 * 1024 * 1024)}})
    assert refusal(None, {":v": {"S": "x" * (2 * 1024 * 1024 + 1)}})


def test_values_are_canonical():
    assert Placeholders(None, {":v": {"N": "1.0"}}).values == {":v": {"N": "1"}}


def test_what_no_expression_used_is_told_by_key():
    placeholders = Placeholders({"#a": "a", "#b": "b"}, {":v": {"N": "1"}, ":w": {"N": "1"}})
    parse_condition("a = :v", placeholders)
    with pytest.raises(Prefixable) as refused:
        placeholders.check_all_used()
    assert refused.value.message == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"
    )
    parse_condition("#a = #b", placeholders)
    with pytest.raises(Prefixable) as refused:
        placeholders.check_all_used()
    assert refused.value.message == (
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"
    )


def test_all_expressions_of_a_request_count_together():
    placeholders = Placeholders({"#a": "a"}, {":v": {"N": "1"}, ":w": {"N": "1"}})
    parse_condition("#a = :v", placeholders)
    parse_condition("#a = :w", placeholders, what="FilterExpression")
    placeholders.check_all_used()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"ConditionExpression": "a = b", "Expected": {"pk": {}}},
            "Can not use both expression and non-expression parameters in the same request:"
            " Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        (
            {"ExpressionAttributeNames": {"#a": "a"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {":v": {}}},
            "ExpressionAttributeValues can only be specified when using expressions:"
            " ConditionExpression is null",
        ),
    ],
)
def test_styles_are_not_mixed_and_placeholders_need_an_expression(params, message):
    with pytest.raises(Prefixable) as refused:
        check_parameters(params, expressions=("ConditionExpression",), others=("Expected",))
    assert refused.value.message == message


def test_placeholders_without_any_of_two_expressions():
    with pytest.raises(Prefixable) as refused:
        check_parameters(
            {"ExpressionAttributeValues": {":v": {"S": "a"}}},
            expressions=("UpdateExpression", "ConditionExpression"),
        )
    assert refused.value.message == (
        "ExpressionAttributeValues can only be specified when using expressions:"
        " UpdateExpression and ConditionExpression are null"
    )


@pytest.mark.parametrize(
    "params", [{}, {"Expected": {}}, {"ConditionExpression": "a", "ExpressionAttributeNames": {}}]
)
def test_one_style_alone_is_fine(params):
    check_parameters(params, expressions=("ConditionExpression",), others=("Expected",))
