"""Conditions, projections and updates mean what the model reads in them.

The values are so few that conditions come true often; histories (test_tables.py) seldom get there.
"""

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model import language
from tests.model.language import Texts
from tests.model.requests import apart
from tests.model.values import Refused, read_item, told_item

from headwater.errors import Validation
from headwater.expressions.condition import parse_condition
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.projection import parse_projection
from headwater.expressions.update import parse_update
from headwater.values.attribute import canonical_item

EXAMPLES = int(os.environ.get("HEADWATER_EXAMPLES", "0")) * 10 or 1000

TEXTS = st.sampled_from(["a", "ab", "b", "\U0001f30a"]).map(lambda text: {"S": text})
NUMBERS = st.sampled_from(["1", "1.0", "2", "-0", "10"]).map(lambda text: {"N": text})
BINARIES = st.sampled_from(["YQ==", "YWI=", "/w=="]).map(lambda text: {"B": text})
SCALARS = st.one_of(TEXTS, NUMBERS, BINARIES)
SETS = st.one_of(
    st.sets(st.sampled_from("ab"), min_size=1).map(lambda some: {"SS": sorted(some)}),
    st.sets(st.sampled_from(["1.0", "2"]), min_size=1).map(lambda some: {"NS": sorted(some)}),
    st.sets(st.sampled_from(["YQ==", "/w=="]), min_size=1).map(lambda some: {"BS": sorted(some)}),
)
LEAVES = st.one_of(SCALARS, SETS, st.sampled_from([{"NULL": True}, {"BOOL": True}, {"S": ""}]))
LISTS = st.lists(st.one_of(LEAVES, st.lists(SCALARS, max_size=1).map(lambda some: {"L": some})))
VALUES = st.one_of(
    NUMBERS,
    SETS,
    LEAVES,
    LISTS.map(lambda some: {"L": some[:3]}),
    st.dictionaries(st.sampled_from("xy"), LEAVES, max_size=2).map(lambda some: {"M": some}),
)
ITEMS = st.one_of(
    st.fixed_dictionaries({"a": VALUES}, optional={"b": VALUES, "c": VALUES}),
    st.fixed_dictionaries({"a": NUMBERS, "b": TEXTS, "c": SETS}),
)

PATHS = st.sampled_from(
    [
        ("a",),
        ("b",),
        ("c",),
        ("a",),
        ("b",),
        ("a", "x"),
        ("a", 0),
        ("a", 1),
        ("b", 0, 0),
        ("c", "y"),
    ]
)
PATH = PATHS.map(lambda path: ("path", path))
NUMBER = NUMBERS.map(lambda value: ("value", value))
CONSTANT = VALUES.map(lambda value: ("value", value))
SIZES = st.sampled_from(["0", "1", "2"]).map(lambda text: ("value", {"N": text}))
SIGNS = st.sampled_from(["<", "<=", ">", ">="])
TESTS = st.one_of(
    st.tuples(st.sampled_from(["=", "<>"]), PATH, CONSTANT),
    st.tuples(st.sampled_from(["=", "<>"]), PATH, PATH).filter(lambda node: node[1] != node[2]),
    st.tuples(SIGNS, PATH, SCALARS.map(lambda value: ("value", value))),
    st.tuples(SIGNS, PATH, NUMBER),
    st.tuples(SIGNS, PATHS.map(lambda path: ("size", path)), SIZES),
    st.tuples(st.just("between"), PATH, PATH, PATH).filter(lambda node: len({*node[1:]}) == 3),
    st.tuples(st.just("in"), PATH, st.lists(CONSTANT, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["exists", "missing"]), PATHS),
    st.tuples(
        st.just("type"),
        PATHS,
        st.sampled_from(["S", "N", "B", "L", "M", "SS", "NS", "BS", "NULL", "BOOL"]),
    ),
    st.tuples(st.just("begins"), PATHS, TEXTS),
    st.tuples(st.just("begins"), PATHS, BINARIES),
    st.tuples(st.just("contains"), PATHS, SCALARS),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.just("not"), inner)
    ),
    max_leaves=3,
)

OPERANDS = st.one_of(PATH, CONSTANT)
CALCULATIONS = st.tuples(st.sampled_from("+-"), PATH, NUMBER)
RIGHTS = st.one_of(
    OPERANDS,
    st.tuples(st.just("default"), PATHS, OPERANDS),
    st.tuples(st.just("append"), PATH, LISTS.map(lambda some: ("value", {"L": some[:2]}))),
)
TARGETS = st.one_of(PATHS, st.sampled_from([("a", 2), ("a", 5), ("a", 9), ("d",)]))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("SET"), st.tuples(TARGETS, RIGHTS)),
        st.tuples(st.just("SET"), st.tuples(TARGETS, CALCULATIONS)),
        st.tuples(st.just("REMOVE"), TARGETS),
        st.tuples(st.just("ADD"), st.tuples(TARGETS, st.one_of(NUMBERS, SETS))),
        st.tuples(st.just("DELETE"), st.tuples(TARGETS, SETS)),
    ),
    min_size=1,
    max_size=4,
)


def bound(texts):
    members = texts.members()
    return Placeholders(
        members.get("ExpressionAttributeNames"), members.get("ExpressionAttributeValues")
    )


def compare_condition(item, tree):
    texts = Texts()
    text = texts.condition(tree)
    condition = parse_condition(text, bound(texts))
    assert condition.matches(canonical_item(item)[0]) == language.holds(tree, read_item(item))
    assert condition.attributes == language.names_in(tree)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(item=ITEMS, paths=st.lists(PATHS, min_size=1, max_size=3).filter(apart))
def test_a_projection_shows_what_the_model_says(item, paths):
    texts = Texts()
    text = texts.projection(paths)
    shown = parse_projection(text, bound(texts)).project(canonical_item(item)[0])
    assert told_item(shown) == language.projected(read_item(item), paths)


def compare_update(item, actions):
    paths = [action if word == "REMOVE" else action[0] for word, action in actions]
    if not apart(paths):
        return
    tree: dict[str, list[Any]] = {}
    for word, action in actions:
        tree.setdefault(word, []).append(action)
    texts = Texts()
    change = parse_update(texts.update(tree), bound(texts))
    before = canonical_item(item)[0]
    try:
        wanted = language.updated(tree, read_item(item))
    except Refused:
        wanted = None
    try:
        left = change.apply(before)
    except Validation as fault:
        assert wanted is None, fault.message
        return
    assert wanted is not None
    assert told_item(left) == wanted
    assert before == canonical_item(item)[0], "the item handed in was changed"
    assert canonical_item(left)[0] == left, "not canonical"


@settings(max_examples=EXAMPLES, deadline=None)
@given(item=ITEMS, tree=CONDITIONS)
def test_a_condition_holds_where_the_model_says(item, tree):
    compare_condition(item, tree)


@settings(max_examples=EXAMPLES, deadline=None)
@given(item=ITEMS, actions=ACTIONS)
def test_an_update_leaves_what_the_model_says(item, actions):
    compare_update(item, actions)
