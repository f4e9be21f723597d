"""Which Node.js this machine has, found when a function first asks for one.

Node.js keeps old programs running, so a newer one than the runtime's serves where the runtime's own
is missing; an older one does not. All of this blocks: call it in a thread.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

from headwater.errors import InvalidParameterValue
from headwater.functions.probing import ask

_VERSION = re.compile(r"v(\d+)\.")
_USUAL_PLACES = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin")
_MANAGED = (
    ".nvm/versions/node/*/bin/node",
    ".local/share/fnm/node-versions/*/installation/bin/node",
    ".volta/tools/image/node/*/bin/node",
    ".asdf/installs/nodejs/*/bin/node",
)


class NodePrograms:
    """Looks for programs called node, and remembers those it found."""

    def __init__(self, settled: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """settled: runtime -> path that the operator chose; environment: as os.environ."""
        self._settled = settled
        self._environment = environment
        self._found: dict[Path, int] | None = None  # path -> major version
        self._lock = Lock()

    def find(self, runtime: str) -> Path:
        """The program for `runtime` ("nodejs22.x").

        Raises InvalidParameterValue, saying which there are and what to do.
        """
        if runtime in self._settled:
            return Path(self._settled[runtime])
        wanted = int(runtime.removeprefix("nodejs").removesuffix(".x"))
        with self._lock:
            if self._found is None or not self._fitting(wanted):
                self._found = dict(self._look())
            fitting = self._fitting(wanted)
        if fitting:
            return min(fitting, key=lambda path: fitting[path])
        there = ", ".join(sorted({f"node {major}" for major in self._found.values()}))
        raise InvalidParameterValue(
            f"Runtime {runtime} needs Node.js {wanted} or newer, and this machine has "
            f"{there or 'none'}. Install it so that `node` is on the PATH of the node, or name "
            "one with --interpreters."
        )

    def _fitting(self, wanted: int) -> dict[Path, int]:
        known = self._found or {}
        return {path: major for path, major in known.items() if major >= wanted and path.exists()}

    def _look(self) -> Iterator[tuple[Path, int]]:
        folders = [*self._environment.get("PATH", "").split(os.pathsep), *_USUAL_PLACES]
        candidates = [
            os.path.join(folder, name)
            for folder in folders
            if folder
            for name in ("node", "nodejs")
        ]
        home = Path(self._environment.get("HOME") or "/nonexistent")
        for pattern in _MANAGED:
            candidates += [str(path) for path in sorted(home.glob(pattern))]
        seen = set()
        for candidate in candidates:
            real = os.path.realpath(candidate)
            if real not in seen and os.access(real, os.X_OK):
                seen.add(real)
                major = _major(candidate)
                if major is not None:
                    yield Path(candidate), major


def _major(candidate: str) -> int | None:
    match = _VERSION.match(ask(candidate, "--version") or "")
    return int(match[1]) if match else None
