"""`headwater console` and `headwater serve --console`: from the command line to the console.

The console is a process of its own that imports nothing of a node, and nothing of the node imports
it: it is named here as text, and loaded where it was asked for.
"""

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Sequence

from headwater.config.settings import Settings
from headwater.errors import StartupError

_COMMAND = "headwater.console.command"
_PACKAGE = "headwater.console"
_NEEDS = "aiohttp"
_END_S = 5


def run(argv: Sequence[str]) -> int:
    """Be the console until it is told to stop; returns the exit status."""
    try:
        require()
    except StartupError as trouble:
        print(f"headwater: {trouble}", file=sys.stderr)
        return 2
    status: int = importlib.import_module(_COMMAND).run(argv)
    return status


def require() -> None:
    """Raises StartupError where what the console needs is not installed."""
    if importlib.util.find_spec(_NEEDS) is None:
        raise StartupError(
            f"the console needs {_NEEDS}, which a node itself does not. Install it with: "
            "pip install 'headwater[console]'"
        )


class Beside:
    """The console of a node, as its child; it ends when the node does, however that ends."""

    def __init__(self, settings: Settings) -> None:
        require()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, url: str) -> None:
        """url: of the node. The console tells on standard output where it is."""
        settings = self._settings
        words = [sys.executable, "-m", _PACKAGE, "--endpoint", url, "--region", settings.region]
        words += ["--port", str(settings.console_port), "--with-parent"]
        if settings.tls_cert is not None:
            words += ["--ca-file", str(settings.tls_cert)]
        # Its standard input ends with this process.
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE)

    def stop(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
