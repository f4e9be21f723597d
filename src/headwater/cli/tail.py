"""`headwater tail`: the changes of a table as they commit."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from headwater.cli.changes import lines
from headwater.cli.endpoint import DEFAULT, Account, Endpoint, Region, asking

WAIT_MS = 30_000


def tail(
    table: Annotated[str, typer.Argument(help="The table.")],
    endpoint: Endpoint = DEFAULT,
    since: Annotated[
        str | None,
        typer.Option(help="Begin earlier: 10m, 2026-03-04T05:06:07Z, or TRIM_HORIZON."),
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help='Only such, as in FilterCriteria: {"eventName":[..]}'),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print records, one a line.")] = False,
    once: Annotated[
        bool, typer.Option("--once", help="End when everything so far is told.")
    ] = False,
    account: Account = None,
    region: Region = None,
) -> None:
    """Print the changes of a table as they commit, until Ctrl-C.

    Each is told with what differs between the old and the new image.
    """
    console = Console(highlight=False, soft_wrap=True)
    wait_ms = 0 if once else WAIT_MS
    with asking(endpoint) as node:
        page = node.get(
            "tail", table=table, since=since, filter=filter, account=account, region=region
        )
        if not once and not as_json and sys.stderr.isatty():
            print(f"headwater: the changes of {page['table']}, Ctrl-C ends", file=sys.stderr)
        while True:
            for record in page["records"]:
                _print(console, record, as_json)
            if once and not page["records"] and not page["more"]:
                return
            page = node.get("tail", cursor=page["cursor"], filter=filter, wait_ms=wait_ms)


def _print(console: Console, record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(record, ensure_ascii=False), flush=True)
        return
    for line in lines(record):
        console.print(line)
