"""`headwater explain`: what became of one change."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from headwater.cli.changes import heading, lines
from headwater.cli.endpoint import DEFAULT, Endpoint, asking
from headwater.moments import iso

_STYLES = {
    "delivered": "green",
    "passed": "green",
    "filtered": "cyan",
    "in flight": "yellow",
    "retrying": "yellow",
    "waiting": "yellow",
    "given up": "red",
    "expired": "red",
}
_STATES = {"readable": "green", "trimmed": "yellow", "unknown": "red"}


def explain(
    event: Annotated[str, typer.Argument(metavar="EVENT-ID", help="eventID of a record.")],
    endpoint: Endpoint = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the node's answer.")] = False,
) -> None:
    """Tell what became of one change: is it kept, and which function has had it."""
    with asking(endpoint) as node:
        answer = node.get("explain", event=event)
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    console = Console(highlight=False)
    for line in story(answer):
        console.print(line, overflow="fold")


def story(answer: dict[str, Any]) -> list[Text | Padding]:
    """The answer of GET /_headwater/explain, for people."""
    found: list[Text | Padding] = []
    record = answer["record"]
    if record is not None:
        found += [heading(record, with_date=True), *list(lines(record))[1:], Text()]
    state = Text().append("record   ", "dim")
    state.append(answer["state"], f"bold {_STATES[answer['state']]}")
    state.append(f": {answer['why']}")
    found.append(state)
    for name, value in (("made", answer["made"]), ("shard", answer.get("shard"))):
        if value:
            line = Text().append(f"{name:<9}", "dim")
            line.append(value)
            found.append(line)
    if answer["state"] == "unknown":
        return found
    found.append(Text())
    if not answer["mappings"]:
        found.append(Text("no mapping reads its stream", "dim"))
    for mapping in answer["mappings"]:
        found += _fate(mapping)
    return found


def _fate(mapping: dict[str, Any]) -> list[Text | Padding]:
    fate = mapping["fate"]
    line = Text().append(f"{fate:<10}", f"bold {_STYLES[fate]}")
    line.append(mapping["function"], "bold")
    line.append(f"  mapping {mapping['mapping'][:8]}, {mapping['state']}", "dim")
    found: list[Text | Padding] = [line, _under(Text(mapping["why"]))]
    for one in mapping.get("patterns", ()):
        mark, style = ("admits ", "green") if one["admits"] else ("drops  ", "red")
        text = Text().append(mark, style)
        text.append(one["pattern"])
        found.append(_under(text))
    if mapping.get("next_try_ms") is not None:
        found.append(_under(Text(f"next try at {iso(mapping['next_try_ms'])}")))
    if mapping.get("trouble"):
        found.append(_under(Text(_trouble(mapping["trouble"]), "red")))
    return found


def _trouble(text: str) -> str:
    """A function's own words: the message rather than the whole of its answer.

    >>> _trouble('{"errorMessage": "no", "errorType": "ValueError"}')
    'ValueError: no'
    """
    try:
        answer = json.loads(text)
        return f"{answer['errorType']}: {answer['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return text


def _under(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 10), expand=False)
