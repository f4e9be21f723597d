"""Random histories of one node, from their seeds, and every promise of its streams held to them.

Writers, splits, roll-overs, crashes in and between groups of writes, jumps of hours, trims, streams
turned off and on, and readers of every habit, in one random order. Checked all along:

- the tables, the index and the counts hold exactly what was acknowledged, and after a crash also
  some beginning of what was not, each request whole;
- a stream tells exactly the changes of its table, each once, in the order of their commits: so
  nothing is lost, nothing comes twice, a transaction lies together, and replaying the records
  gives the table;
- every page that any reader was handed holds exactly the records after its position that are 24
  hours old at most, or says that older ones were trimmed; iterators outlive a restart and not 15
  minutes;
- shards: StartingSequenceNumber <= every record <= EndingSequenceNumber, a child starts above its
  parent's end, parents are closed before they have children, and the records of an item lie on one
  line of descent.

`make test` plays 50 seeds and those of seeds.txt, which once failed; `make simulate` plays 1,000,
or SIM_SEEDS of them from SIM_FIRST on. What failing looks like is in test_planted_faults.py.
"""

import os
from pathlib import Path

import pytest
from tests.simulation.scenario import play

from headwater.loops import run

FIRST = int(os.environ.get("SIM_FIRST", "1"))
SEEDS = int(os.environ.get("SIM_SEEDS", "50"))
CHUNK = 10
KEPT = Path(__file__).with_name("seeds.txt")


def kept_seeds() -> list[int]:
    """Seeds that have failed once: numbers, one a line, each with the reason behind a #."""
    lines = KEPT.read_text(encoding="utf-8").splitlines()
    return [int(line.partition("#")[0]) for line in lines if line.partition("#")[0].strip()]


def replay(seed: int) -> None:
    """Play one seed; a failure says how to see it again."""
    try:
        run(play(seed))
    except Exception as broken:
        pytest.fail(
            f"seed {seed}: {broken!r}\n"
            f"see it again:  make simulate SIM_FIRST={seed} SIM_SEEDS=1\n"
            f"and keep it, with the reason, in tests/simulation/seeds.txt"
        )


def test_histories_that_once_failed_keep_every_promise() -> None:
    for seed in kept_seeds():
        replay(seed)


@pytest.mark.deadline(600)
@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, CHUNK))
def test_a_random_history_keeps_every_promise(first: int) -> None:
    for seed in range(first, min(first + CHUNK, FIRST + SEEDS)):
        replay(seed)


def test_the_same_seed_is_the_same_history() -> None:
    """A seed that fails elsewhere must fail here; and a history must be worth its name."""
    once, again = run(play(7)), run(play(7))
    assert once == again
    kinds = ("write", "pages", "records", "split", "roll", "crashes", "trim", "toggle", "jump")
    assert [kind for kind in kinds if not once[kind]] == []
