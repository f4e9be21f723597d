"""Views whose distinct counts are sketches.

Source of the error: HyperLogLog of 4096 buckets, 1.04 / sqrt(4096) = 1.6%; four times that is
allowed here. What is fed to it is always the same, so is the estimate.
"""

import pytest

from headwater.consumers.views import sketches
from headwater.consumers.views.rows import Cell, Need
from headwater.consumers.views.sketches import DistinctSketch, no_sketch
from headwater.errors import OperatorError

NEED = Need(total=False, extremes=False, tally=False, ranked=False, sketch=True)


def cell_of(numbers):
    cell = Cell()
    cell.take([{"N": str(number)} for number in numbers], 1, NEED)
    return cell


def test_a_sketch_counts_different_values_nearly():
    cell = cell_of([*range(1, 3001), *range(1, 3001)])
    assert cell.sketch is not None
    assert abs(cell.sketch.estimate - 3000) <= 3000 * 0.064


def test_sketches_of_panes_add_up_also_after_they_were_stored():
    whole = Cell.decode(cell_of(range(1, 2001)).encode())
    whole.add(Cell.decode(cell_of(range(1001, 3001)).encode()))
    assert whole.sketch is not None
    assert abs(whole.sketch.estimate - 3000) <= 3000 * 0.064
    assert DistinctSketch.decode(whole.sketch.encode()).estimate == whole.sketch.estimate


def test_nothing_is_none():
    assert no_sketch().estimate == 0


def test_few_values_are_counted_exactly_by_a_view(world):
    world.table()
    world.view(distinct="who", window="1m", every="20s", approximate=True)
    for key, who in enumerate("abcab"):
        world.put(key, who={"S": who})
    world.catch_up()
    world.clock.move(seconds=20)
    world.put(9, who={"S": "d"})
    world.catch_up()
    window, *_ = world.ask()["windows"]
    assert window["groups"][0]["values"] == {"distinct(who)": "4"}


def test_a_view_that_needs_the_library_is_refused_without_it(world, monkeypatch):
    def missing():
        raise ModuleNotFoundError("datasketches")

    world.table()
    monkeypatch.setattr(sketches, "_library", missing)
    with pytest.raises(OperatorError, match=r"headwater\[sketches\]"):
        world.view(distinct="who", window="1m", approximate=True)
