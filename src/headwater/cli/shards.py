"""`headwater shards`: the shard tree of a table's stream, and shards ended by hand."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from headwater.cli.endpoint import DEFAULT, Account, Endpoint, Region, asking
from headwater.cli.shard_tree import draw, readers, tail_of

WIDEST = "widest"
ALL = "all"


def shards(
    table: Annotated[str, typer.Argument(help="The table.")],
    endpoint: Endpoint = DEFAULT,
    split: Annotated[
        str | None,
        typer.Option(metavar="ID", help="First split this open shard (or: widest) in two."),
    ] = None,
    roll: Annotated[
        str | None,
        typer.Option(metavar="ID", help="First roll this open shard (or: all) over to a child."),
    ] = None,
    trim: Annotated[
        bool, typer.Option("--trim", help="First forget every record there is so far.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the node's answer.")] = False,
    account: Account = None,
    region: Region = None,
) -> None:
    """Draw the shards of a table's stream, and who has read how far.

    An ID is a shard's, or the end of it, as it is drawn.
    """
    console = Console(highlight=False)
    where = {"table": table, "account": account, "region": region}
    with asking(endpoint) as node:
        if split is not None:
            done = node.post("shards/split", shard=None if split == WIDEST else split, **where)
            _tell(console, "split", done["closed"], done["opened"], as_json)
        if roll is not None:
            done = node.post("shards/roll", shard=None if roll == ALL else roll, **where)
            _tell(console, "rolled over", done["closed"], done["opened"], as_json)
        if trim:
            node.post("shards/trim", **where)
            _tell(console, "trimmed", [], [], as_json)
        answer = node.get("shards", **where)
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    opened = sum(shard["open"] for shard in answer["shards"])
    title = Text().append(answer["table"], "bold")
    title.append(f"  {answer['view']}  {answer['status']}  ", "")
    title.append(f"{opened} open, {len(answer['shards']) - opened} closed", "dim")
    console.print(title)
    label = answer["stream_arn"].rpartition("/")[2]
    place = f"of account {answer['account']}, {answer['region']}"
    console.print(Text(f"stream {label} {place}", "dim"))
    console.print()
    console.print(draw(answer))
    if (table_of_readers := readers(answer)) is not None:
        console.print()
        console.print(table_of_readers)


def _tell(console: Console, what: str, closed: list[str], opened: list[str], as_json: bool) -> None:
    """Say what was done, unless the output is for a program."""
    if as_json:
        return
    names = " ".join(tail_of(one) for one in closed)
    into = " ".join(tail_of(one) for one in opened)
    line = Text(f"{what} {names}".rstrip(), "green")
    if into:
        line.append(f" → {into}", "green")
    console.print(line)
    console.print()
