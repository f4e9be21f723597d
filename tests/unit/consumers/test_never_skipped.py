"""Whatever fails, and whenever a node dies: every record is delivered, in order, none is skipped.

A story of writes, splits, failures and crashes is made up; while it is played, each delivery is
held against what had been acknowledged before it.
"""

import asyncio
from collections import defaultdict

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headwater.errors import ResourceNotFound, TooManyRequests


class Witness:
    """What must hold of every delivery; logs are named by their number."""

    def __init__(self, answers, failed):
        self.answers = answers
        self.failed = failed
        self.expected = defaultdict(list)
        self.parents = {}
        self.done = defaultdict(int)  # records from the start that were acknowledged
        self.running = defaultdict(int)
        self.calls = 0
        self.violations = []

    async def behave(self, records):
        """Check one delivery, and answer it as the story says."""
        places = [(int(one["eventID"][:16], 16), int(one["eventID"][16:], 16)) for one in records]
        (log,) = {log for log, _ in places}
        sequences = [sequence for _, sequence in places]
        expected = self.expected[log]
        start = expected.index(sequences[0])
        parent = self.parents.get(log)
        # An assertion would be met by the lane, as a bug on the way to the function.
        if sequences != expected[start : start + len(sequences)]:
            self.violations.append("a hole, or out of order")
        if start > self.done[log]:
            self.violations.append("records were skipped")
        if parent is not None and self.done[parent] < len(self.expected[parent]):
            self.violations.append("a child before its parent")
        if self.running[log]:
            self.violations.append("two batches of one shard at once")
        self.running[log] += 1
        try:
            said = await self.answer()
        finally:
            self.running[log] -= 1
        if said.error is None:
            self.done[log] = max(self.done[log], start + len(sequences))
        return said

    async def answer(self):
        self.calls += 1
        match self.answers[self.calls % len(self.answers)] if self.answers else "ok":
            case "error":
                return self.failed
            case "missing":
                raise ResourceNotFound("Function not found")
            case "throttled":
                raise TooManyRequests("Rate Exceeded.")
            case "bug":
                raise RuntimeError("a bug between reader and function")
            case "slow":
                for _ in range(7):
                    await asyncio.sleep(0)
        return type(self.failed)()


SIDES = st.sampled_from([0, 1 << 31])
ACTIONS = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 5), SIDES),
    st.tuples(st.just("write"), st.integers(1, 5), SIDES),
    st.tuples(st.just("filtered"), st.integers(1, 3), SIDES),
    st.tuples(st.just("split"), SIDES),
    st.tuples(st.just("crash"), st.integers(0, 9)),
    st.tuples(st.just("turns"), st.integers(1, 9)),
    st.tuples(st.just("time"), st.integers(1, 3000)),
    st.tuples(st.just("update"), st.integers(1, 4)),
)
ANSWERS = st.lists(
    st.sampled_from(["ok", "ok", "error", "missing", "throttled", "bug", "slow"]),
    min_size=1,
    max_size=7,
)


async def act(world, witness, uuid, action):
    """Play one action of the story."""
    match action:
        case ("write" | "filtered" as what, count, side):

            def write(tx):
                written = [world.put(tx, what, side) for _ in range(count)]
                if what == "write":
                    witness.expected[world.stream.shards.at(side).log] += written

            await world.engine.run(write)
        case ("split", side):
            parent = world.stream.shards.at(side).log

            def split(tx):
                for child in world.split_in(tx, side):
                    witness.parents[child.log] = parent

            await world.engine.run(split)
        case ("crash", turns):
            await world.settle(turns)
            await world.crash()
        case ("turns", turns):
            await world.settle(turns)
        case ("time", ms):
            await world.pass_time(ms=ms)
        case ("update", size):
            if (await world.get(uuid))["State"] == "Enabled":
                await world.update(uuid, BatchSize=size)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    actions=st.lists(ACTIONS, max_size=25),
    answers=ANSWERS,
    size=st.integers(1, 4),
    window=st.sampled_from([0, 0, 1]),
)
@example([("split", 0), ("write", 2, 0), ("crash", 0)], ["ok"], 1, 0)  # a child in no time
def test_every_record_is_delivered_in_order_and_none_is_skipped(
    play, failed, actions, answers, size, window
):
    async def story(world):
        witness = Witness(answers, failed)
        world.functions.behave = witness.behave
        pattern = '{"dynamodb":{"Keys":{"pk":{"S":[{"anything-but":"filtered"}]}}}}'
        uuid = await world.mapped(
            BatchSize=size,
            MaximumBatchingWindowInSeconds=window,
            FilterCriteria={"Filters": [{"Pattern": pattern}]},
        )
        for action in actions:
            await act(world, witness, uuid, action)
        assert witness.violations == []
        witness.answers = []
        await world.pass_time(seconds=180)
        left = {
            log: sequences[witness.done[log] :]
            for log, sequences in witness.expected.items()
            if witness.done[log] < len(sequences)
        }
        assert (witness.violations, left) == ([], {})
        assert world.mappings.idle

    play(story, partitions=2)
