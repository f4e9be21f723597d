"""`headwater version`: which build this is, and what it stands on."""

import platform
from importlib import metadata

from headwater import __version__

_PARTS = ("rocksdict", "botocore", "uvloop", "awslambdaric")


def version() -> None:
    """Say which version this is, and of what."""
    print(f"headwater {__version__}")
    print(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for part in _PARTS:
        print(f"{part} {metadata.version(part)}")
