"""The way in for values: what is taken, what becomes of it, and what is refused in which words.

Sources: texts recorded on AWS as gathered in the project's list of ValidationException and
SerializationException texts; the nesting boundary (31 maps around a scalar) was recorded on AWS in
2026; sizes are arithmetic after AWS's "Capacity unit consumption" page.
"""

from base64 import b64encode
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Serialization, Validation
from headwater.values.attribute import canonical_item, canonical_value
from headwater.values.codec import decode_item, encode_item
from headwater.values.faults import PREFIX, Prefixable, prefixed
from headwater.values.size import item_size, value_size

OMP = "One or more parameter values were invalid: "
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
MANY = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the"
    " supported datatypes"
)
NESTED = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels"
    " beyond supported limit"
)


def nested(levels, inner=None):
    value = inner or {"S": "x"}
    for level in range(levels):
        value = {"L": [value]} if level % 2 else {"M": {"m": value}}
    return value


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ({"S": ""}, {"S": ""}),
        ({"N": "1.50"}, {"N": "1.5"}),
        ({"B": ""}, {"B": ""}),
        ({"B": "AAE="}, {"B": "AAE="}),
        ({"BOOL": False}, {"BOOL": False}),
        ({"NULL": True}, {"NULL": True}),
        ({"SS": ["b", "a"]}, {"SS": ["a", "b"]}),
        ({"NS": ["10", "9", "-1.0"]}, {"NS": ["-1", "9", "10"]}),
        ({"BS": ["AQ==", "/w==", "AA=="]}, {"BS": ["AA==", "AQ==", "/w=="]}),
        ({"L": [{"N": "01"}, {"S": "a"}]}, {"L": [{"N": "1"}, {"S": "a"}]}),
        ({"M": {"a": {"N": "+1"}}}, {"M": {"a": {"N": "1"}}}),
        ({"L": []}, {"L": []}),
        ({"M": {}}, {"M": {}}),
        # Null members are absent, and DynamoDB ignores members it does not know.
        ({"S": "a", "N": None}, {"S": "a"}),
        ({"S": "a", "Q": 5}, {"S": "a"}),
    ],
)
def test_a_value_becomes_canonical(raw, canonical):
    assert canonical_value(raw) == canonical


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, EMPTY),
        ({"Q": "a"}, EMPTY),
        ({"S": None}, EMPTY),
        ({"S": "a", "N": "1"}, MANY),
        ({"N": "abc"}, "The parameter cannot be converted to a numeric value: abc"),
        ({"NS": ["1", "x"]}, "The parameter cannot be converted to a numeric value: x"),
        ({"N": "1" * 39}, "Attempting to store more than 38 significant digits in a Number"),
        ({"L": [{}]}, EMPTY),
        ({"M": {"a": {"M": {"b": {}}}}}, EMPTY),
        (nested(32), NESTED),
        (nested(900), NESTED),
    ],
)
def test_a_bad_value_is_refused_bare(raw, message):
    with pytest.raises(Validation) as refused:
        canonical_value(raw)
    assert refused.value.message == message
    assert not isinstance(refused.value, Prefixable)
    assert prefixed(refused.value) is refused.value


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"NULL": False}, OMP + "Null attribute value types must have the value of true"),
        ({"SS": []}, OMP + "An string set  may not be empty"),
        ({"NS": []}, OMP + "An number set  may not be empty"),
        ({"BS": []}, OMP + "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, OMP + "Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, OMP + "Input collection contains duplicates."),
        (
            {"BS": ["AA==", "AA=="]},
            OMP + "Input collection [AA==, AA==]of type BS contains duplicates.",
        ),
        ({"L": [{"M": {"a": {"SS": []}}}]}, OMP + "An string set  may not be empty"),
    ],
)
def test_some_families_of_faults_can_carry_the_prefix_of_put_item(raw, message):
    with pytest.raises(Prefixable) as refused:
        canonical_value(raw)
    assert refused.value.message == message
    assert prefixed(refused.value).message == PREFIX + message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"S": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 5.5}, "DECIMAL_VALUE cannot be converted to String"),
        ({"S": True}, "TRUE_VALUE cannot be converted to String"),
        ({"S": False}, "FALSE_VALUE cannot be converted to String"),
        ({"BOOL": "true"}, "STRING_VALUE cannot be converted to Boolean"),
        ({"S": {}}, "Start of structure or map found where not expected"),
        ({"SS": "a"}, "Unexpected field type"),
        ({"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"L": "a"}, "Unexpected field type"),
        ({"M": "a"}, "Unexpected field type"),
        ({"M": {"a": "b"}}, "Unexpected value type in payload"),
        ({"L": [5]}, "Unexpected value type in payload"),
        ("a", "Unexpected value type in payload"),
        ({"B": 5}, "only base-64-encoded strings are convertible to bytes"),
        ({"B": "AAA"}, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        ({"BS": ["AA"]}, "Base64 encoded length is expected a multiple of 4 bytes but found: 2"),
    ],
)
def test_a_wrong_json_type_is_a_serialization_fault(raw, message):
    with pytest.raises(Serialization) as refused:
        canonical_value(raw)
    assert refused.value.message == message


@pytest.mark.parametrize("encoded", ["AB==", "AAB=", "A A=", "A===", "====", "AA=A", "Ä==="])
def test_base64_that_is_not_canonical_is_refused(encoded):
    """Stray bits, blanks or padding in the wrong place; AWS decodes strictly."""
    with pytest.raises(Serialization):
        canonical_value({"B": encoded})


def test_a_wrong_json_type_anywhere_is_told_before_a_bad_value():
    """Source: the order of checks, JSON types come first."""
    with pytest.raises(Serialization):
        canonical_item({"a": {"SS": []}, "b": {"L": [{"S": 5}]}})


def test_a_scalar_in_31_containers_is_taken():
    assert canonical_value(nested(31)) == nested(31)


def test_a_name_of_65535_bytes_is_taken_and_a_longer_one_refused():
    _, size = canonical_item({"ä" * 32767 + "a": {"NULL": True}})
    assert size == 65535 + 1
    with pytest.raises(Prefixable) as refused:
        canonical_item({"m": {"M": {"a" * 65536: {"S": ""}}}})
    assert refused.value.message == "Attribute name is too large, must be less than 65536 bytes"


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({}, 0),
        ({"pk": {"S": "abc"}}, 2 + 3),
        ({"ä": {"S": "ö"}}, 2 + 2),
        ({"n": {"N": "123"}}, 1 + 1 + 2),
        ({"n": {"N": "-5"}}, 1 + 1 + 1 + 1),
        ({"n": {"N": "0"}}, 1 + 1),
        ({"n": {"N": "1200"}}, 1 + 1 + 1),
        ({"b": {"B": "AAE="}}, 1 + 2),
        ({"t": {"BOOL": True}, "u": {"NULL": True}}, 1 + 1 + 1 + 1),
        ({"s": {"SS": ["a", "bc"]}}, 1 + 1 + 2),
        ({"s": {"NS": ["1", "200"]}}, 1 + 2 + 2),
        ({"s": {"BS": ["AAE=", "AA=="]}}, 1 + 2 + 1),
        ({"l": {"L": []}}, 1 + 3),
        ({"l": {"L": [{"S": "ab"}, {"NULL": True}]}}, 1 + 3 + (1 + 2) + (1 + 1)),
        ({"m": {"M": {"k": {"S": "ab"}}}}, 1 + 3 + (1 + 1 + 2)),
    ],
)
def test_the_size_is_aws_s_count_of_bytes(item, size):
    assert canonical_item(item)[1] == size
    assert item_size(item) == size


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
texts = st.text(st.characters(codec="utf-8"), max_size=6)
numbers = st.decimals(-(10**6), 10**6, places=3, allow_nan=False).map(str) | st.integers().map(
    lambda number: str(number % 10**38)
)
binaries = st.binary(max_size=6).map(lambda raw: b64encode(raw).decode())
scalars = st.one_of(
    texts.map(lambda text: {"S": text}),
    numbers.map(lambda number: {"N": number}),
    binaries.map(lambda encoded: {"B": encoded}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.sets(texts, min_size=1, max_size=3).map(lambda elements: {"SS": list(elements)}),
    st.sets(st.integers(), min_size=1, max_size=3).map(
        lambda elements: {"NS": [f"{number % 10**9}.{number % 7}0" for number in elements]}
    ),
    st.sets(binaries, min_size=1, max_size=3).map(lambda elements: {"BS": list(elements)}),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements})
        | st.dictionaries(names, inner, max_size=3).map(lambda members: {"M": members})
    ),
    max_leaves=8,
)
items = st.dictionaries(names, values, max_size=4)


def canonical_or_none(raw):
    try:
        return canonical_item(raw)
    except Validation:  # two of the numbers in a set were equal
        return None


@given(items)
def test_a_canonical_item_is_its_own_canonical_form_with_the_same_size(raw):
    first = canonical_or_none(raw)
    if first is None:
        return
    item, size = first
    assert canonical_item(item) == (item, size)
    assert item_size(item) == size


@given(values)
def test_a_measured_list_is_three_bytes_and_one_more_for_its_element(raw):
    try:
        value = canonical_value(raw)
    except Validation:
        return
    assert value_size({"L": [value]}) == 3 + 1 + value_size(value)


@given(items, st.randoms())
def test_equal_items_have_equal_bytes_whatever_the_order_they_came_in(raw, dice):
    first = canonical_or_none(raw)
    if first is None:
        return
    names_in_order = list(raw)
    dice.shuffle(names_in_order)
    shuffled, _ = canonical_item({name: raw[name] for name in names_in_order})
    assert encode_item(shuffled) == encode_item(first[0])
    assert decode_item(encode_item(shuffled)) == first[0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL", "x"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@given(json_values)
def test_whatever_json_comes_only_faults_of_aws_s_vocabulary_are_raised(raw):
    for check in (canonical_value, canonical_item):
        try:
            check(raw)
        except (Validation, Serialization) as fault:
            assert fault.message


LIMIT = 400 * 1024  # AWS, developer guide, "Constraints": an item is at most 400 KB
WRONG = {"S": 5}


@pytest.mark.parametrize(
    "raw",
    [
        {**{f"a{n:06d}": {"N": "1"} for n in range(LIMIT // 7 + 10)}, "z": WRONG},
        {"l": {"L": [*[{"S": ""}] * (LIMIT + 10), WRONG]}},
        {"l": {"L": [*[{"L": [{"S": ""}] * 9999}] * 90, WRONG]}},
        {"m": {"M": {"l": {"L": [{"S": ""}] * (LIMIT + 10)}, "z": WRONG}}},
        {"s": {"SS": [str(n) for n in range(LIMIT + 10)]}, "z": WRONG},
        {"s": {"NS": [str(n) for n in range(LIMIT // 2 + 10)]}, "z": WRONG},
        {"s": {"BS": ["AAAA"] * (LIMIT + 10)}, "z": WRONG},
        {**{f"a{n}": {"L": [{"S": "x" * 999}] * 10} for n in range(90)}, "z": WRONG},
    ],
    ids=["attributes", "list", "lists", "map", "strings", "numbers", "binaries", "a lot of each"],
)
def test_what_can_fit_no_item_is_given_up_before_all_of_it_is_seen(raw):
    """The wrong member at the end would be told first if anybody came there."""
    with pytest.raises(Validation) as told:
        canonical_item(raw)
    assert told.value.message == "Item size has exceeded the maximum allowed size"


@pytest.mark.parametrize(
    ("raw", "size"),
    [
        ({"l": {"L": [{"S": ""}] * (LIMIT - 4)}}, LIMIT),
        ({"l": {"L": [{"L": [{"S": ""}] * 9999}] * 40}}, 1 + 3 + 40 * (1 + 3 + 9999)),
        ({"s": {"NS": [str(n) for n in range(1, 100)] + [f"{n}00" for n in range(1, 100)]}}, None),
        ({"s": {"SS": [f"{n:03d}" for n in range(1000)]}}, 3001),
        ({"s": {"S": "x" * (LIMIT * 3)}}, LIMIT * 3 + 1),
        ({f"{n:03x}": {"S": "x" * 2000} for n in range(500)}, 500 * 2003),
    ],
    ids=["list", "lists", "numbers", "strings", "string", "attributes"],
)
def test_what_is_large_but_not_beyond_all_bounds_is_measured(raw, size):
    canonical, measured = canonical_item(raw)
    assert measured == item_size(canonical)
    assert size is None or measured == size


@given(st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=30, unique=True))
def test_sets_of_integers_are_sorted_as_any_numbers(numbers):
    texts = [str(number) for number in numbers]
    plain = canonical_value({"NS": texts})
    assert plain == {"NS": [str(number) for number in sorted(numbers)]}
    assert canonical_value({"NS": [*texts, "0.5"]})["NS"] == [
        str(number) for number in sorted([*numbers, Decimal("0.5")])
    ]
