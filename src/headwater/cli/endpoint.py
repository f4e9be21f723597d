"""Subcommands that ask a running node: where it is, and what is said when it refuses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from headwater.remote import Refused, Remote

DEFAULT = "http://127.0.0.1:8000"

Endpoint = Annotated[
    str,
    typer.Option(
        "--endpoint",
        metavar="URL",
        envvar=["HEADWATER_ENDPOINT", "AWS_ENDPOINT_URL"],
        help="Where the node answers.",
    ),
]
Account = Annotated[str | None, typer.Option(help="Account, if the name is in use in several.")]
Region = Annotated[str | None, typer.Option(help="Region, if the name is in use in several.")]


@contextmanager
def asking(endpoint: str) -> Iterator[Remote]:
    """The node at `endpoint`. A refusal ends the program with status 2 and the node's words."""
    try:
        with Remote(endpoint) as remote:
            yield remote
    except Refused as trouble:
        print(f"headwater: {trouble}", file=sys.stderr)
        raise typer.Exit(2) from None
