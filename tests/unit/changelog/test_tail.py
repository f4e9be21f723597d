"""Shared pages: whatever a Tail keeps or forgets, readers see what the log holds."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.changelog.tail import Tail

LOG, VIEW = 7, "NEW_IMAGE"


def record(sequence, size):
    return b"%d" % sequence + b"." * size


def straight(log, after, limit, room):
    """A page of the log itself: as many as limit and room allow, one at least."""
    page: list[tuple[int, bytes]] = []
    for sequence, data in log:
        if sequence <= after:
            continue
        room -= len(data)
        if len(page) == limit or (page and room < 0):
            break
        page.append((sequence, data))
    return page


def through(tail, log, after, limit, room):
    """The same through a tail, as GetRecords goes about it."""
    known = tail.behind(LOG, VIEW, after, limit, room)
    assert len(known.records) <= limit
    if known.records:
        assert known.first == next(sequence for sequence, _ in log if sequence > after)
        assert known.records == [data for sequence, data in log if after < sequence <= known.last]
    else:
        assert known.last == after
    if known.is_full:
        return known.records, known.last
    room -= sum(map(len, known.records))
    rest = straight(log, known.last, limit - len(known.records), room)
    if known.records and rest and room < len(rest[0][1]):
        rest = []
    tail.add(LOG, VIEW, known.last, [one for one, _ in rest], [data for _, data in rest])
    records = known.records + [data for _, data in rest]
    return records, rest[-1][0] if rest else known.last


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 5), st.integers(0, 40)),
        st.tuples(st.just("read"), st.integers(0, 3), st.integers(1, 6), st.integers(1, 90)),
        st.tuples(st.just("seek"), st.integers(0, 3), st.integers(0, 40)),
        st.tuples(st.just("trim"), st.integers(0, 3)),
    ),
    max_size=60,
)


@given(steps=STEPS, bytes_max=st.sampled_from([0, 1, 60, 200, 10_000]))
def test_readers_see_the_log_whatever_is_kept(steps, bytes_max):
    """Several readers anywhere in a log that grows at its end and loses its beginning."""
    tail, log, places, last = Tail(bytes_max), [], [0, 0, 0, 0], 0
    for kind, *given_ in steps:
        if kind == "append":
            last += given_[0]
            log.append((last, record(last, given_[1])))
        elif kind == "seek":
            places[given_[0]] = given_[1]
        elif kind == "trim":
            del log[: given_[0]]
            first_kept = log[0][0] if log else last + 1
            places = [max(place, first_kept - 1) for place in places]
        else:
            reader, limit, room = given_
            expected = straight(log, places[reader], limit, room)
            records, places_to = through(tail, log, places[reader], limit, room)
            assert records == [data for _, data in expected]
            assert places_to == (expected[-1][0] if expected else places[reader])
            places[reader] = places_to
        assert 0 <= tail.size <= bytes_max
        assert tail.size == sum(run.size for run in tail._runs.values())


def read(tail, log, view, count):
    sequences = list(range(1, count + 1))
    tail.add(log, view, 0, sequences, [record(one, 8) for one in sequences])


def test_logs_and_views_are_apart():
    tail = Tail()
    read(tail, 1, "NEW_IMAGE", 3)
    assert len(tail.behind(1, "NEW_IMAGE", 0, 10, 1000).records) == 3
    assert tail.behind(2, "NEW_IMAGE", 0, 10, 1000).records == []
    assert tail.behind(1, "KEYS_ONLY", 0, 10, 1000).records == []


def test_who_reads_elsewhere_pushes_out_what_was_not_used_for_longest():
    tail = Tail(bytes_max=100)
    for log in (1, 2, 3):
        read(tail, log, VIEW, 3)  # 27 bytes each
    assert tail.behind(1, VIEW, 0, 10, 1000).records
    read(tail, 4, VIEW, 3)
    assert not tail.behind(2, VIEW, 0, 10, 1000).records
    assert all(tail.behind(log, VIEW, 0, 10, 1000).records for log in (1, 3, 4))


def test_a_reader_far_behind_neither_gains_nor_disturbs():
    tail = Tail()
    tail.add(LOG, VIEW, 100, [101, 102], [b"x", b"y"])
    assert tail.behind(LOG, VIEW, 50, 10, 1000).records == []
    tail.add(LOG, VIEW, 50, [60, 70], [b"u", b"v"])
    assert tail.behind(LOG, VIEW, 100, 10, 1000).records == [b"x", b"y"]


def test_one_that_is_ahead_takes_the_place_of_what_there_was():
    tail = Tail()
    tail.add(LOG, VIEW, 0, [1, 2], [b"x", b"y"])
    tail.add(LOG, VIEW, 5, [6], [b"z"])
    assert tail.behind(LOG, VIEW, 0, 10, 1000).records == []
    assert tail.behind(LOG, VIEW, 5, 10, 1000).records == [b"z"]
    assert tail.size == 1
