"""`headwater view`: aggregates that follow a table, made, shown, watched and removed."""

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from headwater.cli.endpoint import DEFAULT, Account, Endpoint, Region, asking
from headwater.remote import Remote

WAIT_MS = 5000  # a node that is told to end waits for its answers

view = typer.Typer(
    name="view", help="Aggregates that follow a table's changes.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="The view.")]
Json = Annotated[bool, typer.Option("--json", help="Print the node's answer.")]
Group = Annotated[
    str | None, typer.Option(help="Only this group: a word, or JSON; of several paths a list.")
]
Order = Annotated[
    str | None, typer.Option(help='Order by an aggregate, "-sum(total)" the greatest first.')
]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Groups at most.")]
Windows = Annotated[
    int, typer.Option(min=1, max=1000, help="How many windows, the open one first.")
]


@view.command()
def create(
    name: Name,
    table: Annotated[str, typer.Option(help="The table that it follows.")],
    count: Annotated[bool, typer.Option("--count", help="How many there are.")] = False,
    sum: Annotated[list[str] | None, typer.Option(metavar="PATH", help="Sum of numbers.")] = None,
    avg: Annotated[list[str] | None, typer.Option(metavar="PATH", help="Their mean.")] = None,
    min: Annotated[list[str] | None, typer.Option(metavar="PATH", help="Least value.")] = None,
    max: Annotated[list[str] | None, typer.Option(metavar="PATH", help="Greatest value.")] = None,
    distinct: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="How many different values.")
    ] = None,
    top: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="The most frequent values.")
    ] = None,
    quantile: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH:PARTS", help="Quantiles, nearly: total:0.5,0.99. In windows."),
    ] = None,
    k: Annotated[int | None, typer.Option("-k", help="How many of those; 10 if not given.")] = None,
    by: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Group by it; several times: by all.")
    ] = None,
    filter: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="Only such, as a FilterExpression.")
    ] = None,
    names: Annotated[
        str | None, typer.Option(metavar="JSON", help='Its names: {"#s": "status"}')
    ] = None,
    values: Annotated[
        str | None, typer.Option(metavar="JSON", help='Its values: {":p": {"S": "paid"}}')
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Count changes in windows of this length: 1m.")
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="From one window to the next: 10s. They overlap then.")
    ] = None,
    keep: Annotated[str | None, typer.Option(help="How long windows are kept.")] = None,
    time: Annotated[
        str | None, typer.Option(metavar="PATH", help="Where a change's time is: epoch or ISO.")
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT", help="Which changes count: INSERT, MODIFY, REMOVE."),
    ] = None,
    approximate: Annotated[
        bool, typer.Option("--approximate", help="Let --distinct be a sketch, in windows.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take the place of one of that name, and of its alerts."),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a table to come.")] = False,
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """Make a view: over the items of a table, or over its changes in windows of time."""
    members: dict[str, Any] = {
        "table": table,
        "sum": sum or None,
        "avg": avg or None,
        "min": min or None,
        "max": max or None,
        "distinct": distinct or None,
        "top": top or None,
        "quantile": quantile or None,
        "k": k,
        "by": by or None,
        "filter": filter,
        "names": _json("--names", names),
        "values": _json("--values", values),
        "window": window,
        "every": every,
        "keep": keep,
        "time": time,
        "events": events or None,
        "account": account,
        "region": region,
    }
    switches = {"count": count, "approximate": approximate, "replace": replace, "wait": wait}
    members |= {member: True for member, is_on in switches.items() if is_on}
    with asking(endpoint) as node:
        made = node.post("views", name=name, **members)
    print(f"view {made['name']} of table {made['table']}: {_state(made)}")


@view.command("list")
def list_views(
    as_json: Json = False,
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """All views, and where they stand."""
    with asking(endpoint) as node:
        found = node.get("views", account=account, region=region)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    shown = Table("view", "table", "what", "state", "lag", "alerts", box=None)
    for one in found["views"]:
        what = " ".join(_words(one["definition"]))
        lag = f"{one.get('lag_ms', 0)} ms"
        shown.add_row(one["name"], one["table"], what, _state(one), lag, _alerts(one))
    Console(highlight=False).print(shown)


@view.command()
def show(
    name: Name,
    group: Group = None,
    order: Order = None,
    limit: Limit = 100,
    windows: Windows = 2,
    as_json: Json = False,
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """What a view has come to."""
    query = _query(group, order, limit, windows, account, region)
    with asking(endpoint) as node:
        node.get(_page(name), **query)
        told = node.raw
    if as_json:
        print(told.decode().rstrip())
        return
    console = Console(highlight=False)
    for part in _tables(_exact(told)):
        console.print(part)


@view.command()
def watch(
    name: Name,
    group: Group = None,
    order: Order = None,
    limit: Limit = 20,
    windows: Windows = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print answers, one a line.")] = False,
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """Show a view, and every change of it, until Ctrl-C."""
    query = _query(group, order, limit, windows, account, region)
    with asking(endpoint) as node:
        if as_json:
            _watch_lines(node, name, query)
        with Live(console=Console(highlight=False), auto_refresh=False) as live:
            version = None
            while True:
                found = node.get(_page(name), version=version, wait_ms=WAIT_MS, **query)
                version = found["version"]
                (shown, *_) = _tables(_exact(node.raw))
                live.update(shown, refresh=True)


@view.command()
def delete(
    name: Name, endpoint: Endpoint = DEFAULT, account: Account = None, region: Region = None
) -> None:
    """Remove a view and all it knows. Its table stays as it is."""
    with asking(endpoint) as node:
        found = node.delete(_page(name), account=account, region=region)
    print(f"view {found['deleted']} is deleted")


@view.command()
def alert(
    name: Name,
    when: Annotated[str, typer.Option(metavar="RULE", help='"sum(total) > 1000"')],
    call: Annotated[str, typer.Option(metavar="WHOM", help="function:NAME, or webhook:URL.")],
    group: Group = None,
    lasting: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="When it has held for so long.")
    ] = None,
    called: Annotated[str, typer.Option("--name", help="The alert's name.")] = "alert",
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """Call a function or a URL when a rule begins to hold, and when it ends."""
    members = {"name": called, "when": when, "call": call, "group": group, "for": lasting}
    with asking(endpoint) as node:
        made = node.post(f"{_page(name)}/alerts", **members, account=account, region=region)
    print(f"alert {made['name']} of view {name}: {made['when']}")


@view.command()
def alerts(
    name: Name,
    delete: Annotated[
        str | None, typer.Option(metavar="ALERT", help="Remove this one instead.")
    ] = None,
    as_json: Json = False,
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """The alerts of a view, and the states they are in."""
    page, where = f"{_page(name)}/alerts", {"account": account, "region": region}
    with asking(endpoint) as node:
        if delete is not None:
            node.delete(f"{page}/{quote(delete, safe='')}", **where)
            print(f"alert {delete} of view {name} is deleted")
            return
        found = node.get(page, **where)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    shown = Table("alert", "when", "state", "since", "call", "trouble", box=None)
    for one in found["alerts"]:
        shown.add_row(
            *[one["name"], one["when"], one["state"], one["since"] or "-", one["call"]],
            one["trouble"] or "-",
        )
    Console(highlight=False).print(shown)


def _watch_lines(node: Remote, name: str, query: dict[str, Any]) -> None:
    version = None
    while True:
        found = node.get(_page(name), version=version, wait_ms=WAIT_MS, **query)
        if found["version"] != version:
            version = found["version"]
            # A line break within a string is escaped, so these are all between members.
            print(node.raw.decode().replace("\n", " "), flush=True)


def _page(name: str) -> str:
    return f"views/{quote(name, safe='')}"


def _query(
    group: str | None,
    order: str | None,
    limit: int,
    windows: int,
    account: str | None,
    region: str | None,
) -> dict[str, Any]:
    return {
        "group": group,
        "order": order,
        "limit": limit,
        "windows": windows,
        "account": account,
        "region": region,
    }


def _json(flag: str, text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        print(f"headwater: {flag} is {text!r}, which is not JSON.", file=sys.stderr)
        raise typer.Exit(2) from None


def _state(one: dict[str, Any]) -> str:
    built = one.get("built")
    if built is not None and built["of"]:
        return f"{one['status']} {100 * built['items'] // built['of']}%"
    return str(one["status"])


def _alerts(one: dict[str, Any]) -> str:
    alerts = one.get("alerts", [])
    ringing = [alert["name"] for alert in alerts if alert["state"] == "ALARM"]
    return f"ALARM: {', '.join(ringing)}" if ringing else "OK" if alerts else "-"


def _words(definition: dict[str, Any]) -> list[str]:
    """A definition as the flags that make it, without its table."""
    words = []
    for member, value in definition.items():
        if member == "table":
            continue
        if isinstance(value, list):
            words += [f"--{member} {one}" for one in value]
        elif value is True:
            words.append(f"--{member}")
        else:
            words.append(f"--{member} {value if isinstance(value, str) else json.dumps(value)}")
    return words


def _exact(raw: bytes) -> dict[str, Any]:
    """An answer whose numbers keep all their digits."""
    return dict(json.loads(raw, parse_float=Decimal))


def _tables(found: dict[str, Any]) -> list[Table]:
    if "windows" not in found:
        return [_table(f"{found['view']} ({found['status']})", found["groups"])]
    return [
        _table(
            f"{window['start']} to {window['end']}" + (" (open)" if window["open"] else ""),
            window["groups"],
        )
        for window in found["windows"]
    ]


def _table(title: str, groups: Sequence[dict[str, Any]]) -> Table:
    names = list(groups[0]["values"]) if groups else []
    paths = list(groups[0]["group"]) if groups else []
    # A title is wrapped at its table's width: a window's two moments stay on one line.
    width = len(title) + 1
    shown = Table(*paths, *names, title=title, title_justify="left", box=None, min_width=width)
    for group in groups:
        row = [*group["group"].values(), *group["values"].values()]
        shown.add_row(*[_cell(value) for value in row])
    if not groups:
        # Without a column not even the title would be printed.
        shown.add_column()
        shown.add_row("nothing counts yet")
    return shown


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(
            f"{_cell(one['value'])} ({one['count']})" if isinstance(one, dict) else str(one)
            for one in value
        )
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if isinstance(value, str) else json.dumps(value)
