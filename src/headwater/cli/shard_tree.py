"""A shard tree as a person sees it: pure, from a node's answer to lines for the terminal.

    ○ 55a17278  15:49 – 19:52  ▕████████████████▏      6
    ├─ ● ad72b2ac  19:52 –     ▕████████        ▏      3
    └─ ● fb58bd07  19:52 –     ▕        ████████▏      2

A shard is named by the end of its id. One that was rolled over stands right above its child; two
children of a split are indented. The bar is the range of hashes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.table import Table
from rich.text import Text

from headwater.moments import iso

_HASHES = 1 << 32
_BAR = 16
_OPEN, _CLOSED = "●", "○"


class Row(NamedTuple):
    """One shard: what stands before it (the branches), and the shard as the node told it."""

    branch: str
    shard: dict[str, Any]


def tail_of(shard_id: str) -> str:
    """
    >>> tail_of("shardId-00000001772600767891-5f0c9a1b")
    '5f0c9a1b'
    """
    return shard_id.rpartition("-")[2]


def lineages(shards: list[dict[str, Any]]) -> list[list[Row]]:
    """The shards below each root, in drawing order, with their branches.

    >>> shard = lambda id, parent: {"id": id, "parent": parent, "first_hash": 0}
    >>> forest = lineages([shard("a", None), shard("b", "a"), shard("c", "b"), shard("d", "b")])
    >>> [(row.branch, row.shard["id"]) for row in forest[0]]
    [('', 'a'), ('', 'b'), ('├─ ', 'c'), ('└─ ', 'd')]
    """
    known = {shard["id"] for shard in shards}
    children: dict[str, list[dict[str, Any]]] = {}
    roots = []
    for shard in sorted(shards, key=lambda one: (one["first_hash"], one["id"])):
        if shard["parent"] in known:
            children.setdefault(shard["parent"], []).append(shard)
        else:
            roots.append(shard)
    return [list(_below(root, children, "", "")) for root in roots]


def _below(
    shard: dict[str, Any], children: dict[str, list[dict[str, Any]]], branch: str, stem: str
) -> Iterator[Row]:
    """branch: before the shard itself; stem: before whatever follows it."""
    yield Row(branch, shard)
    below = children.get(shard["id"], [])
    if len(below) == 1:
        yield from _below(below[0], children, stem, stem)
        return
    for number, child in enumerate(below):
        is_last = number == len(below) - 1
        here = stem + ("└─ " if is_last else "├─ ")
        yield from _below(child, children, here, stem + ("   " if is_last else "│  "))


def bar(first_hash: int, end_hash: int) -> str:
    """
    >>> bar(0, 1 << 31)
    '████████        '
    """
    start = first_hash * _BAR // _HASHES
    end = max(start + 1, -(-end_hash * _BAR // _HASHES))
    return " " * start + "█" * (end - start) + " " * (_BAR - end)


def moment(at_ms: int, now_ms: int) -> str:
    """UTC; the date only where it is not today's.

    >>> moment(1772600767891, 1772600800000), moment(1772600767891, 1772700000000)
    ('05:06', '03-04 05:06')
    """
    text = iso(at_ms)
    return text[11:16] if text[:10] == iso(now_ms)[:10] else f"{text[5:10]} {text[11:16]}"


def draw(answer: dict[str, Any]) -> Table:
    """The tree of GET /_headwater/shards."""
    now_ms = answer["now_ms"]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("shard", no_wrap=True)
    table.add_column("open, UTC", no_wrap=True)
    table.add_column("keys by hash", no_wrap=True)
    table.add_column("records", justify="right", no_wrap=True)
    forest = lineages(answer["shards"])
    # One shard after another may be many generations; a gap says that a new line of them begins.
    apart = any(len(rows) > 1 for rows in forest)
    for number, rows in enumerate(forest):
        if number and apart:
            table.add_row()
        for row in rows:
            table.add_row(*_cells(row, now_ms))
    return table


def _cells(row: Row, now_ms: int) -> tuple[Text, Text, Text, Text]:
    shard = row.shard
    is_open = shard["open"]
    style = "green" if is_open else "dim"
    name = Text().append(row.branch, "dim")
    name.append(_OPEN if is_open else _CLOSED, style)
    name.append(f" {tail_of(shard['id'])}", "bold" if is_open else "")
    end = "" if is_open else moment(shard["closed_ms"], now_ms)
    times = Text(f"{moment(shard['created_ms'], now_ms)} – {end}".rstrip(), style="")
    strip = Text().append("▕", "dim")
    strip.append(bar(shard["first_hash"], shard["end_hash"]), style)
    strip.append("▏", "dim")
    many = "+" if shard["records"] >= shard["records_max"] else ""
    count = Text(f"{shard['records']}{many}")
    if shard["trimmed"]:
        count.append(" trimmed", "yellow")
    return name, times, strip, count


def readers(answer: dict[str, Any]) -> Table | None:
    """Who reads, and what lies behind each; None if nobody does."""
    if not answer["readers"]:
        return None
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("function", overflow="fold")
    table.add_column("mapping", no_wrap=True)
    table.add_column("not yet delivered", overflow="fold")
    for reader in answer["readers"]:
        table.add_row(reader["function"], reader["mapping"][:8], _behind(reader))
    return table


def _behind(reader: dict[str, Any]) -> Text:
    found = Text()
    if reader["state"] != "Enabled":
        found.append(f"{reader['state']}  ", "yellow")
    for shard_id, place in reader["shards"].items():
        if not place["behind"]:
            continue
        if found:
            found.append("\n")
        found.append(f"{tail_of(shard_id)} ", "bold")
        found.append(f"{place['behind']} records", "yellow")
        found.append(f", {_doing(place)}")
    return found or Text("nothing: all is delivered", "green")


def _doing(place: dict[str, Any]) -> str:
    times = "once" if place["attempts"] == 1 else f"{place['attempts']} times"
    words = {
        "invoking": "at the function",
        "pause": f"failed {times}, to be tried again",
        "window": "its batch is gathered",
        "stopped": "nobody reads it now",
    }
    phase: str = place["phase"]
    return words.get(phase, phase)
