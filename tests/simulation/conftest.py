"""What every simulated history needs."""

import logging
from collections.abc import Iterator

import pytest

from headwater.changelog import retention


@pytest.fixture(autouse=True)
def _ranges_are_deleted_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard here has tens of records; ranges must be deleted among so few, too."""
    monkeypatch.setattr(retention, "_FEW_RECORDS", 2)


@pytest.fixture(autouse=True)
def _stores_fail_quietly() -> Iterator[None]:
    """Each power cut is a failed store to its node; thousands of them in a report help nobody."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
