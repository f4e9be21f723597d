"""For tests of programs that use Headwater, and of Headwater itself.

    from headwater.testing import NodeProcess, Stage

`NodeProcess` is a node in a process of its own, `Stage` moves its time and ends its shards, and
the pytest fixture `headwater` (testing/plugin.py) is both.
"""

from headwater.remote import Refused
from headwater.testing.process import NodeProcess, NodeTrouble
from headwater.testing.stage import Fault, NotIdle, Stage, StageClock

__all__ = ["Fault", "NodeProcess", "NodeTrouble", "NotIdle", "Refused", "Stage", "StageClock"]
