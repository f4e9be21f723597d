"""One process in a session of its own: started, listened to, and ended with all it started.

The process leads a new session and process group, so that ending it ends the processes it has
started too; those that left for a session of their own cannot be found again and live on.

The number of processes is bounded by looking (`Census`), not by RLIMIT_NPROC: that counts all
processes of the user, the node's and other functions' among them, and does not hold for root.

This file knows operating systems. It does not know functions or the Runtime API.
"""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import NamedTuple

READ_BYTES = 64 * 1024
_READS_A_TURN = 4
_DRAIN_READS = 16  # a pipe holds 64 KiB; up to 1 MiB where an administrator raised it
_SESSION_ROUNDS_MAX = 20
THREADS_MAX = 1024
"""Processes and threads of one environment, as on AWS."""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Memory(NamedTuple):
    """Memory of one process; zeros where the system does not say."""

    resident_bytes: int
    private_bytes: int  # of these, what it alone has: no program text, no mapped files


class Process:
    """A started process.

    output  called with each piece of what it (or what it started) writes to stdout and stderr
    exited  called once, on the loop, with its exit status: negative for the signal that ended it
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        data_bytes_max: int,
        output: Callable[[bytes], None],
        exited: Callable[[int], None],
    ) -> None:
        """Start it. Raises OSError if the program cannot be run.

        To be called on the loop's own thread: the kernel ends a process that asked for it
        (PR_SET_PDEATHSIG) when the *thread* that started it ends.
        """
        self._loop = asyncio.get_running_loop()
        self._output = output
        self._exited = exited
        self._pipe, writing_end = os.pipe()
        os.set_blocking(self._pipe, False)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=writing_end,
                stderr=writing_end,
                start_new_session=True,
            )
        except OSError:
            os.close(self._pipe)
            raise
        finally:
            os.close(writing_end)
        self.pid = self._process.pid
        self.ended = asyncio.Event()
        self._piping = True
        self._loop.add_reader(self._pipe, self._read_some)
        self._memory = self._open_memory()
        self._limit(data_bytes_max)
        self._watch()

    def drain(self) -> None:
        """Read what has been written by now: what a pipe holds, though others may go on writing."""
        for _ in range(_DRAIN_READS):
            if not self._piping or not self._read():
                return

    def memory(self) -> Memory:
        """What it (without the processes it started) occupies now."""
        if self._memory < 0 or self.ended.is_set():
            return Memory(0, 0)
        try:
            _, resident, shared, _ = os.pread(self._memory, 128, 0).split(b" ", 3)
        except (OSError, ValueError):
            return Memory(0, 0)
        return Memory(int(resident) * _PAGE_BYTES, (int(resident) - int(shared)) * _PAGE_BYTES)

    def kill(self) -> None:
        """End it and its process group, at once; `exited` follows, when the rest of its session
        has ended too. May be called any number of times."""
        if not self.ended.is_set():
            _kill_group(self.pid)

    # --- output --------------------------------------------------------------------------------

    def _read_some(self) -> None:
        for _ in range(_READS_A_TURN):
            if not self._read():
                return

    def _read(self) -> bool:
        """Read once; False if there is nothing more to read for now."""
        try:
            data = os.read(self._pipe, READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._output(data)
            return True
        self._close_pipe()
        return False

    def _close_pipe(self) -> None:
        if self._piping:
            self._piping = False
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)

    # --- memory --------------------------------------------------------------------------------

    def _open_memory(self) -> int:
        try:
            return os.open(f"/proc/{self.pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return -1

    def _limit(self, data_bytes_max: int) -> None:
        """Bound what it may allocate, from outside, before it has come to run Python."""
        if sys.platform.startswith("linux"):
            with contextlib.suppress(OSError):
                limits = (data_bytes_max, data_bytes_max)
                resource.prlimit(self.pid, resource.RLIMIT_DATA, limits)

    # --- the end -------------------------------------------------------------------------------

    def _watch(self) -> None:
        if hasattr(os, "pidfd_open"):
            try:
                self._pidfd = os.pidfd_open(self.pid)
            except OSError:
                pass
            else:
                self._loop.add_reader(self._pidfd, self._pidfd_readable)
                return
        Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True).start()

    def _pidfd_readable(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._end()

    def _wait(self) -> None:
        self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        # Before it is reaped, where there is a pidfd: until then nobody else can get its number.
        _kill_group(self.pid)
        _kill_session(self.pid)
        status = self._process.wait()
        self.drain()
        self._close_pipe()
        if self._memory >= 0:
            os.close(self._memory)
        self.ended.set()
        self._exited(status)


class Census:
    """Counts processes and threads by session, when there are many more than there were."""

    def __init__(self) -> None:
        self._last = 0

    def is_due(self) -> bool:
        """Whether the machine runs so many more threads than at the last count that somebody may
        have too many. Costs one small read."""
        try:
            with open("/proc/loadavg", "rb") as file:
                now = int(file.read().split()[3].partition(b"/")[2])
        except (OSError, ValueError, IndexError):
            return False
        self._last = min(self._last, now) if self._last else now
        return now - self._last > THREADS_MAX // 4

    def crowded(self, leaders: Collection[int]) -> set[int]:
        """Of `leaders`, those whose sessions have more than THREADS_MAX threads."""
        counts = dict.fromkeys(leaders, 0)
        total = 0
        for _, fields in _every_process():
            threads, session = int(fields[17]), int(fields[3])
            total += threads
            if session in counts:
                counts[session] += threads
        crowds = {leader for leader, count in counts.items() if count > THREADS_MAX}
        if not crowds and not any(count > THREADS_MAX // 2 for count in counts.values()):
            self._last = total
        return crowds


def _kill_group(leader: int) -> None:
    """Members of a group die together, also while they start more."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _kill_session(leader: int) -> None:
    """Kill who has moved to a group of its own, and look again until nobody is left, as they may
    start more meanwhile."""
    for _ in range(_SESSION_ROUNDS_MAX):
        members = [pid for pid in _session_members(leader) if pid != leader]
        if not members:
            return
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _session_members(leader: int) -> list[int]:
    """Living processes of a session; empty where there is no /proc."""
    # A zombie is dead already.
    return [
        pid
        for pid, fields in _every_process()
        if int(fields[3]) == leader and fields[0] not in (b"Z", b"X")
    ]


def _every_process() -> Iterator[tuple[int, list[bytes]]]:
    """Each process's id, and what its stat says after the name in brackets: state, parent, group,
    session, ..., number of threads (the 18th)."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    yield int(name), file.read().rpartition(b")")[2].split()
            except OSError:
                continue
