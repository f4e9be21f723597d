"""Whatever is asked of a table, in whatever order: it answers as a model of it does, and what it
leaves behind (items, indexes, counts, the stream) is what the model says.

The model is tables.py, language.py and values.py beside this file: dictionaries, trees and
Python's own comparisons, none of it shared with the package. HEADWATER_EXAMPLES=2000 tries more
histories, and shortens one that fails.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.model.play import Player
from tests.model.requests import shapes
from tests.model.rig import ENGINES, Rig
from tests.model.steps import steps

EXAMPLES = int(os.environ.get("HEADWATER_EXAMPLES", "0"))
# To find the shortest history that fails takes minutes, which only those spend who ask for it.
PHASES = [phase for phase in Phase if EXAMPLES or phase is not Phase.shrink]

HISTORIES = shapes().flatmap(lambda shape: st.tuples(st.just(shape), steps(shape)))


@pytest.fixture(scope="module", params=ENGINES)
def rig(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One engine for all histories of it; each has a table of its own."""
    made = Rig(request.param, tmp_path_factory.mktemp("data"))
    yield made
    with contextlib.suppress(Exception):
        made.engine.close()


@pytest.mark.deadline(3600)
@settings(
    max_examples=EXAMPLES or 60,
    phases=PHASES,
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=HISTORIES)
def test_a_table_does_what_its_model_does(rig, history):
    shape, todo = history
    player = Player(rig, shape)
    for step in todo:
        player.take(step)
    player.check()
