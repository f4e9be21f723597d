"""How each runtime is started: the program, what it can load, and the variables it needs.

    python3.x    that Python, with awslambdaric and boto3        runtime/launch.py
    nodejsNN.x   that Node.js or a newer one                     runtime/bootstrap.mjs
    provided.*   `bootstrap` of the package, or of a layer       speaks the Runtime API itself

What stands for /opt, the layers laid over one another, is found through PYTHONPATH, NODE_PATH, PATH
and LD_LIBRARY_PATH, as on AWS; LAMBDA_LAYERS_ROOT says where it is.
Source: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from headwater.functions.interpreters import Interpreters
from headwater.functions.node_programs import NodePrograms
from headwater.functions.runtime_home import GUARD, NODE_BOOTSTRAP, PYTHON_LAUNCHER, assemble

_USUAL_PATH = "/usr/local/bin:/usr/bin:/bin"


class Start(NamedTuple):
    """How to start one function.

    variables  those that depend on the runtime; a caller's own do not win over them
    missing    why it cannot be started; "" if it can
    """

    command: tuple[str, ...]
    variables: dict[str, str]
    missing: str = ""


class Runtimes:
    """The runtimes of this machine. All methods block."""

    def __init__(self, interpreters: Mapping[str, str], home: Path) -> None:
        """home: directory for what runs beside functions; made when first needed."""
        pythons = {
            name.removeprefix("python"): path
            for name, path in interpreters.items()
            if name.startswith("python")
        }
        self._pythons = Interpreters(pythons, os.environ)
        self._nodes = NodePrograms(interpreters, os.environ)
        self._home = home
        self._assembled = False
        self._assembling = threading.Lock()

    def check(self, runtime: str) -> None:
        """Raises InvalidParameterValue if this machine lacks what `runtime` needs."""
        if runtime.startswith("python"):
            self._pythons.find(runtime.removeprefix("python"))
        elif runtime.startswith("nodejs"):
            self._nodes.find(runtime)

    def start(self, configuration: Mapping[str, Any], code: Path, layers: Path | None) -> Start:
        """How to start a function whose code is in `code`. Raises as `check` does."""
        with self._assembling:  # functions are started in threads, often several at once
            if not self._assembled:
                assemble(self._home)
                self._assembled = True
        runtime = configuration["Runtime"]
        given = configuration.get("Environment", {}).get("Variables", {})
        if runtime.startswith("python"):
            start = self._python(runtime, given, layers)
        elif runtime.startswith("nodejs"):
            start = self._node(runtime, given, configuration["MemorySize"], layers)
        else:
            start = self._own(code, layers)
        start.variables.update(_shared(start, code, layers, given))
        return start

    def _python(self, runtime: str, given: Mapping[str, str], layers: Path | None) -> Start:
        interpreter = self._pythons.find(runtime.removeprefix("python"))
        paths = [given.get("PYTHONPATH", "")]
        if layers is not None:
            paths += [f"{layers}/python/lib/{runtime}/site-packages", f"{layers}/python"]
        variables = {
            "PYTHONPATH": _joined(*paths, str(self._home)),
            "PATH": str(interpreter.parent),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        }
        return Start((str(interpreter), "-S", str(self._home / PYTHON_LAUNCHER)), variables)

    def _node(
        self, runtime: str, given: Mapping[str, str], memory_mb: int, layers: Path | None
    ) -> Start:
        program = self._nodes.find(runtime)
        paths = [given.get("NODE_PATH", "")]
        if layers is not None:
            major = runtime.removeprefix("nodejs").removesuffix(".x")
            paths += [f"{layers}/nodejs/node{major}/node_modules", f"{layers}/nodejs/node_modules"]
        variables = {
            "NODE_PATH": _joined(*paths, f"{self._home}/node_modules"),
            "PATH": str(program.parent),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        }
        heap_mb = memory_mb * 9 // 10
        script = str(self._home / NODE_BOOTSTRAP)
        command = (str(program), f"--max-old-space-size={heap_mb}", script)
        return Start(self._guarded(command), variables)

    def _own(self, code: Path, layers: Path | None) -> Start:
        places = [folder / "bootstrap" for folder in (code, layers) if folder is not None]
        for place in places:
            if place.is_file() and os.access(place, os.X_OK):
                return Start(self._guarded((str(place),)), {"PATH": ""})
            if place.is_file():
                reason = f"fork/exec {place.name}: permission denied: it is not executable"
                return Start((), {"PATH": ""}, reason)
        shown = " ".join(("/var/task/bootstrap", "/opt/bootstrap"))
        return Start((), {"PATH": ""}, f"Couldn't find valid bootstrap(s): [{shown}]")

    def _guarded(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """A program that does not tie itself to the node is started by one that does."""
        return (sys.executable, "-I", "-S", str(self._home / GUARD), *command)


def _shared(
    start: Start, code: Path, layers: Path | None, given: Mapping[str, str]
) -> dict[str, str]:
    opt = "" if layers is None else str(layers)
    path = _joined(start.variables["PATH"], _USUAL_PATH, opt and f"{opt}/bin")
    libraries = _joined(str(code), f"{code}/lib", opt and f"{opt}/lib")
    shared = {
        "PATH": given.get("PATH", path),
        "LD_LIBRARY_PATH": given.get("LD_LIBRARY_PATH", libraries),
    }
    return shared | ({"LAMBDA_LAYERS_ROOT": opt} if opt else {})


def _joined(*paths: str) -> str:
    return os.pathsep.join(filter(None, paths))
