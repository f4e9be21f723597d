"""What updates do.

Sources: AWS, "Update expressions"; behaviour of lists, of missing parents and of what has the wrong
type as recorded on AWS; else arithmetic written out.
"""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Validation
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.update import parse_update
from headwater.values.size import Item

ITEM: Item = {
    "pk": {"S": "p"},
    "n": {"N": "10"},
    "s": {"S": "x"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"S": "a"}, {"S": "b"}, {"S": "c"}]},
    "m": {"M": {"n": {"N": "5"}, "l": {"L": [{"N": "1"}]}, "deep": {"M": {"x": {"S": "y"}}}}},
}
VALUES = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":s": {"S": "new"},
    ":t": {"S": "other"},
    ":ss": {"SS": ["c", "b"]},
    ":all": {"SS": ["b", "a"]},
    ":ns": {"NS": ["1"]},
    ":l": {"L": [{"N": "7"}]},
    ":empty": {"L": []},
    ":m": {"M": {}},
}
MISSING = "The provided expression refers to an attribute that does not exist in the item"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"
INVALID_PATH = "The document path provided in the update expression is invalid for update"


def updated(text, item=ITEM):
    before = copy.deepcopy(item)
    after = parse_update(text, Placeholders(None, VALUES)).apply(item)
    assert item == before, "the item handed in must stay as it is"
    return after


def texts(value):
    return [element.get("S") or element["N"] for element in value["L"]]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SET n = :one", {"n": {"N": "1"}}),
        ("SET fresh = :s", {"fresh": {"S": "new"}}),
        ("set n = n + :one remove s", {"n": {"N": "11"}, "s": None}),
        ("SET n = :one - n", {"n": {"N": "-9"}}),
        ("SET n = (n - :one)", {"n": {"N": "9"}}),
        ("SET n = (n + :one) + :two", {"n": {"N": "13"}}),
        ("SET q = if_not_exists(q, :one)", {"q": {"N": "1"}}),
        ("SET n = if_not_exists(n, :one) + :one", {"n": {"N": "11"}}),
        ("SET q = if_not_exists(m.deep.x, :s)", {"q": {"S": "y"}}),
        ("SET n = s, s = n", {"n": {"S": "x"}, "s": {"N": "10"}}),
        ("SET n = :one, q = n", {"n": {"N": "1"}, "q": {"N": "10"}}),
        ("ADD n :two", {"n": {"N": "12"}}),
        ("ADD q :two", {"q": {"N": "2"}}),
        ("ADD ss :ss", {"ss": {"SS": ["a", "b", "c"]}}),
        ("ADD q :ss", {"q": {"SS": ["b", "c"]}}),
        ("DELETE ss :ss", {"ss": {"SS": ["a"]}}),
        ("DELETE ss :all", {"ss": None}),
        ("DELETE q :ss", {}),
        ("REMOVE q", {}),
        ("REMOVE n, s", {"n": None, "s": None}),
        (
            "SET q = :m ADD n :one DELETE ss :ss REMOVE s",
            {"q": {"M": {}}, "n": {"N": "11"}, "ss": {"SS": ["a"]}, "s": None},
        ),
    ],
)
def test_top_level_attributes(text, changed):
    expected = {**ITEM, **changed}
    assert updated(text) == {name: value for name, value in expected.items() if value}


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("SET l[1] = :s", ["a", "new", "c"]),
        ("SET l[9] = :s", ["a", "b", "c", "new"]),
        ("SET l[9] = :s, l[7] = :t", ["a", "b", "c", "other", "new"]),
        ("REMOVE l[0]", ["b", "c"]),
        ("REMOVE l[0], l[2]", ["b"]),
        ("REMOVE l[2], l[0], l[1]", []),
        ("REMOVE l[7]", ["a", "b", "c"]),
        ("SET l[1] = :s REMOVE l[0]", ["new", "c"]),
        ("SET l[5] = :s REMOVE l[0], l[3]", ["b", "c", "new"]),
        ("SET l = list_append(l, :l)", ["a", "b", "c", "7"]),
        ("SET l = list_append(:l, l)", ["7", "a", "b", "c"]),
        ("SET l = list_append(if_not_exists(q, :empty), l)", ["a", "b", "c"]),
        ("SET l[0] = l[2], l[2] = l[0]", ["c", "b", "a"]),
    ],
)
def test_lists_are_set_and_appended_to_by_what_they_were_before(text, elements):
    assert texts(updated(text)["l"]) == elements


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("SET m.n = m.n + :one", ("n",), {"N": "6"}),
        ("SET m.fresh = :s", ("fresh",), {"S": "new"}),
        ("SET m.deep.x = :s", ("deep", "x"), {"S": "new"}),
        ("ADD m.n :two", ("n",), {"N": "7"}),
        ("ADD m.q :two", ("q",), {"N": "2"}),
        ("REMOVE m.deep.x", ("deep", "x"), None),
        ("REMOVE m.q", ("q",), None),
        ("SET m.l[4] = :one", ("l",), {"L": [{"N": "1"}, {"N": "1"}]}),
    ],
)
def test_a_path_changes_what_lies_at_its_end(text, path, value):
    found = updated(text)["m"]
    for name in path:
        found = found["M"].get(name)
    assert found == value


def test_elements_of_one_list_may_be_set_removed_and_entered_in_one_update():
    item = {"l": {"L": [{"S": "a"}, {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}, {"S": "c"}]}}
    after = updated("SET l[1].x = :two REMOVE l[0], l[1].y", item)
    assert after == {"l": {"L": [{"M": {"x": {"N": "2"}}}, {"S": "c"}]}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET q = absent", MISSING),
        ("SET q = absent + :one", MISSING),
        ("SET q = list_append(absent, :l)", MISSING),
        ("SET q = if_not_exists(absent, absent.x)", MISSING),
        ("SET q = s + :one", WRONG_TYPE),
        ("SET q = list_append(s, :l)", WRONG_TYPE),
        ("ADD s :one", WRONG_TYPE),
        ("ADD ss :ns", WRONG_TYPE),
        ("DELETE n :ss", WRONG_TYPE),
        ("SET absent.x = :one", INVALID_PATH),
        ("SET s.x = :one", INVALID_PATH),
        ("SET l.x = :one", INVALID_PATH),
        ("SET m[0] = :one", INVALID_PATH),
        ("SET l[7].x = :one", INVALID_PATH),
        ("REMOVE absent.x", INVALID_PATH),
        ("ADD absent.x :one", INVALID_PATH),
    ],
)
def test_what_does_not_fit_the_item_is_refused(text, message):
    with pytest.raises(Validation) as refused:
        updated(text)
    assert refused.value.message == message


def test_a_sum_beyond_38_digits_is_refused_and_not_rounded():
    """Source: AWS, numbers have 38 digits; 1E+38 + 1 needs 39."""
    with pytest.raises(Validation) as refused:
        updated("SET n = n + :one", {"n": {"N": "1" + "0" * 38}})
    assert refused.value.message == (
        "Attempting to store more than 38 significant digits in a Number"
    )


def test_nested_values_may_not_pass_32_levels():
    """30 maps around a scalar below a.b make 1 + 31 levels; one more is too many."""
    value: dict[str, object] = {"S": "x"}
    for _ in range(30):
        value = {"M": {"m": value}}
    fits = Placeholders(None, {":v": value})
    parse_update("SET a.b = :v", fits).apply({"a": {"M": {}}})
    deeper = Placeholders(None, {":v": {"L": [value]}})
    with pytest.raises(Validation, match="Nesting Levels have exceeded supported limits"):
        parse_update("SET a.b = :v", deeper).apply({"a": {"M": {}}})


def test_the_touched_part_of_old_and_new_item():
    update = parse_update(
        "SET n = :one, m.n = :two REMOVE l[0], absent", Placeholders(None, VALUES)
    )
    assert update.attributes == {"n", "m", "l", "absent"}
    assert update.touched(ITEM) == {
        "n": {"N": "10"},
        "m": {"M": {"n": {"N": "5"}}},
        "l": {"L": [{"S": "a"}]},
    }
    assert update.touched(update.apply(ITEM))["m"] == {"M": {"n": {"N": "2"}}}


@pytest.mark.parametrize(
    ("text", "creates"),
    [("SET a = :one", True), ("ADD a :one", True), ("REMOVE a", False), ("DELETE a :ss", False)],
)
def test_only_set_and_add_make_an_item_where_there_is_none(text, creates):
    assert parse_update(text, Placeholders(None, VALUES)).creates is creates


def test_the_deepest_functions_that_are_allowed_are_evaluated():
    text = "SET a = " + "list_append(:l," * 255 + "l" + ")" * 255
    after = updated(text)
    assert len(after["a"]["L"]) == 255 + 3


# --- against plain Python values -----------------------------------------------------------------

names = st.sampled_from(["a", "b", "c", "d"])
numbers = st.integers(-9, 9)


@given(st.dictionaries(names, numbers), st.data())
def test_updates_of_numbers_agree_with_plain_arithmetic(plain, data):
    actions = data.draw(
        st.dictionaries(
            names, st.tuples(st.sampled_from(["put", "plus", "minus", "add", "remove"]), numbers)
        )
    )
    sections: dict[str, list[str]] = {"SET": [], "ADD": [], "REMOVE": []}
    values = {}
    expected = dict(plain)
    for name, (action, number) in actions.items():
        value = f":{name}"
        if action != "remove":
            values[value] = {"N": str(number)}
        if action == "put":
            sections["SET"].append(f"{name} = {value}")
            expected[name] = number
        elif action == "add":
            sections["ADD"].append(f"{name} {value}")
            expected[name] = plain.get(name, 0) + number
        elif action == "remove":
            sections["REMOVE"].append(name)
            expected.pop(name, None)
        else:
            sign = "+" if action == "plus" else "-"
            sections["SET"].append(f"{name} = if_not_exists({name}, {value}) {sign} {value}")
            start = plain.get(name, number)
            expected[name] = start + number if action == "plus" else start - number
    text = " ".join(f"{word} {', '.join(parts)}" for word, parts in sections.items() if parts)
    if not text:
        return
    item = {name: {"N": str(number)} for name, number in plain.items()}
    after = parse_update(text, Placeholders(None, values or None)).apply(item)
    assert after == {name: {"N": str(number)} for name, number in expected.items()}


@given(st.integers(0, 5), st.dictionaries(st.integers(0, 8), st.sampled_from(["set", "remove"])))
def test_edits_of_a_list_mean_its_old_places(length, edits):
    if not edits:
        return
    sets = [f"l[{place}] = :v{place}" for place, edit in edits.items() if edit == "set"]
    removes = [f"l[{place}]" for place, edit in edits.items() if edit == "remove"]
    values = {f":v{place}": {"N": str(100 + place)} for place in edits if edits[place] == "set"}
    text = ("SET " + ", ".join(sets) if sets else "") + (
        " REMOVE " + ", ".join(removes) if removes else ""
    )
    item = {"l": {"L": [{"N": str(place)} for place in range(length)]}}
    after = parse_update(text, Placeholders(None, values or None)).apply(item)
    kept = [
        100 + place if edits.get(place) == "set" else place
        for place in range(length)
        if edits.get(place) != "remove"
    ]
    behind = [100 + place for place in sorted(edits) if place >= length and edits[place] == "set"]
    assert [int(element["N"]) for element in after["l"]["L"]] == kept + behind
