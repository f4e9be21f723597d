"""The page of metrics taken apart, and what two looks at it say together: rates and means.

Pure: text in, numbers out. Source of the format:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

Labels = dict[str, str]

_LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


class Figures(NamedTuple):
    """One look. values: by the metric's name and its labels, sorted"""

    values: dict[tuple[str, tuple[tuple[str, str], ...]], float]

    def of(self, name: str) -> Iterator[tuple[Labels, float]]:
        """The figures of a metric."""
        for (its_name, labels), value in self.values.items():
            if its_name == name:
                yield dict(labels), value

    def total(self, name: str) -> float:
        """All figures of a metric, added up."""
        return sum(value for _, value in self.of(name))


def read_figures(page: str) -> Figures:
    """
    >>> read_figures('# HELP x of x\\nx{a="1"} 2\\n').values
    {('x', (('a', '1'),)): 2.0}
    """
    values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for line in page.splitlines():
        match = None if line.startswith("#") else _LINE.fullmatch(line)
        if match is not None:
            labels = [(name, _plain(text)) for name, text in _LABEL.findall(match[2] or "")]
            values[match[1], tuple(sorted(labels))] = float(match[3])
    return Figures(values)


def since(before: Figures, after: Figures) -> Figures:
    """What was added from one look to the next; a node that was started anew began at nothing."""
    return Figures(
        {
            key: value - known if (known := before.values.get(key, 0.0)) <= value else value
            for key, value in after.values.items()
        }
    )


def _plain(text: str) -> str:
    return re.sub(r'\\[n"\\]', lambda found: _ESCAPES[found[0]], text)
