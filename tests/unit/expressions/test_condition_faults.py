"""What conditions may not be, in AWS's words and in AWS's order of telling.

Sources: texts and their order as recorded on AWS; the windows behind "near" follow the rule seen in
answers that users of AWS have published ("a-b", "#articleId attribute_not_exists :ckpst", "()",
"!!", "AND __"), as do "too many operators" and "too many operands". Not confirmed by a recorded
answer: the texts on list indexes and on nesting levels of paths, the operand type PATH.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Validation
from headwater.expressions.condition import parse_condition
from headwater.expressions.placeholders import Placeholders
from headwater.values.faults import Prefixable

VALUES = {
    ":v": {"N": "1"},
    ":n": {"N": "2"},
    ":s": {"S": "a"},
    ":bool": {"BOOL": True},
    ":nil": {"NULL": True},
    ":X": {"S": "X"},
    ":list": {"L": []},
}


def refusal(text, what="ConditionExpression", names=None):
    with pytest.raises(Validation) as refused:
        parse_condition(text, Placeholders(names, VALUES), what=what)
    return refused.value


def syntax(token, near):
    return f'Invalid ConditionExpression: Syntax error; token: "{token}", near: "{near}"'


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("a-b", "-", "a-b"),
        ("a b", "b", "a b"),
        ("!!! INVALID !!!", "!", "!!"),
        ("a attribute_not_exists :v", "attribute_not_exists", "a attribute_not_exists :v"),
        ("tenant:abc123-", ":abc123", "tenant:abc123-"),
        ("a = :v AND __typename = :s", "_", "AND __"),
        ("a", "<EOF>", "a"),
        ("contains (a, :v", "<EOF>", ":v"),
        ("attribute_not_exists(", "<EOF>", "("),
        ("NOT (a)", "<EOF>", ")"),
        ("a =", "<EOF>", "="),
        ("a = :v)", ")", ":v)"),
        ("a IN ()", ")", "()"),
        ("a IN :v", ":v", "IN :v"),
        ("a IN (:v", "<EOF>", ":v"),
        ("attribute_exists()", ")", "()"),
        ("attribute_exists(a,)", ")", ",)"),
        ("a = :v = :n", "=", ":v = :n"),
        ("(a = :v) = :n", "=", ") = :n"),
        ("a = (b = :v)", "=", "b = :v"),
        ("a BETWEEN :v", "<EOF>", ":v"),
        ("a BETWEEN :v OR :n", "OR", ":v OR :n"),
        ("a = NOT b", "NOT", "= NOT b"),
        ("AND a", "AND", "AND a"),
        ("a = :v AND", "<EOF>", "AND"),
        ("a + :v = :n", "+", "a + :v"),
        ("a[b] = :v", "b", "[b]"),
        ("a. = :v", "=", ". = :v"),
        ("a[1 = :v", "=", "1 = :v"),
        ("a = :v, b = :v", ",", ":v, b"),
        ("a = 5", "5", "= 5"),
        ('a = "x"', '"', '= "x'),
        ("#", "#", "#"),
        ("(" * 2000, "<EOF>", "("),
        ("size(" * 700, "<EOF>", "("),
    ],
)
def test_a_misplaced_token_is_shown_between_its_neighbours(text, token, near):
    fault = refusal(text)
    assert fault.message == syntax(token, near)
    assert isinstance(fault, Prefixable)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        (" \n", "The expression can not be empty;"),
        (
            "a = :v OR " * 500 + "a = :v",
            "Expression size has exceeded the maximum allowed size; expression size: 5006",
        ),
        ("((a = :v))", "The expression has redundant parentheses;"),
        ("((a = :v)) AND ((b = :v))", "The expression has redundant parentheses;"),
        ("((a)) = :v", "The expression has redundant parentheses;"),
        ("(" * 300 + "a = :v" + ")" * 300, "The expression has redundant parentheses;"),
        (
            "a = a",
            "The first operand must be distinct from the remaining operands for this operator or"
            " function; operator: =, first operand: [a]",
        ),
        (
            "contains(m.k[0], m.k[0])",
            "The first operand must be distinct from the remaining operands for this operator or"
            " function; operator: contains, first operand: [m, k, [0]]",
        ),
        (
            "a BETWEEN :v AND a",
            "The first operand must be distinct from the remaining operands for this operator or"
            " function; operator: BETWEEN, first operand: [a]",
        ),
        (
            "a = :q",
            "An expression attribute value used in expression is not defined; attribute value: :q",
        ),
        (
            "#q = :v",
            "An expression attribute name used in the document path is not defined;"
            " attribute name: #q",
        ),
    ],
)
def test_families_that_can_carry_the_prefix_of_put_item(text, message):
    fault = refusal(text)
    assert fault.message == f"Invalid ConditionExpression: {message}"
    assert isinstance(fault, Prefixable)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo(a)", "Invalid function name; function: foo"),
        ("SIZE(a) > :v", "Invalid function name; function: SIZE"),
        (
            "size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "attribute_exists(a) = :v",
            "The function is not allowed to be used this way in an expression;"
            " function: attribute_exists",
        ),
        (
            "a IN (:v, begins_with(b, :s))",
            "The function is not allowed to be used this way in an expression;"
            " function: begins_with",
        ),
        (
            "size(size(a)) > :v",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            "if_not_exists(a, :v) = :v",
            "The function is not allowed to be used this way in an expression;"
            " function: if_not_exists",
        ),
        (
            "Status = :v",
            "Attribute name is a reserved keyword; reserved keyword: Status",
        ),
        (
            "a.comment = :v",
            "Attribute name is a reserved keyword; reserved keyword: comment",
        ),
        (
            "attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; operator or function:"
            " attribute_exists, number of operands: 2",
        ),
        (
            "begins_with(a)",
            "Incorrect number of operands for operator or function; operator or function:"
            " begins_with, number of operands: 1",
        ),
        (
            "attribute_not_exists(:v)",
            "Operator or function requires a document path; operator or function:"
            " attribute_not_exists",
        ),
        (
            "begins_with(a, :v)",
            "Incorrect operand type for operator or function; operator or function: begins_with,"
            " operand type: N",
        ),
        (
            "a < :bool",
            "Incorrect operand type for operator or function; operator or function: <,"
            " operand type: BOOL",
        ),
        (
            "a BETWEEN :list AND :v",
            "Incorrect operand type for operator or function; operator or function: BETWEEN,"
            " operand type: L",
        ),
        (
            "size(:v) > :v",
            "Incorrect operand type for operator or function; operator or function: size,"
            " operand type: N",
        ),
        (
            "attribute_type(a, :v)",
            "Incorrect operand type for operator or function; operator or function:"
            " attribute_type, operand type: N",
        ),
        (
            "attribute_type(a, :X)",
            "Invalid attribute type name found; type: X, valid types:"
            " {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "a BETWEEN :s AND :v",
            "The BETWEEN operator requires same data type for lower and upper bounds; lower bound"
            " operand: AttributeValue: {S:a}, upper bound operand: AttributeValue: {N:1}",
        ),
        (
            "a BETWEEN :n AND :v",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound;"
            " lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue:"
            " {N:1}",
        ),
        (
            "a IN (" + ",".join([":v"] * 101) + ")",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
        (
            "(a<b AND" * 300 + " a<b" + ")" * 300,
            "The expression contains too many operators; operator count: 301",
        ),
        *(
            (
                f" {word} ".join(["a=:v"] * 151),
                "The expression contains too many operators; operator count: 301",
            )
            for word in ("AND", "OR")
        ),
        (
            "a[2147483648] = :v",
            "List index is not within the allowable range; index: [2147483648]",
        ),
        (
            "a" + ".b" * 32 + " = :v",
            "The document path has too many nesting elements; nesting levels: 33",
        ),
    ],
)
def test_families_that_are_always_answered_bare(text, message):
    fault = refusal(text)
    assert fault.message == f"Invalid ConditionExpression: {message}"
    assert not isinstance(fault, Prefixable)


@pytest.mark.parametrize(
    ("text", "joint", "operators"),
    [
        ("a = :v", " OR ", 2),
        ("a = :v", " AND ", 2),
        ("NOT a = :v", " OR ", 3),
        ("a BETWEEN :v AND :n", " OR ", 3),
        ("attribute_exists(a)", " OR ", 2),
        ("a IN (:v, :n)", " OR ", 2),
    ],
)
def test_three_hundred_operators_are_the_most(text, joint, operators):
    """Developer guide, "Count expression operators": each comparator, function, IN, AND, OR and NOT
    is one, BETWEEN with its AND two. A joint goes with each text but the first."""
    most = 301 // operators
    parse_condition(joint.join([text] * most), Placeholders(None, VALUES))
    fault = refusal(joint.join([text] * (most + 1)))
    assert "too many operators; operator count: 301" in fault.message


def test_the_parameter_is_told_by_its_name():
    fault = refusal("#missing = :v", what="FilterExpression")
    assert fault.message == (
        "Invalid FilterExpression: An expression attribute name used in the document path is not"
        " defined; attribute name: #missing"
    )


IN_ORDER = [
    ("((a = :v))", "redundant parentheses"),
    ("foo(a)", "Invalid function name"),
    ("attribute_exists(a) = :v", "not allowed to be used this way"),
    ("status = :v", "reserved keyword"),
    ("a = :missing", "is not defined"),
    ("begins_with(a)", "Incorrect number of operands"),
    ("a = a", "must be distinct"),
]


@pytest.mark.parametrize("place", range(len(IN_ORDER) - 1))
def test_of_two_faults_the_one_that_aws_checks_first_is_told(place):
    (first, told), (second, _) = IN_ORDER[place], IN_ORDER[place + 1]
    assert told in refusal(f"{second} AND {first}").message
    assert told in refusal(f"{first} AND {second}").message


@pytest.mark.parametrize(
    "text",
    [
        "a = :v AND(" * 149 + "a = :v" + ")" * 149,
        "NOT(a=b AND " * 99 + "a = :v" + ")" * 99,
        "NOT " * 299 + "a = :v",
        "a=:v OR(a=:v AND(" * 74 + "a=:v" + "))" * 74,
    ],
)
def test_the_deepest_condition_that_is_allowed_is_parsed_and_matched(text):
    condition = parse_condition(text, Placeholders(None, VALUES))
    condition.matches({"a": {"N": "1"}})


WORDS = """
a b.c #n :v :s = <> < <= > >= ( ) [ ] 0 7 , . + - AND OR NOT IN BETWEEN size attribute_exists _ !
attribute_type begins_with contains if_not_exists list_append SET REMOVE ADD DELETE
"""
PIECES = st.sampled_from(WORDS.split())


@given(st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=30))
def test_whatever_text_comes_it_is_parsed_or_refused_as_a_validation(text):
    placeholders = Placeholders({"#n": "name"}, VALUES)
    try:
        condition = parse_condition(text, placeholders)
    except Validation as fault:
        assert fault.message.startswith("Invalid ConditionExpression: ")
    else:
        assert condition.matches({"a": {"N": "1"}, "name": {"S": "x"}}) in (True, False)
