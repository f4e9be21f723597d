"""Restores and backups at random moments, held to a model that remembers every state.

Between any two steps of the work the table may be written, its stream turned on and off, its
shards split and rolled over, its log swept. Expected values: the model's, a dictionary.
"""

from contextlib import closing
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.backups.conftest import World

KEYS = st.integers(0, 11)


class Histories(RuleBasedStateMachine):
    """One table with point-in-time recovery, and everything that is made of it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.now: dict[int, int] = {}
        self.then: list[tuple[int, dict[int, int]]] = []  # by moment
        self.made = 0
        self.expected: dict[str, dict[int, int]] = {}  # by restored table
        self.backups: dict[str, dict[int, int]] = {}  # by ARN
        self.value = 0

    @initialize(items=st.integers(0, 12), shown=st.booleans())
    def begin(self, items: int, shown: bool) -> None:
        more: dict[str, Any] = {}
        if shown:
            more = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
        self.world.table(**more)
        for key in range(items):
            self.write(key)
        self.world.recover()
        self.remember()

    def remember(self) -> None:
        self.then.append((self.world.clock.now_ms(), dict(self.now)))
        self.world.clock.move(ms=5)

    @rule(key=KEYS)
    def write(self, key: int) -> None:
        self.value += 1
        self.now[key] = self.value
        self.world.put(key, self.value)

    @rule(key=KEYS)
    def erase(self, key: int) -> None:
        self.now.pop(key, None)
        self.world.delete(key)

    @rule()
    def time_passes(self) -> None:
        self.remember()

    @rule(hours=st.integers(1, 40))
    def long_time_passes(self, hours: int) -> None:
        self.world.clock.move(hours=hours)
        self.remember()
        self.world.sweep()

    @rule()
    def turn_stream(self) -> None:
        self.world.turn_stream("Src")

    @rule(splits=st.booleans(), pick=st.integers(0, 100))
    def change_shards(self, splits: bool, pick: int) -> None:
        self.world.change_shards("Src", splits=splits, pick=pick)

    @rule(back=st.integers(0, 30))
    def restore(self, back: int) -> None:
        at_ms, state = self.then[-1 - back % len(self.then)]
        oldest_ms = self.world.clock.now_ms() - 35 * 24 * 60 * 60 * 1000
        if at_ms < oldest_ms:
            return
        self.made += 1
        self.world.restore(f"new-{self.made}", at_ms)
        self.expected[f"new-{self.made}"] = state

    @rule()
    def back_up(self) -> None:
        answer = self.world("CreateBackup", TableName="Src", BackupName="one")
        self.backups[answer["BackupDetails"]["BackupArn"]] = dict(self.now)

    @precondition(lambda self: self.world.work.begun)
    @rule(steps=st.integers(1, 4))
    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.world.step()

    @invariant()
    def table_is_as_the_model(self) -> None:
        if self.then:
            assert self.world.items() == self.now

    def teardown(self) -> None:
        self.world.finish()
        for name, state in self.expected.items():
            self.check(name, state)
        for number, (arn, state) in enumerate(self.backups.items()):
            name = f"back-{number}"
            self.world("RestoreTableFromBackup", TargetTableName=name, BackupArn=arn)
            self.world.finish()
            self.check(name, state)
        self.world.close()

    def check(self, name: str, state: dict[int, int]) -> None:
        table = self.world("DescribeTable", TableName=name)["Table"]
        assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", len(state))
        assert self.world.items(name) == state
        assert self.world.items(name, IndexName="by-v") == state


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@given(writes=st.lists(st.tuples(KEYS, st.booleans()), max_size=600), data=st.data())
@settings(max_examples=15, deadline=None)
def test_every_moment_of_a_long_history_comes_back(writes, data):
    """Long enough for several steps in each direction: a step takes 256 entries."""
    with closing(World()) as world:
        check_one_moment(world, writes, data)


def check_one_moment(world, writes, data):
    world.table()
    for key in range(300):
        world.put(key + 100, 0)
    world.recover()
    now = world.items()
    states = [(world.clock.now_ms(), dict(now))]
    for number, (key, exists) in enumerate(writes):
        world.clock.move(ms=1)
        if exists:
            world.put(key, number)
            now[key] = number
        else:
            world.delete(key)
            now.pop(key, None)
        states.append((world.clock.now_ms(), dict(now)))
    at_ms, state = data.draw(st.sampled_from(states))
    world.restore("Then", at_ms)
    world.step()
    world.put(1, -1)
    world.delete(105)
    world.finish()
    assert world.items("Then") == state
