"""Functions in real processes, on an engine in memory, for tests that need no node."""

import contextlib
import io
import os
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from headwater.arns import Scope
from headwater.clock import Clock, ManualClock, SystemClock
from headwater.functions.functions import Functions
from headwater.functions.settings import FunctionSettings
from headwater.ids import SystemIds
from headwater.storage.memory import open_memory

SCOPE = Scope("000000000000", "us-east-1")
ROLE = "arn:aws:iam::000000000000:role/r"
OWN_VERSION = "{}.{}".format(*__import__("sys").version_info[:2])


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A package with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Workbench:
    """Functions, and short ways to make and call them."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    async def make(self, source: str, name: str = "f", **params: object) -> None:
        """A function whose module `app` is `source` and whose handler is app.handler."""
        given = {
            "Runtime": f"python{OWN_VERSION}",
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped({"app.py": source})},
        }
        await self.functions.create(SCOPE, name, given | params)

    async def call(self, payload: bytes = b"{}", name: str = "f", **more):
        return await self.functions.invoke(SCOPE, name, payload, **more)


Bench = Callable[..., contextlib.AbstractAsyncContextManager[Workbench]]


@pytest.fixture
def workbench(tmp_path: Path) -> Bench:
    """`async with workbench() as bench`: gone with all its processes at the end."""

    @contextlib.asynccontextmanager
    async def open_bench(
        *, clock: Clock | None = None, data_dir: Path | None = None, **settings: object
    ) -> AsyncIterator[Workbench]:
        clock = clock or SystemClock()
        engine = open_memory(clock)
        functions = Functions(
            engine,
            clock,
            SystemIds(),
            data_dir=data_dir,
            endpoint=lambda: "http://127.0.0.1:8000",
            settings=FunctionSettings(**settings),
        )
        await functions.start()
        try:
            yield Workbench(functions)
        finally:
            await functions.close()
            engine.close()

    return open_bench


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


__all__ = ["ManualClock", "alive", "os", "zipped"]
