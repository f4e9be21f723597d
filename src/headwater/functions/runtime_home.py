"""The directory that stands for /var/runtime: what a function can import besides its own code.

It holds links to awslambdaric with what it needs, to our own runtime files, and to boto3 with what
it needs where that is installed, because AWS's Python runtimes bring boto3. It does not hold the
node's other dependencies: a function that works here must not owe it to our site-packages.
"""

import importlib.util
import shutil
from pathlib import Path

from headwater.errors import StartupError

_NEEDED = ("awslambdaric", "simplejson", "snapshot_restore_py")
_BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
PYTHON_LAUNCHER = "launch.py"
NODE_BOOTSTRAP = "bootstrap.mjs"
GUARD = "guard.py"
_OURS = (PYTHON_LAUNCHER, "runtime_client.py", NODE_BOOTSTRAP, GUARD)


def assemble(home: Path) -> None:
    """Make the directory `home` anew.

    Raises StartupError if awslambdaric is not installed.
    """
    # What an earlier start left points to where its packages were.
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in _NEEDED:
        place = _installed(name)
        if place is None:
            raise StartupError(
                f"cannot run functions: the Python package {name} is not installed beside "
                "headwater. Install headwater with its dependencies: pip install headwater."
            )
        (home / place.name).symlink_to(place)
    for place in filter(None, map(_installed, _BOTO3)):
        (home / place.name).symlink_to(place)
    ours = Path(__file__).resolve().parent / "runtime"
    for name in _OURS:
        (home / name).symlink_to(ours / name)


def _installed(name: str) -> Path | None:
    """The directory of a package, or the file of a module; None if it is not installed."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    return Path(spec.origin) if spec.origin else None
