"""Every subcommand that a person types and watches, and the help that lists them all.

`serve` and `console` stand here for the list alone: `cli/main.py` hands them to modules of their
own before this one is loaded.
"""

import sys
from collections.abc import Sequence

import typer

from headwater.cli.demo import demo
from headwater.cli.explain import explain
from headwater.cli.function_logs import logs
from headwater.cli.redrive import redrive
from headwater.cli.regions import regions
from headwater.cli.shards import shards
from headwater.cli.tail import tail
from headwater.cli.top import top
from headwater.cli.version import version
from headwater.cli.view import view

app = typer.Typer(
    name="headwater",
    help="A self-hosted, wire-compatible DynamoDB whose change stream is its centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(add_help_option=False, short_help="Start a node: DynamoDB, streams and Lambda.")
def serve() -> None:
    """Start a node: DynamoDB, its streams and Lambda on one port."""


@app.command(add_help_option=False, short_help="See a node in a browser.")
def console() -> None:
    """See a node, or any DynamoDB endpoint, in a browser."""


app.command()(demo)
app.command()(shards)
app.command()(tail)
app.command()(explain)
app.command()(redrive)
app.command()(logs)
app.command()(top)
app.add_typer(view)
app.command()(version)
app.add_typer(regions, name="regions")


@app.callback()
def program(
    show_version: bool = typer.Option(False, "--version", help="Say which version this is."),
) -> None:
    """A self-hosted, wire-compatible DynamoDB whose change stream is its centre."""
    if show_version:
        version()
        raise typer.Exit


def run(argv: Sequence[str]) -> int:
    """Run the subcommand that `argv` names; returns the exit status."""
    try:
        app(args=list(argv), prog_name="headwater")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 1
    except KeyboardInterrupt:
        print("headwater: stopped", file=sys.stderr)
        return 130
    return 0
