"""An engine in memory and a clock that stands still."""

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.metrics.recorder import Recorder, Series
from headwater.storage.memory import open_memory

START_MS = 1_772_600_760_000  # 2026-03-04T05:06:00Z
SCOPE = Scope("111122223333", "us-east-1")


class Rig:
    """What a keeper works with."""

    def __init__(self):
        self.clock = ManualClock(START_MS)
        self.engine = open_memory(self.clock)
        self.recorder = Recorder()
        self.series = Series(SCOPE, "AWS/DynamoDB", "UserErrors", "Count", ())


@pytest.fixture
def rig():
    return Rig()
