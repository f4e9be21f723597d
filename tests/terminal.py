"""The `headwater` command in a process of its own, as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "src"


def line(*words: str) -> list[str]:
    """The command line of `headwater words...`, of this tree."""
    return [sys.executable, "-m", "headwater.cli", *words]


def surroundings(endpoint: str = "", columns: int = 80) -> dict[str, str]:
    """The environment of a terminal that wide, without colours, where `endpoint` is the node."""
    known = {**os.environ, "PYTHONPATH": str(SOURCES), "COLUMNS": str(columns), "NO_COLOR": "1"}
    return known | ({"HEADWATER_ENDPOINT": endpoint} if endpoint else {})


def ran(
    *words: str, endpoint: str = "", columns: int = 80, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """The command, ended: its status and what it wrote."""
    return subprocess.run(
        line(*words),
        env=surroundings(endpoint, columns),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def said(*words: str, status: int = 0, endpoint: str = "", columns: int = 80) -> str:
    """What it writes; its status must be `status`. Not 0: what it writes to standard error."""
    done = ran(*words, endpoint=endpoint, columns=columns)
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout
