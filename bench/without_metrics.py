"""A node that counts nothing, for `metrics_cost.py` to compare with: not a way to run one.

    python without_metrics.py python -m headwater.cli serve ...

Runs the command in this process, after taking out what a PutItem says of itself, what the front
door makes of it, and the counters of the metrics page.
"""

import runpy
import sys
from importlib import import_module
from typing import Any

from headwater.metrics.counters import Counter, Summary


def _nothing(*given: Any, **named: Any) -> None:
    """Instead of counting."""


def main() -> None:
    """Take out the counting, then be the command."""
    for where, name in (
        # The package shows the function under the name of its module.
        (import_module("headwater.operations.dynamodb.put_item"), "used_of"),
        (Counter, "add"),
        (Summary, "add"),
    ):
        assert hasattr(where, name), name
        setattr(where, name, _nothing)
    module = sys.argv[3]
    sys.argv = [module, *sys.argv[4:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
