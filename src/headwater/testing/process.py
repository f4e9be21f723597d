"""A node as a process of its own: started, killed and started again on the same data and port.

For tests, benchmarks and examples that want the real thing. It knows the command line's contract
(one line on standard output when the node answers) and nothing of what runs behind it.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from headwater.clock import monotonic_ns

_LISTENING = re.compile(r"^headwater \S+ listening on (https?://\S+)$", re.MULTILINE)
_TREE = Path(__file__).resolve().parents[2]
_POLL_S = 0.002
_LOG_CHARS_SHOWN = 4000


class NodeTrouble(Exception):
    """The node did not start or stop as asked; the text ends with what it last logged."""


class NodeProcess:
    """One node, over any number of lives.

    flags        of `headwater serve`, without --port and --data
    data         its directory; None keeps everything in memory (and forgets it in each new life)
    log          file that takes standard output and error of all lives
    environment  what the process sees beside its own PATH and the like; AWS_* and HEADWATER_* of
                 the starting process are never handed on
    before       words before the command, such as taskset -c 1
    """

    def __init__(
        self,
        *flags: str,
        data: Path | None,
        log: Path,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> None:
        self.flags = flags
        self.data = data
        self.log = log
        self.port = port
        self.environment = dict(environment or {})
        self.before = tuple(before)
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of this life."""
        assert self._process is not None, "the node is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, seconds: float = 60.0) -> str:
        """Start a life and wait until it answers; returns its URL. A later life keeps the port.

        Raises NodeTrouble when it ends or says nothing within `seconds`.
        """
        assert not self.running, "the node is running already"
        with self.log.open("ab") as sink:
            begins_at = sink.tell()
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=self._surroundings(),
                # A key press meant for the starting program must not reach the node.
                start_new_session=True,
            )
        deadline_ns = monotonic_ns() + int(seconds * 1e9)
        while monotonic_ns() < deadline_ns:
            if found := _LISTENING.search(self._logged(begins_at)):
                self.url = found[1]
                self.port = int(self.url.rpartition(":")[2])
                return self.url
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(_POLL_S)
                raise self._trouble(f"the node ended with status {status} while starting")
        self.kill()
        raise self._trouble(f"the node did not answer within {seconds:g} s")

    def kill(self) -> None:
        """End this life as a power cut would: SIGKILL, no goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, *, seconds: float = 60.0) -> int:
        """Ask the node to end (SIGTERM) and wait; returns its exit status, 0 if it went well.

        A node that does not end within `seconds` is killed, and NodeTrouble raised.
        """
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise self._trouble(f"the node did not end within {seconds:g} s of SIGTERM") from None
        finally:
            self._process = None
            # Whatever it started and did not take along, so that nothing outlives a test.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def restart(self) -> str:
        """Stop in order and start again on the same data and port; returns the URL."""
        self.stop()
        return self.start()

    def last_words(self) -> str:
        """The end of what the node logged."""
        return self._logged(0)[-_LOG_CHARS_SHOWN:]

    def _command(self) -> list[str]:
        where = ["--in-memory"] if self.data is None else ["--data", str(self.data)]
        serve = [sys.executable, "-m", "headwater.cli", "serve", "--port", str(self.port)]
        return [*self.before, *serve, *where, *self.flags]

    def _surroundings(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "HEADWATER_"))
        }
        # The node is of the same tree as this module, whatever else is installed.
        return {**kept, "PYTHONPATH": str(_TREE), **self.environment}

    def _logged(self, offset: int) -> str:
        try:
            with self.log.open("rb") as source:
                source.seek(offset)
                return source.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _trouble(self, what: str) -> NodeTrouble:
        return NodeTrouble(f"{what}. Its last words:\n{self.last_words().strip()}")
