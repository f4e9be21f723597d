"""The table of decisions.

Source: AWS, Lambda guide, "Configuring error handling controls" and "Configuring partial batch
response"; recorded: MaximumRetryAttempts + 1 invocations; throttles are not counted; a split uses
no retry; reports count as attempts.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.consumers.checkpoint import Piece, Place
from headwater.consumers.mappings.batch import Batch, next_place
from headwater.consumers.mappings.decide import (
    ADVANCE,
    BISECT,
    EXPIRE,
    INVOKE,
    REPORT,
    RETRY,
    Facts,
    Outcome,
    Policy,
    Step,
    decide,
    pause_ms,
)

DONE = Outcome(None)
FAILED = Outcome(0)
THROTTLED = Outcome(0, counted=False)


def reported(at):
    return Outcome(at, reported=True)


ONCE = Policy(retries_max=1)
NEVER = Policy(retries_max=0)
SPLIT = Policy(retries_max=1, bisect=True)
SPLIT_NEVER = Policy(retries_max=0, bisect=True)
REPORTS = Policy(retries_max=2, report=True)
ALL = Policy(retries_max=2, report=True, bisect=True)


@pytest.mark.parametrize(
    ("outcome", "batch", "policy", "step"),
    [
        # before the first try
        (None, Facts(10), Policy(), Step(INVOKE, 0)),
        (None, Facts(10, 2, 0), ONCE, Step(INVOKE, 0, attempts=2)),
        (None, Facts(10, 1, 4), Policy(), Step(EXPIRE, 0, 4, 1)),
        (None, Facts(10, 0, 10), Policy(), Step(EXPIRE, 0, 10)),
        # all is well
        (DONE, Facts(10), Policy(), Step(ADVANCE, 10)),
        (DONE, Facts(1, 7), NEVER, Step(ADVANCE, 1)),
        (DONE, Facts(10, 0, 10), Policy(), Step(ADVANCE, 10)),
        # endless retries
        (FAILED, Facts(10), Policy(), Step(RETRY, 0, attempts=1)),
        (FAILED, Facts(10, 9999), Policy(), Step(RETRY, 0, attempts=10_000)),
        # a bounded number
        (FAILED, Facts(10), ONCE, Step(RETRY, 0, attempts=1)),
        (FAILED, Facts(10, 1), ONCE, Step(REPORT, 0, attempts=2)),
        (FAILED, Facts(10), NEVER, Step(REPORT, 0, attempts=1)),
        # the function was not to blame
        (THROTTLED, Facts(10), NEVER, Step(RETRY, 0)),
        (THROTTLED, Facts(10, 1), ONCE, Step(RETRY, 0, attempts=1)),
        (THROTTLED, Facts(10), SPLIT, Step(RETRY, 0)),
        (THROTTLED, Facts(10, 1, 3), ONCE, Step(EXPIRE, 0, 3, 1)),
        # too old by now
        (FAILED, Facts(10, 0, 3), Policy(), Step(EXPIRE, 0, 3, 1)),
        (FAILED, Facts(10, 0, 10), Policy(), Step(EXPIRE, 0, 10, 1)),
        (reported(5), Facts(10, 0, 3), REPORTS, Step(RETRY, 5, attempts=1)),
        (reported(5), Facts(10, 0, 7), REPORTS, Step(EXPIRE, 5, 7, 1)),
        (FAILED, Facts(10, 1, 10), ONCE, Step(REPORT, 0, attempts=2)),
        # split in two: no retry is used, until a single record is left
        (FAILED, Facts(10), SPLIT, Step(BISECT, 0, 5)),
        (FAILED, Facts(3), SPLIT, Step(BISECT, 0, 2)),
        (FAILED, Facts(2), SPLIT, Step(BISECT, 0, 1)),
        (FAILED, Facts(1), SPLIT, Step(RETRY, 0, attempts=1)),
        (FAILED, Facts(1, 1), SPLIT, Step(REPORT, 0, attempts=2)),
        (FAILED, Facts(10), SPLIT_NEVER, Step(BISECT, 0, 5)),
        (FAILED, Facts(1), SPLIT_NEVER, Step(REPORT, 0, attempts=1)),
        (FAILED, Facts(10, 0, 3), SPLIT, Step(EXPIRE, 0, 3, 1)),
        # a report: what is before it is done
        (reported(0), Facts(10), REPORTS, Step(RETRY, 0, attempts=1)),
        (reported(4), Facts(10, 1), REPORTS, Step(RETRY, 4, attempts=2)),
        (reported(4), Facts(10, 2), REPORTS, Step(REPORT, 4, attempts=3)),
        # both: a report splits where it says, an exception halves
        (reported(4), Facts(10), ALL, Step(RETRY, 4, attempts=1)),
        (FAILED, Facts(10, 1), ALL, Step(BISECT, 0, 5, 1)),
    ],
)
def test_the_table_of_decisions(outcome, batch, policy, step):
    assert decide(outcome, batch, policy) == step


@given(
    records=st.integers(1, 50),
    retries=st.integers(0, 5),
    bisect=st.booleans(),
    bad=st.sets(st.integers(0, 49)),
)
def test_every_record_is_either_done_or_given_up_and_only_bad_ones_are_given_up_after_a_split(
    records, retries, bisect, bad
):
    """A function that raises for a batch with a bad record, played to the end."""
    policy = Policy(retries_max=retries, bisect=bisect)
    place, invocations = Place(-1), 0
    done, given_up = [], []
    while place.after < records - 1:
        piece = place.pieces[0] if place.pieces else Piece(records - 1, 0)
        batch = Batch(place.after, piece.attempts)
        for sequence in range(place.after + 1, piece.end + 1):
            batch.add(sequence, 0, b"{}")
        outcome = FAILED if bad & set(batch.sequences) else DONE
        invocations += 1
        step = decide(outcome, batch.facts(policy, 0), policy)
        done += batch.sequences[: step.upto]
        if step.do == REPORT:
            given_up += batch.sequences[step.upto :]
        place = next_place(batch, step, place, place.pieces[1:])
        assert invocations <= 2 * records * (retries + 1)
    assert sorted(done + given_up) == list(range(records))
    assert done == sorted(done)
    if bisect:
        assert set(given_up) == bad & set(range(records))


def test_a_hopeless_batch_is_invoked_once_more_than_it_may_be_retried():
    """Recorded: attempts 1 gives approximateInvokeCount 2, attempts 3 gives 4."""
    for retries, invocations in ((0, 1), (1, 2), (3, 4)):
        attempts, count = 0, 0
        step = Step(RETRY, 0)
        while step.do == RETRY:
            count += 1
            step = decide(FAILED, Facts(5, attempts), Policy(retries_max=retries))
            attempts = step.attempts
        assert (step.do, count) == (REPORT, invocations)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_longer_than_a_minute_nor_shorter_than_an_eighth_of_a_second(
    failures, fraction
):
    assert 125 <= pause_ms(failures, fraction) <= 60_000
