"""Counters and gauges in this process, and the page that shows them in Prometheus' text format.

Counting is one dictionary entry, cheap enough for every request. This file knows numbers and
labels; what they mean is written in `names.py`.
Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

from headwater.metrics.names import MetricName

Labels = tuple[str, ...]


class Counter:
    """Counts by label values."""

    __slots__ = ("counts", "name")

    def __init__(self, name: MetricName) -> None:
        self.name = name
        self.counts: dict[Labels, int] = {}

    def add(self, labels: Labels, amount: int = 1) -> None:
        """labels  in the order of the metric's label names"""
        counts = self.counts
        counts[labels] = counts.get(labels, 0) + amount

    def total(self) -> int:
        return sum(self.counts.values())


class Summary:
    """Counts values by labels, and adds them up: what averages and rates are made of."""

    __slots__ = ("name", "sums")

    def __init__(self, name: MetricName) -> None:
        self.name = name
        self.sums: dict[Labels, list[float]] = {}  # how many, their sum

    def add(self, labels: Labels, value: float) -> None:
        """labels  in the order of the metric's label names"""
        known = self.sums.get(labels)
        if known is None:
            self.sums[labels] = [1, value]
        else:
            known[0] += 1
            known[1] += value


Family = Callable[[], Iterable[tuple[Labels, float]]]


class Registry:
    """Everything one node counts."""

    def __init__(self) -> None:
        self._counters: list[Counter] = []
        self._summaries: list[Summary] = []
        self._families: list[tuple[MetricName, Family]] = []
        self._refreshers: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._gauges: list[tuple[MetricName, Callable[[], float]]] = []

    def counter(self, name: MetricName) -> Counter:
        counter = Counter(name)
        self._counters.append(counter)
        return counter

    def gauge(self, name: MetricName, read: Callable[[], float]) -> None:
        """Show what `read` returns whenever the page is asked for."""
        self._gauges.append((name, read))

    def summary(self, name: MetricName) -> Summary:
        summary = Summary(name)
        self._summaries.append(summary)
        return summary

    def family(self, name: MetricName, read: Family) -> None:
        """Show each value that `read` returns, by its labels, whenever the page is asked for."""
        self._families.append((name, read))

    def before(self, refresh: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Await `refresh` before the page is made: for what takes a look at the data."""
        self._refreshers.append(refresh)

    async def fresh_page(self) -> bytes:
        """The page, when everything that has to be looked at was."""
        for refresh in self._refreshers:
            await refresh()
        return self.page()

    def page(self) -> bytes:
        """The metrics page in Prometheus' text format."""
        return ("\n".join(self._lines()) + "\n").encode()

    def _lines(self) -> Iterator[str]:
        for counter in self._counters:
            yield from _head(counter.name)
            for labels, count in sorted(counter.counts.items()):
                yield f"{counter.name.name}{_labels(counter.name, labels)} {count}"
        for summary in self._summaries:
            yield from _head(summary.name)
            for labels, (times, total) in sorted(summary.sums.items()):
                shown = _labels(summary.name, labels)
                yield f"{summary.name.name}_count{shown} {int(times)}"
                yield f"{summary.name.name}_sum{shown} {total}"
        for name, read in self._gauges:
            yield from _head(name)
            yield f"{name.name} {read()}"
        for name, family in self._families:
            yield from _head(name)
            for labels, figure in sorted(family()):
                yield f"{name.name}{_labels(name, labels)} {figure}"


def _head(name: MetricName) -> Iterator[str]:
    yield f"# HELP {name.name} {name.help}"
    yield f"# TYPE {name.name} {name.kind}"


def _labels(name: MetricName, values: Labels) -> str:
    pairs = ",".join(
        f'{label}="{_escape(value)}"' for label, value in zip(name.labels, values, strict=True)
    )
    return f"{{{pairs}}}" if pairs else ""


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
