"""Statistic sets and their sketch: exact where they say so, within two hundredths elsewhere."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.metrics.recorder import Recorder, Series
from headwater.metrics.samples import BINS_MAX, Samples

VALUES = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=200)
SERIES = Series(Scope("1" * 12, "us-east-1"), "AWS/DynamoDB", "UserErrors", "Count", ())


def samples_of(values):
    samples = Samples()
    for value in values:
        samples.add(value)
    return samples


def settled(samples):
    samples.settle()
    return samples


@settings(deadline=None)
@given(values=VALUES, percent=st.sampled_from([0.1, 50, 90, 99, 100]))
def test_a_percentile_is_within_two_hundredths_of_the_value_at_its_rank(values, percent):
    found = samples_of(values).percentile(percent)
    at = max(1, math.ceil(percent / 100 * len(values) - 1e-9))
    exact = sorted(values)[at - 1]
    assert found == pytest.approx(exact, rel=0.021, abs=1e-300)


@settings(deadline=None)
@given(first=VALUES, second=VALUES)
def test_merged_samples_are_those_of_all_values_and_survive_the_disk(first, second):
    merged = samples_of(first)
    merged.merge(Samples.decode(samples_of(second).encode()))
    whole = samples_of(first + second)
    assert (merged.count, merged.minimum, merged.maximum) == (
        whole.count,
        whole.minimum,
        whole.maximum,
    )
    assert merged.total == pytest.approx(whole.total)
    assert merged.bins == whole.bins


def test_of_a_statistic_set_no_percentile_is_known_unless_all_values_are_equal():
    samples = Samples()
    samples.add_set(4, 20, 5, 5)
    assert samples.percentile(50) == pytest.approx(5)
    samples.add_set(2, 10, 1, 9)
    assert samples.percentile(50) is None
    assert (samples.count, samples.total, samples.minimum, samples.maximum) == (6, 30, 1, 9)


def test_negative_values_have_sums_and_no_percentiles():
    samples = samples_of([-1.0, 3.0])
    assert (samples.total, samples.minimum, samples.percentile(50)) == (2.0, -1.0, None)


def test_the_bins_are_bounded():
    samples = samples_of(1.05**power for power in range(3 * BINS_MAX))
    assert samples.bins is not None
    assert len(samples.bins) == BINS_MAX
    assert sum(samples.bins.values()) == 3 * BINS_MAX


def test_a_recorder_tells_once_that_there_is_something_and_gives_it_away():
    recorder, told = Recorder(), []
    recorder.on_first = lambda: told.append(1)
    recorder.collect(lambda: recorder.add(SERIES._replace(name="Collected"), 1))
    meter = recorder.meter(SERIES)
    meter.add(2)
    recorder.add(SERIES, 3)
    taken = {series.name: settled(samples).total for series, samples in recorder.take()}
    assert taken == {"UserErrors": 5, "Collected": 1}
    assert len(told) == 1
    meter.add(7)
    assert len(told) == 2
    assert settled(dict(recorder.take())[SERIES]).total == 7


@settings(deadline=None)
@given(values=st.lists(st.floats(-10, 1e9, allow_subnormal=False), min_size=1, max_size=200))
def test_a_meter_holds_values_back_and_loses_none(values):
    recorder = Recorder()
    for value in values:
        recorder.add(SERIES, value)
    ((_, held),) = recorder.take()
    taken = settled(held)
    whole = samples_of(values)
    assert (taken.count, taken.minimum, taken.maximum) == (
        whole.count,
        whole.minimum,
        whole.maximum,
    )
    assert taken.total == pytest.approx(whole.total)
    assert taken.bins == whole.bins
    assert not recorder.take()
