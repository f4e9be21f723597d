"""Views whose distinct counts and quantiles are sketches.

Source of the errors: HyperLogLog of 4096 buckets, 1.04 / sqrt(4096) = 1.6%; four times that is
allowed here. What is fed to it is always the same, so is the estimate. KLL with k = 200: a rank is
off by 1.33% at most in 99 of 100 sketches, and the dice are the library's; 4% are allowed here.
"""

from typing import Any

import pytest
from tests.doorless import SCOPE

from headwater.consumers.views import sketches
from headwater.consumers.views.definition import definition_of
from headwater.consumers.views.results import Results
from headwater.consumers.views.rows import Cell, Need, Row
from headwater.consumers.views.sketches import DistinctSketch, no_sketch
from headwater.consumers.views.store import Store
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


NO_TRANSACTION: Any = None
QUANTILES = Need(
    total=False, extremes=False, tally=False, ranked=False, sketch=False, quantiles=True
)


def spread_of(numbers):
    cell = Cell()
    cell.take([{"N": str(number)} for number in numbers], 1, QUANTILES)
    return cell


def test_quantiles_of_panes_add_up_also_after_they_were_stored():
    whole = Cell.decode(spread_of(range(5000)).encode())
    whole.add(Cell.decode(spread_of(range(5000, 20_000)).encode()))
    assert whole.quantiles is not None
    for rank in (0.01, 0.5, 0.9, 0.99):
        assert abs(whole.quantiles.value(rank) / 20_000 - rank) <= 0.04


def test_quantiles_of_few_numbers_are_exact_in_a_view(world):
    """Half of 1, 2.5, 40, 100 are at or below 2.5; 0.76 of them only at or below 100."""
    world.table()
    world.view(quantile=["n:0.5, .76", "m:0.50"], window="1m", every="20s")
    for key, number in enumerate(["40", "1", "2.5"]):
        world.put(key, n={"N": number})
    world.put(8, n={"S": "no number"})
    world.catch_up()
    world.clock.move(seconds=20)
    world.put(9, n={"N": "100"})
    world.restart()
    world.catch_up()
    window, *_ = world.ask()["windows"]
    told = {"quantile(n:0.5)": "2.5", "quantile(n:0.76)": "100", "quantile(m:0.5)": None}
    assert window["groups"][0]["values"] == told


def test_a_quantile_can_be_as_large_as_a_number():
    """Source: AWS, "Naming rules and data types": up to 9.99...E+125, of which a double keeps 17
    digits, rounded up here."""
    definition = definition_of(SCOPE, "v", {"table": "t", "quantile": "n:0.5", "window": "1m"})
    row = Row((), [spread_of(["9" * 38 + "0" * 88])])
    results = Results(definition, Store(1, (QUANTILES,)), ("n",))
    found = results.of_row(NO_TRANSACTION, (0,), b"", row)
    assert found.values == {"quantile(n:0.5)": {"N": "1" + "0" * 126}}


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


def test_quantiles_are_refused_without_the_library(world, monkeypatch):
    def missing():
        raise ModuleNotFoundError("datasketches")

    world.table()
    monkeypatch.setattr(sketches, "_library", missing)
    with pytest.raises(OperatorError, match=r"headwater\[sketches\]"):
        world.view(quantile="n:0.5", window="1m")


@pytest.mark.parametrize("numbers", [1, 2, 10, 99, 100, 200])
def test_quantiles_of_few_numbers_are_exact_whatever_a_double_makes_of_the_rank(numbers):
    cell = spread_of(range(1, numbers + 1))
    assert cell.quantiles is not None
    for hundredths in range(1, 100):
        least = -(-hundredths * numbers // 100)  # the rank's place, rounded up
        assert cell.quantiles.value(float(f"0.{hundredths:02}")) == least, hundredths
