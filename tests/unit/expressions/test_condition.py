"""What conditions mean.

Source: AWS, "Comparison operator and function reference". That types that differ and missing
attributes compare as false except for <>, and size() of a string, was recorded on AWS.
contains() on binaries: AWS's legacy CONTAINS, "a subsequence of the target".
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.expressions.condition import parse_condition
from headwater.expressions.placeholders import Placeholders
from headwater.values.size import Item

ITEM: Item = {
    "pk": {"S": "p"},
    "n": {"N": "10"},
    "s": {"S": "hello"},
    "wave": {"S": "a\U0001f30a"},
    "b": {"B": "AAEC"},
    "flag": {"BOOL": True},
    "nil": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": ["AA==", "AQ=="]},
    "l": {"L": [{"N": "1"}, {"M": {"x": {"S": "deep"}}}]},
    "m": {"M": {"k": {"S": "v"}, "ss": {"SS": ["z"]}, "status": {"N": "5"}}},
}
VALUES = {
    ":p": {"S": "p"},
    ":n": {"N": "10"},
    ":one": {"N": "1"},
    ":nine": {"N": "9"},
    ":eleven": {"N": "11"},
    ":three": {"N": "3"},
    ":he": {"S": "he"},
    ":lo": {"S": "lo"},
    ":v": {"S": "v"},
    ":deep": {"S": "deep"},
    ":a": {"S": "a"},
    ":b": {"B": "AAE="},
    ":bb": {"B": "AQI="},
    ":true": {"BOOL": True},
    ":ss": {"SS": ["b", "a"]},
    ":z": {"S": "zzz"},
    ":S": {"S": "S"},
    ":NULL": {"S": "NULL"},
    ":half": {"N": "2.50"},
    ":l": {"L": [{"N": "1.0"}, {"M": {"x": {"S": "deep"}}}]},
}
NAMES = {"#s": "status", "#dot": "a.b", "#m": "m"}


def holds(text, item=ITEM):
    names = {key: name for key, name in NAMES.items() if key in text} or None
    return parse_condition(text, Placeholders(names, VALUES)).matches(item)


@pytest.mark.parametrize(
    "text",
    [
        "attribute_exists(pk)",
        "attribute_not_exists(q)",
        "attribute_exists(l[1].x)",
        "attribute_not_exists(l[2])",
        "attribute_not_exists(s.x)",
        "attribute_not_exists(#dot)",
        "attribute_type(s, :S)",
        "attribute_type(nil, :NULL)",
        "n = :n",
        "n <> :nine",
        "n <> :v",
        "q <> :v",
        "q <> absent",
        "n < :eleven",
        "n <= :n",
        "n > :nine",
        "n >= :n",
        ":nine < n",
        "s > :he",
        "b < :bb",
        "ss = :ss",
        "l = :l",
        "n BETWEEN :nine AND :eleven",
        "n BETWEEN :n AND :n",
        ":n BETWEEN :nine AND n",
        "n IN (:v, :n)",
        "n IN (:n)",
        "begins_with(s, :he)",
        "begins_with(b, :b)",
        "contains(s, :lo)",
        "contains(ss, :a)",
        "contains(ns, :half)",
        "contains(l, :one)",
        "contains(b, :bb)",
        "size(s) > :three",
        "size(wave) = :three",
        "size(b) = :three",
        "size(ss) < :three",
        "size(m) = :three",
        "size(l) <> :three",
        "m.k = :v",
        "#m.#s > :three",
        "l[1].x = :deep",
        "NOT n = :nine",
        "NOT (n = :nine OR n = :v)",
        "NOT NOT n = :n",
        "n = :nine OR n = :n",
        "n = :n OR n = :nine AND n = :v",
        "(n = :nine OR n = :n) AND pk = :p",
        "NOT n = :nine AND pk = :p",
        "not n = :nine and pk = :p or n between :v and :v",
        "(size(s)) > :three",
        "(n) = (:n)",
        "flag = :true",
    ],
)
def test_what_holds_holds_and_its_negation_does_not(text):
    assert holds(text)
    assert not holds(f"NOT ({text})")


@pytest.mark.parametrize(
    "text",
    [
        "attribute_exists(q)",
        "attribute_exists(l[2])",
        "attribute_exists(pk[0])",
        "attribute_type(n, :S)",
        "attribute_type(q, :S)",
        "n = :v",
        "q = :v",
        "q = absent",
        "q < :v",
        "n < :v",
        "s < :n",
        "flag > :n",
        "n BETWEEN :nine AND q",
        "n IN (:v, q)",
        "begins_with(n, :he)",
        "begins_with(q, :he)",
        "contains(n, :one)",
        "contains(s, :one)",
        "contains(ss, :n)",
        "contains(q, :n)",
        "size(n) > :one",
        "size(q) > :one",
        "size(flag) > :one",
        "n <> :n",
        "n = :nine OR n = :v AND n = :n",
        "(n = :n OR n = :nine) AND pk = :v",
    ],
)
def test_what_does_not_hold_is_not_matched(text):
    assert not holds(text)


def test_an_item_that_does_not_exist_has_no_attributes():
    assert holds("attribute_not_exists(pk)", None)
    assert not holds("pk = :p", None)


def test_the_attributes_a_condition_reads_are_known_by_their_real_names():
    condition = parse_condition(
        "#m.#s > :n AND (size(l[0]) = :n OR attribute_exists(s))",
        Placeholders({"#m": "m", "#s": "status"}, {":n": {"N": "1"}}),
    )
    assert condition.attributes == {"m", "l", "s"}


def test_a_text_without_placeholders_is_bound_once():
    first = parse_condition("attribute_not_exists(pk)", Placeholders(None, None))
    assert parse_condition("attribute_not_exists(pk)", Placeholders(None, None)) is first


# --- against an evaluator of plain Python values -------------------------------------------------

names = st.sampled_from(["a", "b", "c"])
numbers = st.integers(0, 3)
comparisons = st.tuples(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), names, numbers)
leaves = st.one_of(
    comparisons,
    st.tuples(st.just("BETWEEN"), names, numbers),
    st.tuples(st.just("IN"), names, numbers),
    st.tuples(st.just("exists"), names, numbers),
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner) | st.tuples(st.just("NOT"), inner)
    ),
    max_leaves=12,
)


def written(tree, outer=0):
    """The tree as text, with just the parentheses that precedence asks for."""
    kind = tree[0]
    if kind in ("OR", "AND", "NOT"):
        rank = {"OR": 1, "AND": 2, "NOT": 3}[kind]
        if kind == "NOT":
            text = f"NOT {written(tree[1], rank)}"
        else:
            text = f"{written(tree[1], rank)} {kind} {written(tree[2], rank + 1)}"
        return f"({text})" if rank < outer else text
    name, number = tree[1], tree[2]
    if kind == "BETWEEN":
        return f"{name} BETWEEN :v1 AND :v{max(number, 1)}"
    if kind == "IN":
        return f"{name} IN (:v0, :v{number})"
    if kind == "exists":
        return f"attribute_exists({name})"
    return f"{name} {kind} :v{number}"


def evaluated(tree, item):
    kind = tree[0]
    if kind == "NOT":
        return not evaluated(tree[1], item)
    if kind == "AND":
        return evaluated(tree[1], item) and evaluated(tree[2], item)
    if kind == "OR":
        return evaluated(tree[1], item) or evaluated(tree[2], item)
    value, number = item.get(tree[1]), tree[2]
    if kind == "exists":
        return value is not None
    if value is None:
        return kind == "<>"
    return {
        "BETWEEN": 1 <= value <= max(number, 1),
        "IN": value in (0, number),
        "=": value == number,
        "<>": value != number,
        "<": value < number,
        "<=": value <= number,
        ">": value > number,
        ">=": value >= number,
    }[kind]


@given(trees, st.dictionaries(names, numbers))
def test_conditions_agree_with_a_plain_evaluator(tree, plain):
    text = written(tree)
    values = {f":v{number}": {"N": str(number)} for number in range(4)}
    condition = parse_condition(text, Placeholders(None, values))
    item = {name: {"N": str(number)} for name, number in plain.items()}
    assert condition.matches(item) == evaluated(tree, plain), text
