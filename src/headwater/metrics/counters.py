"""Counters and gauges in this process, and the page that shows them in Prometheus' text format.

Counting is one dictionary entry, cheap enough for every request. This file knows numbers and
labels; what they mean is written in `names.py`.
Source of the format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Callable, Iterator

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


class Registry:
    """Everything one node counts."""

    def __init__(self) -> None:
        self._counters: list[Counter] = []
        self._gauges: list[tuple[MetricName, Callable[[], float]]] = []

    def counter(self, name: MetricName) -> Counter:
        counter = Counter(name)
        self._counters.append(counter)
        return counter

    def gauge(self, name: MetricName, read: Callable[[], float]) -> None:
        """Show what `read` returns whenever the page is asked for."""
        self._gauges.append((name, read))

    def page(self) -> bytes:
        """The metrics page in Prometheus' text format."""
        return ("\n".join(self._lines()) + "\n").encode()

    def _lines(self) -> Iterator[str]:
        for counter in self._counters:
            yield from _head(counter.name)
            for labels, count in sorted(counter.counts.items()):
                yield f"{counter.name.name}{_labels(counter.name, labels)} {count}"
        for name, read in self._gauges:
            yield from _head(name)
            yield f"{name.name} {read()}"


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
