"""`headwater logs`: what a function has written, and goes on writing."""

import sys
from typing import Annotated, Any

import typer

from headwater.cli.endpoint import DEFAULT, Account, Endpoint, Region, asking

WAIT_MS = 1000  # a node that is told to end waits for its answers


def logs(
    function: Annotated[str, typer.Argument(help="The function.")],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what it writes, until Ctrl-C.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="Begin there: 10m, or 2026-03-04T05:06:07Z.")
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help='Only such: ERROR, "two words", -not, ?a ?b, %regex%'),
    ] = None,
    times: Annotated[bool, typer.Option("--times", help="Say when each line came.")] = False,
    endpoint: Endpoint = DEFAULT,
    account: Account = None,
    region: Region = None,
) -> None:
    """Print what a function writes, and the lines that Lambda adds."""
    query = {"name": function, "filter": filter, "account": account, "region": region}
    with asking(endpoint) as node:
        page = node.get("function-log", since=since or "0", **query)
        after = -1
        while page["events"] or follow or page["after"] != after:
            after = page["after"]
            for event in page["events"]:
                _print(event, times)
            wait_ms = WAIT_MS if follow else None
            page = node.get("function-log", after=after, wait_ms=wait_ms, **query)


def _print(event: dict[str, Any], times: bool) -> None:
    shown = f"{event['at']} {event['message']}" if times else event["message"]
    sys.stdout.write(shown if shown.endswith("\n") else shown + "\n")
    sys.stdout.flush()
