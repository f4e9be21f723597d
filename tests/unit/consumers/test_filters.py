"""FilterCriteria over change records: what is admitted, and what is not even looked at."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.changelog.record import EVENT_NAMES
from headwater.consumers.mappings.filters import FILTERS_MAX, compile_filters
from headwater.errors import InvalidParameterValue

INSERT, MODIFY, REMOVE = range(3)
INSERTS = '{"eventName":["INSERT"]}'
LARGE_CHANGES = '{"eventName":["INSERT","MODIFY"],"dynamodb":{"SizeBytes":[{"numeric":[">",9]}]}}'
LARGE = '{"dynamodb":{"SizeBytes":[{"numeric":[">",9]}]}}'
NOT_JSON = b"a record that nobody needs to parse"


def compiled(patterns):
    found = compile_filters(patterns)
    assert found is not None
    return found


def record(kind, size):
    return orjson.dumps({"eventName": EVENT_NAMES[kind], "dynamodb": {"SizeBytes": size}})


def test_no_patterns_is_no_filter():
    assert compile_filters([]) is None


def test_a_pattern_on_the_event_name_alone_parses_nothing():
    found = compiled([INSERTS])
    assert [found.admits(kind, NOT_JSON) for kind in (INSERT, MODIFY, REMOVE)] == [
        True,
        False,
        False,
    ]


def test_a_record_of_an_unwanted_kind_is_dropped_unparsed():
    found = compiled([LARGE_CHANGES])
    assert found.by_kind[REMOVE] is False
    assert not found.admits(REMOVE, NOT_JSON)
    assert found.admits(MODIFY, record(MODIFY, 10))
    assert not found.admits(MODIFY, record(MODIFY, 9))


def test_filters_are_ored():
    found = compiled([INSERTS, LARGE])
    assert found.by_kind[INSERT] is True
    assert found.admits(REMOVE, record(REMOVE, 10))
    assert not found.admits(REMOVE, record(REMOVE, 9))


def test_there_are_at_most_five():
    """Source: Lambda guide: five, and up to ten for who asks for a larger quota."""
    assert FILTERS_MAX == 5
    compile_filters([INSERTS] * 5)
    with pytest.raises(InvalidParameterValue, match="at most 5"):
        compile_filters([INSERTS] * 6)


@given(
    st.lists(st.sampled_from([INSERTS, LARGE, LARGE_CHANGES]), min_size=1, max_size=3),
    st.integers(0, 2),
    st.integers(8, 11),
)
def test_what_is_known_of_a_kind_beforehand_changes_no_answer(patterns, kind, size):
    """A pattern behind an $or is not split up, so it always takes the long way."""
    found = compiled(patterns)
    hidden = [f'{{"$or":[{pattern},{pattern}]}}' for pattern in patterns]
    long_way = compiled(hidden)
    assert all(isinstance(verdict, tuple) for verdict in long_way.by_kind)
    given_record = record(kind, size)
    assert found.admits(kind, given_record) == long_way.admits(kind, given_record)
