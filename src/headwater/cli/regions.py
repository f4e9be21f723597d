"""`headwater regions`: links to other regions, how far behind they are, and what troubles them."""

import json
import threading
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from headwater.cli.endpoint import DEFAULT, Account, Endpoint, Region, asking
from headwater.cli.top import lasting

PAGE = "regions"
LATE_MS = 60_000  # from here on a lag is shown in red
WIDE = 100  # columns from which on there is room for more
_STYLES = {"down": "bold red", "copying": "yellow", "shipping": "cyan", "idle": "green"}

regions = typer.Typer(help="Links to other regions.", invoke_without_command=True)


@regions.callback()
def show(
    context: typer.Context,
    endpoint: Endpoint = DEFAULT,
    watch: Annotated[bool, typer.Option("--watch", help="Look again, until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.2, help="From one look to the next.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the node's answer.")] = False,
) -> None:
    """Show what a node ships to other regions: state, lag, conflicts, last error and contact."""
    if context.invoked_subcommand is not None:
        return
    console = Console(highlight=False)
    with asking(endpoint) as node:
        if as_json:
            print(json.dumps(node.get(PAGE), indent=2))
            return
        if not watch or not console.is_terminal:
            console.print(screen(node.get(PAGE), console.width))
            return
        pause = threading.Event()  # that nobody sets: a wait that Ctrl-C ends
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(screen(node.get(PAGE), console.width), refresh=True)
                pause.wait(interval)


@regions.command()
def resync(
    table: Annotated[str, typer.Argument(help="The table.")],
    to: Annotated[str, typer.Argument(metavar="REGION", help="The region to compare with.")],
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """Compare a table with its replica in REGION, and copy there what it lacks.

    Nobody waits for it: writes go on. A link that was down for too long does this by itself.
    """
    with asking(endpoint) as node:
        node.post(f"{PAGE}/resync", table=table, to=to, account=account, region=region)
    print(f"comparing {table} with {to}: `headwater regions` shows how far it is")


@regions.command()
def forget(
    table: Annotated[str, typer.Argument(help="The table.")],
    to: Annotated[str, typer.Argument(metavar="REGION", help="The region that is lost.")],
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """Forget a replica whose node is lost for good; refused while the node answers."""
    with asking(endpoint) as node:
        node.post(f"{PAGE}/forget", table=table, to=to, account=account, region=region)
    print(f"{table} has no replica in {to} any more; say so to each of its other regions too")


def screen(answer: dict[str, Any], width: int) -> RenderableType:
    """What is shown of the node's answer in so many columns."""
    parts: list[RenderableType] = [_head(answer)]
    links = [one for one in answer["links"] if one["state"] != "ended"]
    if not answer["tables"] and not links:
        parts.append(_nothing(answer))
        return Group(*parts)
    parts += [Text(), _tables(answer["tables"])]
    if links:
        parts += [Text(), _links(links, answer["now_ms"], width)]
    if answer["received"]:
        parts += [Text(), _received(answer["received"])]
    troubles = _troubles(answer, links)
    return Group(*parts, *([Text(), *troubles] if troubles else []))


def _head(answer: dict[str, Any]) -> Text:
    text = Text(answer["region"], "bold")
    for region, url in sorted(answer["nodes"].items()):
        text.append(f"\n  {region} ", "").append(f"at {url}", "dim")
    if not answer["nodes"]:
        text.append("  no other node is named: every region is this node's own", "dim")
    return text


def _nothing(answer: dict[str, Any]) -> Text:
    regions = answer["peers"] or ["eu-west-1"]
    text = Text("\nNo table has replicas. Give one its first:\n\n")
    text.append(
        "  aws dynamodb update-table --table-name NAME \\\n"
        f'    --replica-updates \'[{{"Create":{{"RegionName":"{regions[0]}"}}}}]\'\n',
        "bold",
    )
    return text


def _tables(tables: list[dict[str, Any]]) -> Table:
    grid = _table("table", "region", "status", "replicas")
    for table in tables:
        replicas = Text()
        for region, status in table["replicas"].items():
            replicas.append(f"{region} " if not replicas else f", {region} ")
            replicas.append(status, "" if status == "ACTIVE" else "yellow")
        grid.add_row(_name(table), table["region"], table["status"], replicas)
    return grid


def _links(links: list[dict[str, Any]], now_ms: int, width: int) -> Table:
    wide = width >= WIDE
    more = ("shipped", "copied") if wide else ()
    grid = _table("table", "link", "state", "behind", "lag", *more, "conflicts", "contact", right=3)
    for link in sorted(links, key=lambda one: (one["table"], one["from"], one["to"])):
        arrived_ms = link["arrived_ms"]
        contact = "never" if arrived_ms is None else f"{lasting(now_ms - arrived_ms)} ago"
        lag = Text(lasting(link["lag_ms"]), "red" if link["lag_ms"] >= LATE_MS else "")
        counts = [f"{link[name]:,}" for name in more]
        grid.add_row(
            _name(link),
            f"{link['from']} → {link['to']}",
            Text(link["state"], _STYLES.get(link["state"], "")),
            f"{link['behind']:,}",
            lag,
            *counts,
            f"{link['superseded']:,}",
            contact,
        )
    return grid


def _received(received: list[dict[str, Any]]) -> Table:
    grid = _table("table", "received", "writes", "too late", right=2)
    for one in sorted(received, key=lambda one: (one["table"], one["from"], one["to"])):
        way = f"{one['from']} → {one['to']}"
        grid.add_row(one["table"], way, f"{one['writes']:,}", f"{one['late']:,}")
    return grid


def _troubles(answer: dict[str, Any], links: list[dict[str, Any]]) -> list[Text]:
    lines = [
        Text(f"{one['table']} {one['from']} → {one['to']}: {one['trouble']}", "red")
        for one in links
        if one["trouble"]
    ]
    known = {one["trouble"] for one in links}
    for one in answer["settings"]:
        if one["trouble"] not in known:
            text = f"settings of {one['table']} for {one['to']}: {one['trouble']}"
            lines.append(Text(text, "red"))
    for name, trouble in answer["troubles"].items():
        if trouble not in known:
            lines.append(Text(f"replicas of {name}: {trouble}", "red"))
    lines += [
        Text(
            f"{one['table']} {one['from']} → {one['to']}: compared again {one['resynchronised']}x",
            "yellow",
        )
        for one in links
        if one["resynchronised"]
    ]
    return lines


def _name(one: dict[str, Any]) -> str:
    account = one["account"]
    return str(one["table"]) if account == "000000000000" else f"{account}/{one['table']}"


def _table(*titles: str, right: int = 99) -> Table:
    """right: from which column on figures stand at the right"""
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for place, title in enumerate(titles):
        grid.add_column(title, justify="right" if place >= right else "left", overflow="fold")
    return grid
