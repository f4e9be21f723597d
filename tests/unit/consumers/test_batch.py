"""Batches, the events they become, and the checkpoints that follow from a step."""

import orjson
import pytest

from headwater.consumers.checkpoint import Checkpoint, Cut, Piece, Place, Window
from headwater.consumers.mappings.batch import Batch, next_place
from headwater.consumers.mappings.decide import (
    ADVANCE,
    BISECT,
    EXPIRE,
    REPORT,
    RETRY,
    Facts,
    Policy,
    Step,
)
from headwater.limits import INVOKE_BYTES_MAX

LATER = (Piece(90, 1),)


@pytest.fixture
def batch():
    """Records 11, 13, 15, 17 behind sequence 10, and a filtered one at 20."""
    made = Batch(10)
    for sequence in (11, 13, 15, 17):
        made.add(sequence, sequence * 100, b'{"n":%d}' % sequence)
    made.end = 20
    return made


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (Step(ADVANCE, 4), Place(20, LATER)),
        (Step(REPORT, 2, attempts=3), Place(20, LATER)),
        (Step(RETRY, 0, attempts=1), Place(10, (Piece(20, 1), *LATER))),
        (Step(RETRY, 3, attempts=2), Place(15, (Piece(20, 2), *LATER))),
        (Step(BISECT, 0, 2, 0), Place(10, (Piece(13, 0), Piece(20, 0), *LATER))),
        (Step(BISECT, 1, 3, 0), Place(11, (Piece(15, 0), Piece(20, 0), *LATER))),
        (Step(EXPIRE, 0, 1, 2), Place(11, (Piece(20, 2), *LATER))),
        (Step(EXPIRE, 0, 4, 2), Place(20, LATER)),
    ],
)
def test_the_place_that_follows_a_step(batch, step, place):
    """Arithmetic on the sequences of the fixture."""
    assert next_place(batch, step, Place(10), LATER) == place


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint(-1),
        Checkpoint(2**64 - 1, finished=True),
        Checkpoint(7, pieces=(Piece(9, 0), Piece(2**63, 12))),
        Checkpoint(7, window=Window(0, 60_000, '{"sum":123456789012345678901234567890}', 2, True)),
        Checkpoint(7, lanes=(Place(9, (Piece(12, 1),)), Place(7)), cuts=(Cut((8, 9, 10)),)),
    ],
)
def test_a_checkpoint_survives_being_stored(checkpoint):
    assert Checkpoint.decode(checkpoint.encode()) == checkpoint


def test_the_event_is_json_and_its_size_is_known(batch):
    event = batch.event()
    assert orjson.loads(event) == {"Records": [{"n": 11}, {"n": 13}, {"n": 15}, {"n": 17}]}
    assert batch.size == len(event)


def test_an_event_never_grows_over_6_mb():
    """Source: Lambda quotas, invocation payload: 6 MB (6,291,456 bytes)."""
    batch = Batch(0)
    record = b'"' + b"x" * 999_998 + b'"'
    taken = sum(batch.add(number, 0, record) for number in range(1, 20))
    # 14 bytes around, 1,000,000 each and a comma between: 6 make 6,000,019, 7 would be over.
    assert taken == 6
    assert len(batch.event()) == 6_000_019 <= INVOKE_BYTES_MAX
    assert batch.end == 6


def test_records_older_than_the_policy_allows_are_counted_from_the_start(batch):
    policy = Policy(age_ms_max=1000)
    assert batch.facts(policy, 2100) == Facts(4, 0, 0)
    assert batch.facts(policy, 2101) == Facts(4, 0, 1)
    assert batch.facts(policy, 9999) == Facts(4, 0, 4)
    assert batch.facts(Policy(), 9999) == Facts(4, 0, 0)
