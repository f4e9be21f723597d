"""Projections. Source: AWS, "Projection expressions"; lists are compacted as recorded on AWS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Validation
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.projection import parse_projection
from headwater.values.faults import Prefixable
from headwater.values.size import Item

ITEM: Item = {
    "a": {"N": "1"},
    "l": {"L": [{"S": "0"}, {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}, {"S": "3"}]},
    "m": {"M": {"k": {"S": "v"}, "status": {"S": "s"}, "m": {"M": {"z": {"NULL": True}}}}},
}
NAMES = {"#s": "status", "#m": "m"}


def projected(text):
    names = {key: name for key, name in NAMES.items() if key in text} or None
    return parse_projection(text, Placeholders(names, None)).project(ITEM)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a", {"a": {"N": "1"}}),
        ("absent", {}),
        ("a, absent", {"a": {"N": "1"}}),
        ("m.k", {"m": {"M": {"k": {"S": "v"}}}}),
        ("#m.#s", {"m": {"M": {"status": {"S": "s"}}}}),
        ("m.absent", {}),
        ("m.k.deeper", {}),
        ("m[0]", {}),
        ("l.x", {}),
        ("l[2], l[0]", {"l": {"L": [{"S": "0"}, {"S": "3"}]}}),
        ("l[1].y, l[7]", {"l": {"L": [{"M": {"y": {"S": "2"}}}]}}),
        ("l[1].absent, l[0].absent", {}),
        ("m.k, m.m.z", {"m": {"M": {"k": {"S": "v"}, "m": {"M": {"z": {"NULL": True}}}}}}),
    ],
)
def test_what_an_answer_shows(text, part):
    assert projected(text) == part


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!!! INVALID !!!", 'Syntax error; token: "!", near: "!!"'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("_id", 'Syntax error; token: "_", near: "_id"'),
        (":v", 'Syntax error; token: ":v", near: ":v"'),
        ("", "The expression can not be empty;"),
        (
            "a, #q",
            "An expression attribute name used in the document path is not defined;"
            " attribute name: #q",
        ),
    ],
)
def test_faults_that_can_carry_the_prefix(text, message):
    with pytest.raises(Prefixable) as refused:
        projected(text)
    assert refused.value.message == f"Invalid ProjectionExpression: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a, name", "Attribute name is a reserved keyword; reserved keyword: name"),
        (
            "a.b, a",
            "Two document paths overlap with each other; must remove or rewrite one of these paths;"
            " path one: [a, b], path two: [a]",
        ),
        (
            "a.b, a[1]",
            "Two document paths conflict with each other; must remove or rewrite one of these"
            " paths; path one: [a, b], path two: [a, [1]]",
        ),
    ],
)
def test_faults_that_are_answered_bare(text, message):
    with pytest.raises(Validation) as refused:
        projected(text)
    assert refused.value.message == f"Invalid ProjectionExpression: {message}"


def test_the_attributes_a_projection_reads():
    projection = parse_projection("#m.k, l[0], l[1].x", Placeholders(NAMES, None))
    assert projection.attributes == {"m", "l"}


@given(st.lists(st.sampled_from(["a", "m.k", "l[0]", "l[2]", "m.m.z", "absent"]), unique=True))
def test_projecting_twice_shows_the_same_where_no_list_was_compacted(paths):
    texts = [path for path in paths if path != "l[2]"]
    if not texts:
        return
    projection = parse_projection(", ".join(texts), Placeholders(None, None))
    once = projection.project(ITEM)
    assert projection.project(once) == once


@given(st.text(max_size=20) | st.text("a.[]0, #n", max_size=20))
def test_whatever_text_comes_it_is_projected_or_refused_as_a_validation(text):
    try:
        parse_projection(text, Placeholders(NAMES, None)).project(ITEM)
    except Validation as fault:
        assert fault.message.startswith("Invalid ProjectionExpression: ")
