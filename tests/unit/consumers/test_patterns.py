"""The language of filters: tables of patterns, and a second matcher that works another way.

Source: AWS, EventBridge user guide, "Comparison operators for use in event patterns"; Lambda
guide, "Control which events Lambda sends to your function"; recorded where the case says so.
"""

import itertools
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.consumers.mappings.filters import compile_filters
from headwater.consumers.mappings.patterns import InvalidPattern, compile_pattern, parse_pattern
from headwater.errors import InvalidParameterValue

EVENT = {
    "eventName": "MODIFY",
    "dynamodb": {
        "ApproximateCreationDateTime": 1772600800.0,
        "Keys": {"pk": {"S": "o-1"}},
        "NewImage": {
            "pk": {"S": "o-1"},
            "qty": {"N": "2"},
            "paid": {"BOOL": True},
            "note": {"NULL": True},
            "empty": {"S": ""},
            "tags": {"SS": ["red", "blue"]},
            "lines": {
                "L": [{"M": {"sku": {"S": "a"}, "n": {"N": "1"}}}, {"M": {"sku": {"S": "b"}}}]
            },
            "nothing": {"L": []},
            "path": {"S": "dir/file*.png"},
        },
        "SizeBytes": 300,
    },
}


def image(**attributes):
    return {"dynamodb": {"NewImage": attributes}}


def fits(pattern, event=EVENT):
    text = pattern if isinstance(pattern, str) else orjson.dumps(pattern).decode()
    return compile_pattern(parse_pattern(text))(event)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        # equality; entries of an array are OR'ed, members AND'ed
        ({"eventName": ["MODIFY"]}, True),
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["INSERT"]}, False),
        ({"eventName": ["MODIFY"], "dynamodb": {"SizeBytes": [300]}}, True),
        ({"eventName": ["MODIFY"], "dynamodb": {"SizeBytes": [301]}}, False),
        (image(qty={"N": ["2"]}), True),
        (image(qty={"N": [2]}), False),
        (image(paid={"BOOL": [True]}), True),
        (image(paid={"BOOL": [1]}), False),
        (image(paid={"BOOL": [None]}), False),
        (image(empty={"S": [""]}), True),
        (image(gone={"S": [None]}), False),
        # numbers are equal by their text (recorded: 300 is not 300.0)
        ({"dynamodb": {"SizeBytes": [300]}}, True),
        ('{"dynamodb":{"SizeBytes":[300.0]}}', False),
        ('{"dynamodb":{"ApproximateCreationDateTime":[1772600800.0]}}', True),
        ('{"dynamodb":{"ApproximateCreationDateTime":[1772600800]}}', False),
        # numeric works on JSON numbers, so never on DynamoDB's {"N": "5"} (recorded)
        ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 0]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"numeric": ["=", 300]}]}}, True),
        ('{"dynamodb":{"SizeBytes":[{"numeric":["=",3.0e2]}]}}', True),
        ({"dynamodb": {"SizeBytes": [{"numeric": [">", 0, "<=", 300]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"numeric": [">=", 0, "<", 300]}]}}, False),
        (image(qty={"N": [{"numeric": [">", 0]}]}), False),
        (image(paid={"BOOL": [{"numeric": [">", 0]}]}), False),
        # texts
        ({"eventName": [{"prefix": "MOD"}]}, True),
        ({"eventName": [{"prefix": "mod"}]}, False),
        ({"eventName": [{"prefix": {"equals-ignore-case": "mod"}}]}, True),
        ({"eventName": [{"suffix": "IFY"}]}, True),
        ({"eventName": [{"suffix": {"equals-ignore-case": "ify"}}]}, True),
        ({"eventName": [{"suffix": "FIED"}]}, False),
        ({"eventName": [{"equals-ignore-case": "modify"}]}, True),
        ({"eventName": [{"equals-ignore-case": "modif"}]}, False),
        ({"dynamodb": {"SizeBytes": [{"prefix": "3"}]}}, False),
        (image(path={"S": [{"wildcard": "dir/*.png"}]}), True),
        (image(path={"S": [{"wildcard": "*"}]}), True),
        (image(path={"S": [{"wildcard": "*file*"}]}), True),
        (image(path={"S": [{"wildcard": "dir/file\\*.png"}]}), True),
        (image(path={"S": [{"wildcard": "dir/file\\*"}]}), False),
        (image(path={"S": [{"wildcard": "dir/file*.pn"}]}), False),
        (image(pk={"S": [{"wildcard": "o-1*o-1"}]}), False),  # the two must not share letters
        # anything but
        ({"eventName": [{"anything-but": "INSERT"}]}, True),
        ({"eventName": [{"anything-but": ["INSERT", "MODIFY"]}]}, False),
        ({"dynamodb": {"SizeBytes": [{"anything-but": [1, 2]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"anything-but": 300}]}}, False),
        ({"eventName": [{"anything-but": {"prefix": "IN"}}]}, True),
        ({"eventName": [{"anything-but": {"prefix": ["IN", "MO"]}}]}, False),
        ({"eventName": [{"anything-but": {"suffix": "FY"}}]}, False),
        ({"eventName": [{"anything-but": {"equals-ignore-case": ["modify"]}}]}, False),
        ({"eventName": [{"anything-but": {"wildcard": "M*"}}]}, False),
        (image(gone={"S": [{"anything-but": "x"}]}), False),
        # exists: true holds at a leaf, false at the attribute's name (recorded)
        (image(qty={"N": [{"exists": True}]}), True),
        (image(qty=[{"exists": True}]), False),
        (image(gone={"S": [{"exists": True}]}), False),
        (image(gone=[{"exists": False}]), True),
        (image(gone={"S": [{"exists": False}]}), True),
        (image(qty=[{"exists": False}]), False),
        (image(qty={"N": [{"exists": False}]}), False),
        (image(qty={"S": [{"exists": False}]}), True),
        ({"dynamodb": {"OldImage": {"qty": {"N": [{"exists": False}]}}}}, True),
        ({"eventName": {"deeper": [{"exists": False}]}}, True),
        (image(qty={"N": ["7", {"exists": True}]}), True),
        (image(gone={"S": ["7", {"exists": False}]}), True),
        # arrays of the event: any element may match, members within one element
        (image(tags={"SS": ["blue"]}), True),
        (image(tags={"SS": ["green"]}), False),
        (image(tags={"SS": [{"exists": True}]}), True),
        (image(nothing={"L": [{"exists": True}]}), False),
        (image(lines={"L": {"M": {"sku": {"S": ["b"]}}}}), True),
        (image(lines={"L": {"M": {"sku": {"S": ["a"]}, "n": {"N": ["1"]}}}}), True),
        (image(lines={"L": {"M": {"sku": {"S": ["b"]}, "n": {"N": ["1"]}}}}), False),
        # $or
        ({"$or": [{"eventName": ["INSERT"]}, {"dynamodb": {"SizeBytes": [300]}}]}, True),
        ({"$or": [{"eventName": ["INSERT"]}, {"dynamodb": {"SizeBytes": [1]}}]}, False),
        ({"eventName": ["INSERT"], "$or": [{"eventName": ["MODIFY"]}, {"a": ["b"]}]}, False),
        (image(**{"$or": [{"qty": {"N": ["9"]}}, {"paid": {"BOOL": [True]}}]}), True),
        ({"$or": ["x", "y"]}, False),  # a leaf of that name
    ],
)
def test_what_a_pattern_admits(pattern, expected):
    assert fits(pattern) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "plain text",
        "null",
        "7",
        '"text"',
        "[]",
        "{}",
        "{",
        '{"eventName":"INSERT"}',
        '{"eventName":7}',
        '{"eventName":null}',
        '{"eventName":[]}',
        '{"eventName":[[]]}',
        '{"eventName":{}}',
        '{"a":{"b":{}}}',
        '{"eventName":[NaN]}',
        '{"eventName":[{}]}',
        '{"eventName":[{"prefix":"a","suffix":"b"}]}',
        '{"eventName":[{"like":"a"}]}',
        '{"eventName":[{"cidr":"10.0.0.0/8"}]}',
        '{"eventName":[{"prefix":7}]}',
        '{"eventName":[{"prefix":{"suffix":"x"}}]}',
        '{"eventName":[{"suffix":["a"]}]}',
        '{"eventName":[{"equals-ignore-case":7}]}',
        '{"eventName":[{"exists":"true"}]}',
        '{"eventName":[{"anything-but":[]}]}',
        '{"eventName":[{"anything-but":["a",1]}]}',
        '{"eventName":[{"anything-but":null}]}',
        '{"eventName":[{"anything-but":true}]}',
        '{"eventName":[{"anything-but":{"numeric":["=",1]}}]}',
        '{"eventName":[{"anything-but":{"prefix":[]}}]}',
        '{"eventName":[{"anything-but":{"prefix":7}}]}',
        '{"eventName":[{"wildcard":"a**b"}]}',
        '{"eventName":[{"wildcard":"a\\\\b"}]}',
        '{"eventName":[{"wildcard":"a\\\\"}]}',
        '{"a":[{"numeric":[]}]}',
        '{"a":[{"numeric":[">"]}]}',
        '{"a":[{"numeric":[">","5"]}]}',
        '{"a":[{"numeric":["!=",5]}]}',
        '{"a":[{"numeric":[">",5,"<"]}]}',
        '{"a":[{"numeric":["<",5,">",1]}]}',
        '{"a":[{"numeric":[">",5,"<",1]}]}',
        '{"a":[{"numeric":5}]}',
        '{"$or":[{"a":["b"]}]}',
        '{"$or":[{"a":["b"]},{}]}',
        '{"$or":{"a":["b"],"c":5}}',
        "{" + '"a":{' * 800 + '"b":["c"]' + "}" * 801,
    ],
)
def test_what_is_not_a_pattern_is_refused(pattern):
    """Source: recorded for texts, scalars, scalar leaves, empty arrays, unknown operators."""
    with pytest.raises(InvalidPattern):
        compile_pattern(parse_pattern(pattern))
    with pytest.raises(InvalidParameterValue, match=r"^Invalid filter pattern definition\.$"):
        compile_filters([pattern])


# --- a second matcher --------------------------------------------------------------------------
# It spreads the event into (path, values) and the pattern into alternatives of (path, entries),
# so that it shares nothing with the compiler but the language.


def spread_event(event, path=()):
    rows: dict[tuple[str, ...], Any] = {}
    for name, value in event.items():
        here = (*path, name)
        if isinstance(value, dict):
            rows[here] = []
            rows.update(spread_event(value, here))
        elif value != []:
            rows[here] = value if isinstance(value, list) else [value]
    return rows


def spread_pattern(pattern, path=()):
    """Alternatives, each a list of (path, entries) that must all hold."""
    choices = []
    for name, wanted in pattern.items():
        if name == "$or":
            choices.append([one for branch in wanted for one in spread_pattern(branch, path)])
        elif isinstance(wanted, dict):
            choices.append(spread_pattern(wanted, (*path, name)))
        else:
            choices.append([[((*path, name), wanted)]])
    return [list(itertools.chain(*picked)) for picked in itertools.product(*choices)]


def entry_fits(entry, value):
    if not isinstance(entry, dict):
        return orjson.dumps(entry) == orjson.dumps(value)
    ((name, wanted),) = entry.items()
    text = value if isinstance(value, str) else None
    if name == "exists":
        return wanted
    if name == "anything-but":
        if isinstance(wanted, dict):
            return not entry_fits(wanted, value)
        return not any(entry_fits(one, value) for one in wanted)
    if name == "numeric":
        number = type(value) in (int, float)
        pairs = zip(wanted[0::2], wanted[1::2], strict=True)
        return number and all(eval(f"{value!r}{ops(op)}{bound!r}") for op, bound in pairs)
    if text is None:
        return False
    pattern = {
        "prefix": re.escape(str(wanted)) + ".*",
        "suffix": ".*" + re.escape(str(wanted)),
        "equals-ignore-case": "(?i:" + re.escape(str(wanted)) + ")",
        "wildcard": re.escape(str(wanted)).replace(r"\*", ".*"),
    }[name]
    return re.fullmatch(pattern, text, re.DOTALL | re.ASCII) is not None


def ops(name):
    return "==" if name == "=" else name


def second_opinion(pattern, event):
    rows = spread_event(event)

    def holds(path, entries):
        if path not in rows:
            return any(
                isinstance(entry, dict) and entry.get("exists") is False for entry in entries
            )
        return any(entry_fits(entry, value) for entry in entries for value in rows[path])

    return any(all(holds(*leaf) for leaf in choice) for choice in spread_pattern(pattern))


TEXTS = st.text("abAB", max_size=4)
NUMBERS = st.integers(-3, 3)
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
NAMES = st.sampled_from("xyz")
EVENTS = st.recursive(
    st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=3), max_size=3),
    lambda inner: st.dictionaries(NAMES, SCALARS | inner, max_size=3),
    max_leaves=6,
)
TEXT_OPERATORS = st.one_of(
    *(st.fixed_dictionaries({name: TEXTS}) for name in ("prefix", "suffix", "equals-ignore-case")),
    st.fixed_dictionaries(
        {"wildcard": st.lists(TEXTS.filter(bool), min_size=1, max_size=3).map("*".join)}
    ),
    st.fixed_dictionaries({"wildcard": TEXTS.map(lambda text: f"*{text}")}),
)
ENTRIES = st.one_of(
    SCALARS,
    TEXT_OPERATORS,
    st.fixed_dictionaries({"exists": st.booleans()}),
    st.fixed_dictionaries(
        {
            "anything-but": st.lists(TEXTS, min_size=1, max_size=2)
            | st.lists(NUMBERS, min_size=1, max_size=2)
            | TEXT_OPERATORS
        }
    ),
    st.fixed_dictionaries(
        {"numeric": st.tuples(st.sampled_from(["=", ">", ">=", "<", "<="]), NUMBERS).map(list)}
    ),
    st.fixed_dictionaries(
        {"numeric": st.integers(-3, 2).map(lambda low: [">=", low, "<", low + 2])}
    ),
)
LEAVES = st.lists(ENTRIES, min_size=1, max_size=3)
PATTERNS = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=2),
    lambda inner: (
        st.dictionaries(NAMES, LEAVES | inner, min_size=1, max_size=2)
        | st.fixed_dictionaries({"$or": st.lists(inner, min_size=2, max_size=3)})
    ),
    max_leaves=5,
)


@given(PATTERNS, EVENTS)
def test_the_compiler_agrees_with_a_second_matcher(pattern, event):
    assert fits(pattern, event) is second_opinion(pattern, event)
