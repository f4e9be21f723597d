"""What came of a run: a JSON document, and tables of passed and failed cases for each group.

    python -m kit.report headwater.json moto.json     # from conformance/streams

prints the Markdown table that README.md shows, a column for each file.
"""

import json
import sys
from pathlib import Path
from typing import Any

from kit.cases import TIERS

Json = dict[str, Any]
OUTCOMES = ("passed", "failed", "skipped")
_SPELLINGS = {
    "Describe stream": "DescribeStream",
    "Get records": "GetRecords",
    "Get shard iterator": "GetShardIterator",
    "List streams": "ListStreams",
    "Partiql": "PartiQL",
    "Size bytes": "SizeBytes",
    "Wire": "Wire and errors",
}


def group_of(path: str) -> str:
    """
    >>> group_of("test_what_writes_records.py::test_a")
    'What writes records'
    """
    name = path.partition("::")[0].rpartition("/")[2]
    words = name.removeprefix("test_").removesuffix(".py").replace("_", " ").capitalize()
    return _SPELLINGS.get(words, words)


def document(title: str, endpoint: str, cases: list[Json]) -> Json:
    """The whole run.

    cases  {"case", "group", "tier", "source", "needs", "outcome", "seconds", "message"} each
    """
    return {
        "title": title,
        "endpoint": endpoint,
        "total": _counts(cases),
        "tiers": {tier: _counts([c for c in cases if c["tier"] == tier]) for tier in TIERS},
        "groups": {
            group: _counts([case for case in cases if case["group"] == group])
            for group in _ordered([case["group"] for case in cases])
        },
        "cases": cases,
    }


def text_table(run: Json) -> list[str]:
    """The table that a run prints at its end, line by line."""
    groups, tiers = run["groups"], run["tiers"]
    rows = [
        *groups.items(),
        *((f"tier {tier}", tiers[tier]) for tier in TIERS),
        ("all", run["total"]),
    ]
    lines = [f"{'':28}{'passed':>8}{'failed':>8}{'skipped':>8}"]
    return lines + [
        f"{name:28}" + "".join([f"{counts[outcome]:8}" for outcome in OUTCOMES])
        for name, counts in rows
    ]


def markdown_table(runs: list[Json]) -> list[str]:
    """Passed of those that ran, for each group (a row) and each run (a column)."""
    lines = [
        "| | " + " | ".join([run["title"] for run in runs]) + " |",
        "|---|" + "---|" * len(runs),
    ]
    for group in _ordered([group for run in runs for group in run["groups"]]):
        lines.append(_row(group, [run["groups"].get(group, _counts([])) for run in runs]))
    for tier in TIERS:
        lines.append(_row(f"*{tier}*", [run["tiers"][tier] for run in runs]))
    lines.append(_row("**all**", [run["total"] for run in runs]))
    return lines


def _row(name: str, cells: list[Json]) -> str:
    shown = []
    for counts in cells:
        ran = counts["passed"] + counts["failed"]
        cell = f"{counts['passed']} of {ran}" if ran else "–"
        shown.append(cell + (f", {counts['skipped']} skipped" if counts["skipped"] and ran else ""))
    return f"| {name} | " + " | ".join(shown) + " |"


def _ordered(groups: list[str]) -> list[str]:
    return list(dict.fromkeys(groups))


def _counts(cases: list[Json]) -> dict[str, int]:
    return {outcome: sum([case["outcome"] == outcome for case in cases]) for outcome in OUTCOMES}


if __name__ == "__main__":
    runs = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    sys.stdout.write("\n".join(markdown_table(runs)) + "\n")
