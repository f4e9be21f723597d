"""`headwater demo`: a finished application, played against a real node, with numbers at the end.

What is played lives in the folder `examples`, as programs that stand on their own (plain boto3,
plain SMTP) and can be read, copied and changed. This module finds them and runs them.
"""

import os
import sys
from importlib import util
from pathlib import Path
from typing import Annotated

import typer

# A wheel carries the examples inside the package; in a source tree they are beside it.
_PACKAGE = Path(__file__).resolve().parents[1]
_EXAMPLES = (_PACKAGE / "_examples", _PACKAGE.parents[1] / "examples")
_NEEDS = ("boto3", "aiosmtpd")


def demo(
    name: Annotated[str, typer.Argument(help="Which one; there is: orders.")] = "orders",
    orders: Annotated[int, typer.Option(min=10, help="How many orders are placed.")] = 1000,
    clients: Annotated[int, typer.Option(min=1, max=64, help="How many place them at once.")] = 8,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the node running at the end, and say how to look.")
    ] = False,
) -> None:
    """Play a finished application against a node of its own.

    orders: an online shop. Every order in DynamoDB sends a mail through Lambda.

    Halfway the node is killed. Exits with 1 if anything that was acknowledged is missing.
    """
    script = _script(name)
    absent = [module for module in _NEEDS if util.find_spec(module) is None]
    if absent:
        print(
            f"headwater: the demo needs {' and '.join(absent)}, which a node itself does not. "
            "Install them with: pip install 'headwater[demo]'",
            file=sys.stderr,
        )
        raise typer.Exit(2)
    line = [sys.executable, str(script), "--orders", str(orders), "--clients", str(clients)]
    # In our place, not beside us: a key press or a signal then reaches what must clean up.
    sys.stdout.flush()
    os.execv(sys.executable, [*line, *(["--keep"] if keep else [])])


def _script(name: str) -> Path:
    """The program that plays the demo called `name`."""
    for folder in _EXAMPLES:
        script = folder / name / "play.py"
        if name.isidentifier() and script.is_file():
            return script
    print(f"headwater: there is no demo called {name!r}; there is: orders.", file=sys.stderr)
    raise typer.Exit(2)
