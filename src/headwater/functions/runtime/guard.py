"""Ties a program to the node, then becomes it.

    python -I -S guard.py program arguments...

The kernel ends the program when the node's thread that started it ends. This process is replaced,
so nothing of it stays.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Never returns."""
    node = int(os.environ.pop("_HEADWATER_NODE"))
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != node:  # it ended before the line above
        sys.exit(0)
    try:
        os.execv(sys.argv[1], sys.argv[1:])
    except OSError as trouble:
        sys.stderr.write(f"fork/exec {sys.argv[1]}: {trouble.strerror}\n")
        sys.exit(126)


if __name__ == "__main__":
    main()
