"""Consumers that others wrote, each in a process of its own, started from its driver.

`make consumers` installs them beside the environment of this tree and says in CONSUMERS where.
Without it these tests are skipped: the default run asks no registry for anything.
"""

import os
from pathlib import Path

import pytest

# They import what is installed for `make consumers` alone.
collect_ignore = ["drivers"]


@pytest.fixture(scope="session")
def consumers() -> Path:
    """The directory that `make consumers` installs into."""
    place = os.environ.get("CONSUMERS")
    if not place:
        pytest.skip("`make consumers` installs what this needs")
    return Path(place).resolve()
