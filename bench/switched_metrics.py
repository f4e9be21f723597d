"""A node whose counting can be switched off and on, for `metrics_cost.py`: not a way to run one.

    python switched_metrics.py python -m headwater.cli serve ...

Runs the command in this process. SIGUSR1 takes out what a PutItem says of itself, what the front
door makes of it, and the counters of the metrics page; the next one puts it back.
"""

import runpy
import signal
import sys
from importlib import import_module
from typing import Any

from headwater.metrics.counters import Counter, Summary

# The package shows the function under the name of its module.
_PLACES = (
    (import_module("headwater.operations.dynamodb.put_item"), "used_of"),
    (Counter, "add"),
    (Summary, "add"),
)
_COUNTING = [getattr(where, name) for where, name in _PLACES]
_counts = True


def _nothing(*given: Any, **named: Any) -> None:
    """Instead of counting."""


def _switch(*given: Any) -> None:
    global _counts
    _counts = not _counts
    for (where, name), counting in zip(_PLACES, _COUNTING, strict=True):
        setattr(where, name, counting if _counts else _nothing)


def main() -> None:
    """Be the command."""
    signal.signal(signal.SIGUSR1, _switch)
    module = sys.argv[3]
    sys.argv = [module, *sys.argv[4:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
