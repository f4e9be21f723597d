"""Functions in real processes, on an engine in memory, for tests that need no node."""

import contextlib
import io
import re
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.clock import Clock, SystemClock, sleep_ms
from headwater.functions.functions import Functions
from headwater.functions.settings import FunctionSettings
from headwater.ids import SystemIds
from headwater.storage.memory import open_memory

SCOPE = Scope("000000000000", "us-east-1")
_CLOCK = SystemClock()
ROLE = "arn:aws:iam::000000000000:role/r"
OWN_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A package with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # of no moment: the same each time
    return buffer.getvalue()


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


class Workbench:
    """Functions, and short ways to make and call them."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    async def make(self, source: str, name: str = "f", **params: Any) -> dict[str, Any]:
        """A function whose module `app` is `source` and whose handler is app.handler."""
        given = {
            "Runtime": OWN_RUNTIME,
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped({"app.py": source})},
        }
        return await self.functions.registry.create(SCOPE, name, given | params)

    async def recode(self, source: str, name: str = "f") -> dict[str, Any]:
        """Replace its module `app`."""
        package = zipped({"app.py": source})
        return await self.functions.registry.update_code(SCOPE, name, {"ZipFile": package})

    @staticmethod
    async def until(probe: Callable[[], object], *, seconds: float = 60.0) -> None:
        """Wait for what a process does in its own time."""
        deadline = time.monotonic() + seconds
        while not probe():
            assert time.monotonic() < deadline, "it did not happen"
            await sleep_ms(_CLOCK, 5)

    async def logged(self, name: str = "f") -> str:
        """The end of what it has written."""
        return await self.functions.logs.tail(SCOPE, f"/aws/lambda/{name}", 1 << 20)

    async def until_logged(self, pattern: str, name: str = "f") -> re.Match[str]:
        """Wait until it has written something; returns what."""
        deadline = time.monotonic() + 60
        while (found := re.search(pattern, await self.logged(name))) is None:
            assert time.monotonic() < deadline, "it was not written"
            await sleep_ms(_CLOCK, 5)
        return found

    async def call(self, payload: bytes = b"{}", name: str = "f", **more: Any) -> Any:
        """Invoke it."""
        return await self.functions.invoke(SCOPE, name, payload, **more)


@contextlib.asynccontextmanager
async def _workbench(
    *, clock: Clock | None = None, data_dir: Path | None = None, **settings: Any
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


@pytest.fixture
def workbench() -> Callable[..., contextlib.AbstractAsyncContextManager[Workbench]]:
    """`async with workbench() as bench`: gone with all its processes at the end."""
    return _workbench


@pytest.fixture
def lambda_() -> SimpleNamespace:
    """What tests of functions need besides: there is no importing from a conftest."""
    return SimpleNamespace(
        SCOPE=SCOPE, ROLE=ROLE, OWN_RUNTIME=OWN_RUNTIME, zipped=zipped, alive=alive
    )
