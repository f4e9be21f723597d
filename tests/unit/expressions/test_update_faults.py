"""What updates may not be, in AWS's words and in AWS's order of telling. Source: texts and order as
recorded on AWS; "INVALID SYNTAX HERE" and "hits : incr" with their windows as published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Validation
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.update import parse_update
from headwater.values.faults import Prefixable

VALUES = {
    ":v": {"N": "1"},
    ":w": {"N": "2"},
    ":s": {"S": "a"},
    ":l": {"L": []},
    ":ss": {"SS": ["a"]},
}


def refusal(text):
    with pytest.raises(Validation) as refused:
        parse_update(text, Placeholders(None, VALUES))
    return refused.value


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
        ("ADD hits : incr", ":", "hits : incr"),
        ("ADD a b", "b", "a b"),
        ("a-b", "a", "a-"),
        ("SET", "<EOF>", "SET"),
        ("SET a", "<EOF>", "a"),
        ("SET a = ", "<EOF>", "="),
        ("SET a = :v,", "<EOF>", ","),
        ("SET a = :v b = :w", "b", ":v b ="),
        ("SET a = :v + :w + :v", "+", ":w + :v"),
        ("SET a = if_not_exists(a, :v + :w)", "+", ":v + :w"),
        ("SET a = :v = :w", "=", ":v = :w"),
        ("SET a = :v AND b = :w", "AND", ":v AND b"),
        ("SET a :v", ":v", "a :v"),
        ("SET #, = :v", "#", "SET #,"),
        ("REMOVE a = :v", "=", "a = :v"),
        ("REMOVE", "<EOF>", "REMOVE"),
        ("SET REMOVE a", "REMOVE", "SET REMOVE a"),
        ("SET a = " + "(" * 1900, "<EOF>", "("),
    ],
)
def test_a_misplaced_token_is_shown_between_its_neighbours(text, token, near):
    fault = refusal(text)
    assert fault.message == (
        f'Invalid UpdateExpression: Syntax error; token: "{token}", near: "{near}"'
    )
    assert isinstance(fault, Prefixable)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("SET a = ((:v + :w))", "The expression has redundant parentheses;"),
        (
            "SET a = :q",
            "An expression attribute value used in expression is not defined; attribute value: :q",
        ),
        (
            "SET #q = :v",
            "An expression attribute name used in the document path is not defined;"
            " attribute name: #q",
        ),
    ],
)
def test_families_that_can_carry_the_prefix_of_update_item(text, message):
    fault = refusal(text)
    assert fault.message == f"Invalid UpdateExpression: {message}"
    assert isinstance(fault, Prefixable)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SET status = :v",
            "Attribute name is a reserved keyword; reserved keyword: status",
        ),
        ("SET a = foo(b)", "Invalid function name; function: foo"),
        (
            "SET a = :v SET b = :v",
            'The "SET" section can only be used once in an update expression;',
        ),
        (
            "SET a = :v REMOVE a.b",
            "Two document paths overlap with each other; must remove or rewrite one of these paths;"
            " path one: [a], path two: [a, b]",
        ),
        (
            "SET f = :v, f = :w",
            "Two document paths overlap with each other; must remove or rewrite one of these paths;"
            " path one: [f], path two: [f]",
        ),
        (
            "SET a.b[1].c = :v, a.b = :w",
            "Two document paths overlap with each other; must remove or rewrite one of these paths;"
            " path one: [a, b, [1], c], path two: [a, b]",
        ),
        (
            "SET a.b = :v, a[0] = :w",
            "Two document paths conflict with each other; must remove or rewrite one of these"
            " paths; path one: [a, b], path two: [a, [0]]",
        ),
        (
            "SET a[0] = :v, a.b = :w",
            "Two document paths conflict with each other; must remove or rewrite one of these"
            " paths; path one: [a, [0]], path two: [a, b]",
        ),
        (
            "ADD a :s",
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING",
        ),
        (
            "DELETE a :v",
            "Incorrect operand type for operator or function; operator: DELETE,"
            " operand type: NUMBER",
        ),
        (
            "SET a = a + :s",
            "Incorrect operand type for operator or function; operator or function: +,"
            " operand type: S",
        ),
        (
            "SET a = list_append(a, :v)",
            "Incorrect operand type for operator or function; operator or function: list_append,"
            " operand type: N",
        ),
        (
            "SET a = if_not_exists(b)",
            "Incorrect number of operands for operator or function; operator or function:"
            " if_not_exists, number of operands: 1",
        ),
        (
            "SET a = if_not_exists(:v, :w)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = attribute_exists(b)",
            "The function is not allowed to be used this way in an expression;"
            " function: attribute_exists",
        ),
        (
            "SET " + ", ".join(f"a{n}=:v+:w" for n in range(301)),
            "The expression contains too many operators; operator count: 301",
        ),
    ],
)
def test_families_that_are_always_answered_bare(text, message):
    fault = refusal(text)
    assert fault.message == f"Invalid UpdateExpression: {message}"
    assert not isinstance(fault, Prefixable)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SET a = foo(b), status = :v", "reserved keyword"),
        ("SET a = foo(b) SET c = :v", "Invalid function name"),
        ("SET a = #q SET c = :v", "section can only be used once"),
        ("SET a = :q, b = #q", "attribute name: #q"),
        ("SET a = :q, a = :v", "attribute value: :q"),
        ("SET b.c = :v, b[0] = :v, a = :v, a = :w", "overlap"),
        ("SET b.c = :s + :s, b[0] = :v", "conflict"),
        ("SET b = size(a), c = :s + :v", "Incorrect operand type"),
    ],
)
def test_of_two_faults_the_one_that_aws_checks_first_is_told(text, told):
    assert told in refusal(text).message


WORDS = """
SET REMOVE ADD DELETE a b.c l[0] #n :v :s :l :ss = + - ( ) , if_not_exists( list_append( size( . [ ]
AND !
"""
PIECES = st.sampled_from(WORDS.split())


@given(st.lists(PIECES, max_size=16).map(" ".join) | st.text(max_size=30))
def test_whatever_text_comes_it_is_applied_or_refused_as_a_validation(text):
    try:
        update = parse_update(text, Placeholders({"#n": "name"}, VALUES))
        update.apply({"a": {"N": "1"}, "l": {"L": [{"S": "x"}]}, "b": {"M": {}}})
    except Validation as fault:
        assert fault.message
