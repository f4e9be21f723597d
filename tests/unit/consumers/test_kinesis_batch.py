"""What goes into one PutRecords, and what of it is sent again.

Source of the limits: AWS, API reference of Kinesis, PutRecords: 500 records, 5 MiB with keys.
"""

from hypothesis import given
from hypothesis import strategies as st

from headwater.consumers.kinesis.batch import BATCH_BYTES_MAX, RECORDS_MAX, fitting, to_send_again
from headwater.consumers.kinesis.record import KEY_DIGITS, Outgoing


def records(*keys: str) -> list[Outgoing]:
    return [Outgoing(number, 0, key, b"{}") for number, key in enumerate(keys)]


def sized(sizes: list[int]) -> list[Outgoing]:
    """Records that count so many bytes, their keys included."""
    return [Outgoing(number, 0, "k", bytes(size - KEY_DIGITS)) for number, size in enumerate(sizes)]


def test_a_request_holds_500_records_and_no_more():
    assert fitting(records(*["k"] * 501)) == 500
    assert fitting(records("k")) == 1
    assert fitting([]) == 0


def test_a_request_holds_5_mib_with_keys_and_no_more():
    half = BATCH_BYTES_MAX // 2
    assert fitting(sized([half, half, KEY_DIGITS])) == 2
    assert fitting(sized([half, half + 1])) == 1


@given(st.lists(st.integers(KEY_DIGITS, 1 << 20), max_size=12))
def test_a_request_is_within_its_limits_and_takes_all_that_fits(sizes):
    waiting = sized(sizes)
    count = fitting(waiting)
    taken = sum(record.size for record in waiting[:count])
    assert count <= RECORDS_MAX and taken <= BATCH_BYTES_MAX
    if count < len(waiting):
        assert taken + waiting[count].size > BATCH_BYTES_MAX


def test_what_follows_a_failed_record_of_its_key_is_sent_again_after_it():
    batch = records("a", "b", "a", "b", "c")
    again = to_send_again(batch, [None, "InternalFailure", None, None, None])
    assert [record.sequence for record in again] == [1, 3]


KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)


@given(KEYS, st.data())
def test_whatever_fails_each_key_ends_with_its_newest_and_nothing_is_left_out(keys, data):
    """Who applies the records of a key as they come: the last one counts."""
    waiting = records(*keys)
    arrived: list[Outgoing] = []
    for _ in range(50):
        errors = data.draw(
            st.lists(
                st.sampled_from((None, None, "InternalFailure")),
                min_size=len(waiting),
                max_size=len(waiting),
            )
        )
        arrived += [record for record, error in zip(waiting, errors, strict=True) if error is None]
        waiting = to_send_again(waiting, errors)
        if not waiting:
            break
    else:
        arrived += waiting
    assert {record.sequence for record in arrived} == set(range(len(keys)))
    last = {record.key: record.sequence for record in arrived}
    newest = {key: number for number, key in enumerate(keys)}
    assert last == newest
