"""Asking a program of this machine what it is. It blocks: call it in a thread."""

import subprocess

_S_MAX = 5.0


def ask(*words: str) -> str | None:
    """What the command writes to standard output; None if it cannot be run, fails or hangs."""
    try:
        answer = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_S_MAX,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return answer.stdout if answer.returncode == 0 else None
