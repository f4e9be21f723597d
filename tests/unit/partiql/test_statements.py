"""Texts to trees, and what is no text of a statement.

Details of parse errors are recorded answers of AWS where a test says so; the others are those of
the open parser of PartiQL.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headwater.errors import Validation
from headwater.partiql.statements import parse
from headwater.partiql.syntax import (
    And,
    Arithmetic,
    BagOf,
    Between,
    Call,
    Compare,
    In,
    Is,
    ListOf,
    Literal,
    Not,
    Or,
    Order,
    Parameter,
    Path,
    Select,
    Target,
    TupleOf,
)

ENVELOPE = "Statement wasn't well formed, can't be processed: "


def refusal(text):
    with pytest.raises(Validation) as refused:
        parse(text)
    return refused.value.message


def where(text):
    statement = parse(f"SELECT * FROM t WHERE {text}").statement
    assert isinstance(statement, Select)
    return statement.where


def number(text):
    return Literal({"N": text})


A, B = Path(("a",)), Path(("b",))
NULL = Literal({"NULL": True})
IS_ONE = Compare("=", A, number("1"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = 1", IS_ONE),
        ("a != 1", Compare("<>", A, number("1"))),
        ("-1 <= a", Compare("<=", number("-1"), A)),
        ("a=1 AND b=2 and a=1", And((IS_ONE, Compare("=", B, number("2")), IS_ONE))),
        ("a=1 OR a=1 AND b", Or((IS_ONE, And((IS_ONE, B))))),
        ("(a=1 OR a=1) AND b", And((Or((IS_ONE, IS_ONE)), B))),
        ("NOT a = 1 AND b", And((Not(IS_ONE), B))),
        ("NOT NOT NOT a = 1", Not(IS_ONE)),
        ("a BETWEEN 1 AND 2 AND b", And((Between(A, number("1"), number("2")), B))),
        ("a NOT BETWEEN 1 AND ?", Not(Between(A, number("1"), Parameter(0)))),
        ("a IN [1, ?]", In(A, ListOf((number("1"), Parameter(0))))),
        ("a IN (1, 1)", In(A, ListOf((number("1"), number("1"))))),
        ("a IN ('x')", In(A, Literal({"S": "x"}))),
        ("a NOT IN <<1>>", Not(In(A, BagOf((number("1"),))))),
        ("a IS MISSING", Is(A, "missing")),
        ("a IS NOT NULL", Not(Is(A, "null"))),
        ("begins_with(\"a\", 'x')", Call("begins_with", (A, Literal({"S": "x"})))),
        ("SIZE(a) > 1", Compare(">", Call("size", (A,)), number("1"))),
        ("a.\"b c\"[0].d['e']", Path(("a", "b c", 0, "d", "e"))),
        ("a = 'it''s'", Compare("=", A, Literal({"S": "it's"}))),
        ("a = TRUE", Compare("=", A, Literal({"BOOL": True}))),
        ("a = {'x': [Null]}", Compare("=", A, TupleOf((("x", ListOf((NULL,))),)))),
        ("a = b - 1", Compare("=", A, Arithmetic("-", B, number("1")))),
    ],
)
def test_operators_bind_as_in_sql(text, tree):
    assert where(text) == tree


def test_comments_and_line_ends_are_blanks():
    text = "SELECT * -- all\nFROM/* from */t\r\nWHERE a = 1;"
    assert parse(text) == parse("SELECT * FROM t WHERE a=1")


def test_a_select_has_columns_a_target_and_an_order():
    statement = parse(
        'SELECT a, b.c FROM "t"."i" WHERE a = ? ORDER BY a DESC, "b", c ASC'
    ).statement
    assert isinstance(statement, Select)
    assert statement.target == Target("t", "i")
    assert statement.columns is not None
    assert [column.node for column in statement.columns] == [A, Path(("b", "c"))]
    assert [tuple(column.at) for column in statement.columns] == [(1, 8, 1), (1, 11, 1)]
    assert statement.order == (Order("a", True), Order("b", False), Order("c", False))


def test_parameters_are_counted_in_the_order_of_the_text():
    parsed = parse("UPDATE t SET a = ?, b = [?, {'x': ?}] REMOVE c WHERE k = ?")
    assert parsed.parameters == 4


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        # Recorded on AWS, 2023 to 2026.
        ("SLECT * FROM t WHERE a = 1", "Expected data manipulation"),
        ("UPDATE Payment-t SET active = ? WHERE id = ?", "Expected data manipulation"),
        ("INSERT INTO urls (key, b) VALUES (?, ?)", "Unexpected keyword"),
        ("SELECT * FROM t WHERE", "Unexpected term"),
        ("SELECT * FROM t WHERE a = 1e99999999999", ""),
        ('SELECT * FROM "t', ""),
        # The open parser's.
        ("", "Unexpected term"),
        ("SELECT * FROM t WHERE value = 1", "Unexpected keyword"),
        ("SELECT * FROM t WHERE a = 1 b", "Unexpected token after expression"),
        (
            "SELECT * FROM t; SELECT * FROM t",
            "Unexpected token after semicolon. (Only one query is allowed.)",
        ),
        ("SELECT FROM t", "Cannot have empty SELECT list"),
        ("SELECT a WHERE b = 1", "Expected FROM after SELECT list"),
        ("SELECT * FROM t WHERE ()", "Expression group cannot be empty"),
        ("SELECT * FROM t WHERE a.1 = 2", "Unexpected token after expression"),
        ("SELECT * FROM t WHERE a.* = 2", "Invalid path dot component"),
        ("UPDATE t SET value = 1 WHERE a = 1", "Expected identifier for simple path"),
        ("UPDATE t SET a 1 WHERE a = 1", "Expected '='"),
        ("DELETE t WHERE a = 1", "Expected FROM after DELETE"),
    ],
)
def test_what_is_no_statement_says_why_in_its_envelope(text, detail):
    assert refusal(text) == ENVELOPE + detail


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # Recorded on AWS, 2026.
        ('SELECT * FROM "t"."i"."x"', "A path may contain at most 2 components in the FROM clause"),
        ('SELECT * FROM "t".""', "Path component cannot be an empty string"),
        ('SELECT * FROM ""', "Path component cannot be an empty string"),
        (
            'INSERT INTO "t"."i" VALUE {\'a\': 1}',
            "FROM clause may only contain a single table name",
        ),
        ("SELECT * FROM t LIMIT 5", "Unsupported clause: LIMIT at 1:23:1"),
        (
            "SELECT *, a FROM t",
            "Other attributes should not be present in the projection when '*' is used.",
        ),
    ],
)
def test_what_dynamodb_does_not_have_is_refused_bare(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "SELECT DISTINCT a FROM t",
        "SELECT VALUE a FROM t",
        "SELECT a AS b FROM t",
        "SELECT a b FROM t",
        "SELECT a FROM t AS x",
        "SELECT a FROM t x",
        "SELECT a FROM t JOIN u ON a = b",
        "SELECT a FROM t GROUP BY a",
    ],
)
def test_clauses_of_partiql_are_refused_by_name(text):
    assert refusal(text).startswith("Unsupported clause: ")


def test_the_same_text_is_parsed_once():
    assert parse("SELECT * FROM t WHERE a = 9") is parse("SELECT * FROM t WHERE a = 9")


WORDS = st.sampled_from(
    [
        *("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "IS", "MISSING", "BETWEEN", "NULL"),
        *("INSERT", "INTO", "VALUE", "UPDATE", "SET", "REMOVE", "DELETE", "ORDER", "BY", "DESC"),
        *("RETURNING", "ALL", "OLD", "MODIFIED", "EXISTS", "a", "b", '"t"', "'x'", "1", "-1", "?"),
        *("=", "<>", "<", ">=", "+", "-", "*", ",", ".", "(", ")", "[", "]", "{", "}", "<<", ">>"),
        *(":", ";", "size", "begins_with", "set_add", "list_append", "1e5", "--", "/*", '"', "'"),
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join)))
@example("SELECT * FROM t WHERE " + "(" * 8000)
@example("SELECT * FROM t WHERE " + "[" * 8000)
@example("SELECT * FROM t WHERE " + "{'a':" * 1600)
@example("SELECT * FROM t WHERE a = " + "-" * 8000 + "1")
@example("SELECT * FROM t WHERE " + "NOT " * 2000 + "a = 1")
@example("SELECT * FROM t WHERE " + "NOT (" * 1600)
@example("SELECT * FROM t WHERE " + "a = 1 OR " * 290 + "a = 1")
@example("SELECT * FROM t WHERE " + "a + " * 2000 + "a = 1")
@example("SELECT * FROM t WHERE a" + ".b" * 4000 + " = 1")
@example("SELECT " + "size(" * 1600 + " FROM t")
@example("EXISTS(SELECT * FROM t WHERE " * 200)
def test_any_text_is_a_statement_or_refused(text):
    try:
        parse(text)
    except Validation:
        pass
