"""Key conditions.

Sources: texts as recorded on AWS or published by users of AWS ("one condition per key", "Invalid
operator used ...", the nested path with its prefix); keys of several attributes: AWS's guide.
"""

import pytest

from headwater.errors import Validation
from headwater.expressions.key_condition import Term, parse_key_condition
from headwater.expressions.placeholders import Placeholders

A, B = {"S": "a"}, {"S": "b"}
VALUES = {":a": A, ":b": B, ":n": {"N": "1"}, ":bool": {"BOOL": True}}


def parsed(text, hash_names=("pk",), range_names=("sk",), names=None):
    return parse_key_condition(text, Placeholders(names, VALUES), hash_names, range_names)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("pk = :a", ()),
        ("(pk = :a)", ()),
        (":a = pk", ()),
        ("pk = :a AND sk = :b", (Term("sk", "=", (B,)),)),
        ("sk = :b AND pk = :a", (Term("sk", "=", (B,)),)),
        ("(pk = :a) AND (sk = :b)", (Term("sk", "=", (B,)),)),
        ("(pk = :a AND (sk = :b))", (Term("sk", "=", (B,)),)),
        ("pk = :a and sk < :b", (Term("sk", "<", (B,)),)),
        ("pk = :a AND :b < sk", (Term("sk", ">", (B,)),)),
        ("pk = :a AND :b >= sk", (Term("sk", "<=", (B,)),)),
        ("pk = :a AND sk BETWEEN :a AND :b", (Term("sk", "BETWEEN", (A, B)),)),
        ("pk = :a AND begins_with(sk, :b)", (Term("sk", "begins_with", (B,)),)),
    ],
)
def test_a_hash_and_at_most_one_condition_on_the_range(text, terms):
    condition = parsed(text)
    assert condition.hash == (A,)
    assert condition.terms == terms


def test_names_may_be_placeholders():
    condition = parsed("#p = :a", hash_names=("order",), names={"#p": "order"})
    assert condition.hash == (A,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sk = :a", "Query condition missed key schema element: pk"),
        ("attr1 = :a", "Query condition missed key schema element: pk"),
        ("pk = :a AND attr1 = :b", "Query condition missed key schema element: sk"),
        ("pk > :a", "Query key condition not supported"),
        ("begins_with(pk, :a)", "Query key condition not supported"),
        ("pk = :a AND sk = :b AND attr1 = :a", "Query key condition not supported"),
        ("pk = :a AND pk = :b", "KeyConditionExpressions must only contain one condition per key"),
        (
            "pk = :a AND sk > :a AND sk < :b",
            "KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "pk = :a AND sk.x = :b",
            "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on"
            " nested attributes",
        ),
        (
            "pk[0] = :a",
            "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on"
            " nested attributes",
        ),
        (
            "pk = :a AND size(sk) = :n",
            "KeyConditionExpressions cannot contain nested operations",
        ),
        ("pk = :a OR sk = :b", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT pk = :a", "Invalid operator used in KeyConditionExpression: NOT"),
        ("pk <> :a", "Invalid operator used in KeyConditionExpression: <>"),
        ("pk = :a AND sk IN (:b)", "Invalid operator used in KeyConditionExpression: IN"),
        (
            "pk = :a AND contains(sk, :b)",
            "Invalid operator used in KeyConditionExpression: contains",
        ),
        (
            "pk = :a AND sk > :bool",
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function;"
            " operator or function: >, operand type: BOOL",
        ),
        (
            "pk = :a AND sk BETWEEN :b AND :a",
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be"
            " greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b},"
            " upper bound operand: AttributeValue: {S:a}",
        ),
        ("", "Invalid KeyConditionExpression: The expression can not be empty;"),
        ("a-b", 'Invalid KeyConditionExpression: Syntax error; token: "-", near: "a-b"'),
        (
            "status = :a",
            "Invalid KeyConditionExpression: Attribute name is a reserved keyword;"
            " reserved keyword: status",
        ),
    ],
)
def test_what_is_no_key_condition(text, message):
    with pytest.raises(Validation) as refused:
        parsed(text)
    assert refused.value.message == message


HASHES, RANGES = ("h1", "h2"), ("r1", "r2", "r3")


@pytest.mark.parametrize(
    ("text", "hashes", "terms"),
    [
        ("h2 = :b AND h1 = :a", (A, B), ()),
        (
            "h1 = :a AND h2 = :b AND r1 = :a AND r2 > :b",
            (A, B),
            (Term("r1", "=", (A,)), Term("r2", ">", (B,))),
        ),
        ("(h1 = :a AND (h2 = :b)) AND r1 = :a", (A, B), (Term("r1", "=", (A,)),)),
        (
            "r3 = :a AND r2 = :a AND r1 = :a AND h1 = :a AND h2 = :a",
            (A, A),
            (Term("r1", "=", (A,)), Term("r2", "=", (A,)), Term("r3", "=", (A,))),
        ),
    ],
)
def test_keys_of_several_attributes_come_in_the_order_of_the_schema(text, hashes, terms):
    condition = parsed(text, HASHES, RANGES)
    assert condition.hash == hashes
    assert condition.terms == terms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h1 = :a", "Query condition missed key schema element: h2"),
        ("h1 = :a AND h2 = :a AND r2 = :a", "Query condition missed key schema element: r1"),
        (
            "h1 = :a AND h2 = :a AND r1 = :a AND r3 = :a",
            "Query condition missed key schema element: r2",
        ),
        ("h1 = :a AND h2 > :a", "Query key condition not supported"),
        ("h1 = :a AND h2 = :a AND r1 > :a AND r2 = :a", "Query key condition not supported"),
    ],
)
def test_keys_of_several_attributes_have_no_gaps_and_one_range_at_the_end(text, message):
    with pytest.raises(Validation) as refused:
        parsed(text, HASHES, RANGES)
    assert refused.value.message == message
