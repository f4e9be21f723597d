"""Clients that others wrote, each in a process of its own, started from its driver.

`make clients` installs them beside the environment of this tree and says in CLIENTS where. Without
it these tests are skipped: the default run asks no registry for anything.
"""

import os
from pathlib import Path

import pytest

# They import what is installed for `make clients` alone.
collect_ignore = ["drivers"]


@pytest.fixture(scope="session")
def clients() -> Path:
    """The directory that `make clients` installs into."""
    place = os.environ.get("CLIENTS")
    if not place:
        pytest.skip("`make clients` installs what this needs")
    return Path(place).resolve()
