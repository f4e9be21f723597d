"""Which Pythons this machine has, found when a function first asks for one.

A candidate counts if it runs and says that it is the version looked for. Scripts in the place of
interpreters (the shims of version managers) run only where their manager is told to; they are
asked last, and what they lead to is remembered, not they. All of this blocks: call it in a thread.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

from headwater.errors import InvalidParameterValue
from headwater.functions.probing import ask

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
_PROBE = (
    "import sys; print('%d.%d' % sys.version_info[:2]); "
    "print(getattr(sys, '_base_executable', '') or sys.executable)"
)
_USUAL_PLACES = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin")


class Interpreters:
    """Looks for interpreters, and remembers those it found."""

    def __init__(self, settled: Mapping[str, str], environment: Mapping[str, str]) -> None:
        """settled: version -> path that the operator chose; environment: as os.environ."""
        self._settled = settled
        self._environment = environment
        self._found: dict[str, Path] = {}
        self._lock = Lock()

    def find(self, version: str) -> Path:
        """The interpreter for `version` ("3.12").

        Raises InvalidParameterValue, saying which there are and what to do.
        """
        with self._lock:
            path = self._look(version)
            if path is not None:
                return path
            there = [other for other in VERSIONS if self._look(other) is not None]
        raise InvalidParameterValue(
            f"Runtime python{version} needs a Python {version} interpreter, and this machine has "
            f"none that runs. Installed: {', '.join(there)}. Install Python {version} and make "
            f"sure that python{version} is on the PATH of the node, or use an installed version "
            "as the function's runtime."
        )

    def _look(self, version: str) -> Path | None:
        known = self._found.get(version)
        if known is not None and known.exists():
            return known
        for candidate in self._candidates(version):
            found = _probe(candidate, version)
            if found is not None:
                self._found[version] = found
                return found
        return None

    def _candidates(self, version: str) -> Iterator[str]:
        if version in self._settled:
            yield self._settled[version]
            return
        if version == f"{sys.version_info.major}.{sys.version_info.minor}":
            yield sys.executable
        name = f"python{version}"
        folders = [*self._environment.get("PATH", "").split(os.pathsep), *_USUAL_PLACES]
        present = [os.path.join(folder, name) for folder in folders if folder]
        present = [path for path in dict.fromkeys(present) if os.access(path, os.X_OK)]
        scripts = [path for path in present if _is_script(path)]
        yield from (path for path in present if path not in scripts)
        yield from self._managed(version)
        yield from scripts

    def _managed(self, version: str) -> Iterator[str]:
        """What version managers have installed without putting it on the PATH."""
        home = Path(self._environment.get("HOME") or "/nonexistent")
        pyenv = Path(self._environment.get("PYENV_ROOT") or home / ".pyenv")
        uv = home / ".local/share/uv/python"
        for folder, pattern in ((pyenv / "versions", f"{version}.*"), (uv, f"cpython-{version}.*")):
            for installation in sorted(folder.glob(pattern), reverse=True):
                yield str(installation / "bin" / f"python{version}")


def _is_script(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def _probe(candidate: str, version: str) -> Path | None:
    """The real interpreter behind `candidate`, or None if it is not one of `version`."""
    lines = (ask(candidate, "-I", "-S", "-c", _PROBE) or "").splitlines()
    if len(lines) != 2 or lines[0] != version:
        return None
    real = Path(os.path.realpath(lines[1]))
    return real if real.exists() else None
