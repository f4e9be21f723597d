"""Minutes are stored on time, added up into longer periods, and forgotten."""

import asyncio
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.metrics.samples import Samples
from headwater.monitoring.catalog import find_metric, list_metrics
from headwater.monitoring.keeper import Keeper
from headwater.monitoring.points import COARSE_S_MAX, FINE_S_MAX, add_points, read_points
from headwater.monitoring.queries import Span, run_queries
from headwater.monitoring.statistics import read_periods, value_of

HOUR_S = 3600


def sums(rig, period_s, start_s, end_s):
    now_s = rig.clock.now_ms() // 1000

    def work(tx):
        points = read_periods(tx, [rig.series], period_s, start_s, end_s, now_s)
        return [(at_s - start_s, value_of(samples, "Sum")) for at_s, samples in points]

    return rig.engine.run(work)


def test_each_minute_is_stored_when_it_is_over(rig):
    async def main():
        keeper = Keeper(rig.engine, rig.clock, rig.recorder)
        keeper.start()
        start_s = rig.clock.now_ms() // 1000
        for amount in (1, 2, 0, 4):
            if amount:
                rig.recorder.add(rig.series, amount)
            await rig.clock.advance(60_000)
        assert await sums(rig, 60, start_s, start_s + 600) == [(0, 1), (60, 2), (180, 4)]
        assert await sums(rig, 120, start_s, start_s + 600) == [(0, 3), (120, 4)]
        rig.recorder.add(rig.series, 8)
        await keeper.close()
        assert await sums(rig, 300, start_s, start_s + 600) == [(0, 15)]

    asyncio.run(main())


def test_no_timer_stands_while_nothing_happens(rig):
    async def main():
        keeper = Keeper(rig.engine, rig.clock, rig.recorder)
        keeper.start()
        rig.recorder.add(rig.series, 1)
        await rig.clock.advance(2 * 60_000)
        assert rig.clock.next_ms is None

    asyncio.run(main())


def test_a_late_value_is_added_to_its_own_minute_and_to_all_periods(rig):
    async def main():
        now_s = rig.clock.now_ms() // 1000

        def work(tx):
            for amount in (1, 2):
                samples = Samples()
                samples.add(amount)
                add_points(tx, [(rig.series, samples)], now_s - 2 * HOUR_S, now_s)

        await rig.engine.run(work)
        for period_s in (60, 300, 3600):
            points = await rig.engine.run(
                lambda tx, p=period_s: read_points(tx, rig.series, p, 0, now_s, now_s)
            )
            assert [samples.total for _, samples in points] == [3]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("age_s", "fine", "coarse"),
    [(0, 1, 1), (FINE_S_MAX + 120, 0, 1), (COARSE_S_MAX + 2 * HOUR_S, 0, 0)],
)
def test_minutes_are_kept_for_hours_and_longer_periods_for_days(rig, age_s, fine, coarse):
    async def main():
        keeper = Keeper(rig.engine, rig.clock, rig.recorder)
        keeper.start()
        at_s = rig.clock.now_ms() // 1000
        rig.recorder.add(rig.series, 1)
        await rig.clock.advance(60_000 + age_s * 1000)
        rig.recorder.add(rig.series._replace(name="Other"), 1)
        await rig.clock.advance(60_000)
        now_s = rig.clock.now_ms() // 1000

        def work(tx):
            found = find_metric(tx, rig.series.scope, rig.series.namespace, "UserErrors", ())
            counts = [
                len(read_points(tx, rig.series, period_s, at_s - HOUR_S, at_s + 60, now_s))
                for period_s in (60, 300, 3600)
            ]
            return found, counts

        found, counts = await rig.engine.run(work)
        assert counts == [fine, coarse, coarse]
        assert (found is not None) == bool(coarse)

    asyncio.run(main())


def test_metrics_are_listed_by_scope_namespace_name_and_dimensions_in_pages(rig):
    async def main():
        keeper = Keeper(rig.engine, rig.clock, rig.recorder)
        keeper.start()
        for name in ("A", "B"):
            for table in ("one", "two"):
                series = rig.series._replace(name=name, dimensions=(("TableName", table),))
                rig.recorder.add(series, 1)
                rig.recorder.add(series._replace(scope=Scope("9" * 12, "us-east-1")), 1)
        await keeper.flush()

        def listed(name, wanted, after=None, limit=100):
            def work(tx):
                return list_metrics(
                    tx,
                    rig.series.scope,
                    "AWS/DynamoDB",
                    name,
                    wanted,
                    after=after,
                    seen_from_s=0,
                    limit=limit,
                )

            return rig.engine.run(work)

        found, last = await listed("B", [("TableName", "two")])
        assert [(one.name, one.dimensions) for one in found] == [("B", (("TableName", "two"),))]
        assert last is None
        first, last = await listed(None, [("TableName", None)], limit=3)
        rest, _ = await listed(None, [], after=last, limit=3)
        assert (len(first), len(rest)) == (3, 1)
        assert not (await listed(None, [("Operation", None)]))[0]

    asyncio.run(main())


def test_gaps_are_filled_no_further_back_than_there_are_points(rig):
    async def main():
        now_s = rig.clock.now_ms() // 1000
        metric = {"Namespace": "AWS/DynamoDB", "MetricName": "UserErrors"}
        queries: list[dict[str, Any]] = [
            {
                "Id": "m1",
                "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"},
                "ReturnData": False,
            },
            {"Id": "e1", "Expression": "FILL(m1, 0)"},
        ]
        span = Span(-(10**12), now_s, now_s)
        (result,) = await rig.engine.run(
            lambda tx: run_queries(tx, rig.series.scope, queries, span)
        )
        assert len(result.line.values) == COARSE_S_MAX // HOUR_S + 1

    asyncio.run(main())
