"""The command `headwater`: finds the subcommand and hands it the rest of the line.

Only the module that is asked for is loaded. `headwater serve` must answer its first request
within half a second, and what draws tables and help pages would take a fifth of that.
"""

import importlib
import sys

_SERVE = "headwater.cli.serve"
_CONSOLE = "headwater.cli.console"
_OTHERS = "headwater.cli.app"
# A node started by a line written for DynamoDB Local names no subcommand at all.
_ASKS_FOR_HELP = frozenset(("--help", "-h", "--version"))


def main() -> None:
    """Run the command line of this process and exit with its status."""
    words = sys.argv[1:]
    if words and words[0] == "serve":
        status = importlib.import_module(_SERVE).run(words[1:])
    elif words and words[0] == "console":
        status = importlib.import_module(_CONSOLE).run(words[1:])
    elif words and words[0].startswith("-") and words[0] not in _ASKS_FOR_HELP:
        status = importlib.import_module(_SERVE).run(words)
    else:
        status = importlib.import_module(_OTHERS).run(words)
    sys.exit(status)
