"""Whatever a mapping is set to, whatever is poisoned, whenever it dies: every record is delivered
or told to the destination, exactly as the settings say, and nothing else is.

A story is made up (settings, writes, splits, updates, crashes, poisoned items, a destination that
is down), played, and held against what each setting promises. MAPPING_ROUNDS=1000 plays so many.
"""

import asyncio
import itertools
import os
from collections import defaultdict
from zlib import crc32

import orjson
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from headwater.errors import ResourceNotFound, TooManyRequests
from headwater.outbound.failure import CallFailed
from headwater.storage.sequence import from_wire, ms_of, to_wire

ROUNDS = int(os.environ.get("MAPPING_ROUNDS", "50"))
BUCKET = "arn:aws:s3:::failures"
GOOD = [f"good{number}" for number in range(5)]
BAD = [f"bad{number}" for number in range(2)]
ENDLESS = -1


class Judge:
    """Plays the function, and knows what must hold of each call and at the end."""

    def __init__(self, world, config, failed):
        self.world = world
        self.config = config
        self.failed = failed
        self.answers = ["ok"]
        self.mended = False
        self.crashed = False
        self.written = {}  # sequence -> item, in the order of commits
        self.done = set()
        self.order = defaultdict(list)  # item -> sequences that a call has begun with
        self.finals = defaultdict(list)  # (shard, window start) -> states handed over
        self.calls = 0
        self.violations = []

    async def behave(self, records):
        """Check one delivery and answer it."""
        frame = self.world.functions.frames[-1]
        sequences = [sequence_of(one) for one in records]
        items = [one["dynamodb"]["Keys"]["pk"]["S"] for one in records]
        self.check(sequences, items, frame)
        self.calls += 1
        match self.answers[self.calls % len(self.answers)]:
            case "missing":
                raise ResourceNotFound("Function not found")
            case "throttled":
                raise TooManyRequests("Rate Exceeded.")
            case "slow":
                for _ in range(9):
                    await asyncio.sleep(0)
        return self.answer(sequences, items, frame)

    def check(self, sequences, items, frame):
        if sequences != sorted(set(sequences)):
            self.violations.append("out of order within a batch")
        if len(sequences) > self.config["BatchSize"]:
            self.violations.append("a batch over BatchSize")
        told = self.told()
        for sequence, item in zip(sequences, items, strict=True):
            of_item = [one for one, name in self.written.items() if name == item]
            before = of_item[: of_item.index(sequence)]
            in_batch = set(sequences)
            left = [one for one in before if one not in in_batch | self.done | told]
            if left:
                self.violations.append(f"{item} {sequence} before {left}")
        if self.config["TumblingWindowInSeconds"] and not frame["isFinalInvokeForWindow"]:
            start, end = frame["window"]["start"], frame["window"]["end"]
            if not (start < end and records_fit(sequences, frame)):
                self.violations.append("a record of another window")

    def answer(self, sequences, items, frame):
        bad = [one for one, item in zip(sequences, items, strict=True) if self.is_bad(item)]
        reports = self.config["FunctionResponseTypes"]
        if bad and not reports:
            return self.failed
        good = [one for one in sequences if not bad or one < bad[0]]
        if not self.crashed and self.done.intersection(good):
            self.violations.append("delivered twice, though nothing had crashed")
        self.done.update(good)
        said: dict[str, object] = {}
        if self.config["TumblingWindowInSeconds"]:
            state = list(frame["state"].get("seen", ())) + good
            said["state"] = {"seen": state}
            if frame["isFinalInvokeForWindow"]:
                key = (frame["shardId"], frame["window"]["start"])
                self.finals[key].append(frame["state"].get("seen", []))
        if reports:
            said["batchItemFailures"] = [{"itemIdentifier": to_wire(one)} for one in bad]
        return type(self.failed)(orjson.dumps(said))

    def is_bad(self, item):
        return item in BAD and not self.mended

    # --- at the end ----------------------------------------------------------------------------

    def messages(self):
        """Of each object that was put, whichever how often, its body."""
        calls = self.world.caller.calls
        bodies = {
            given["Key"]: given["Body"] for _, name, _, given in calls if name == "put_object"
        }
        return [orjson.loads(body) for body in bodies.values()]

    def stored_messages(self):
        """Those that wait to be sent."""
        found = self.world.engine.store.scan(b"o", b"p", False)
        pending = {**dict(found), **self.world.engine.pending}
        waiting = [data for key, data in pending.items() if key[:1] == b"o" and data is not None]
        return [orjson.loads(orjson.loads(data)["body"]) for data in waiting]

    def told(self):
        return {
            sequence_of(record)
            for message in (*self.messages(), *self.stored_messages())
            for record in message["payload"]["Records"]
        }

    def before_mending(self):
        """By now, if failures have an end, nothing waits, and what is poisoned was told."""
        config = self.config
        if config["MaximumRetryAttempts"] == config["MaximumRecordAgeInSeconds"] == ENDLESS:
            return
        told = self.told()
        if left := self.written.keys() - self.done - told:
            self.violations.append(f"still waiting: {sorted(left)}")
        bad = {one for one, item in self.written.items() if item in BAD}
        if untold := bad - told:
            self.violations.append(f"never told: {sorted(untold)}")

    def verdict(self):
        """Everything that is wrong at the end."""
        yield from self.violations
        config, written = self.config, set(self.written)
        told = [
            sequence_of(record)
            for message in self.messages()
            for record in message["payload"]["Records"]
        ]
        if missing := written - self.done - set(told):
            yield f"neither delivered nor told: {sorted(missing)}"
        if len(told) != len(set(told)):
            yield "told twice"
        if not self.crashed and (both := self.done & set(told)):
            yield f"delivered and told: {sorted(both)}"
        if config["MaximumRecordAgeInSeconds"] == ENDLESS:
            wrong = [one for one in told if self.written[one] in GOOD]
            if wrong and config["BisectBatchOnFunctionError"] and not reports(config):
                yield f"good ones were given up despite bisecting: {wrong}"
            if told and config["MaximumRetryAttempts"] == ENDLESS:
                yield "given up although neither retries nor age end"
        yield from self.wrong_messages()
        yield from self.wrong_windows()

    def wrong_messages(self):
        config = self.config
        for message in self.messages():
            about, batch = message["requestContext"], message["DDBStreamBatchInfo"]
            sequences = [
                record["dynamodb"]["SequenceNumber"] for record in message["payload"]["Records"]
            ]
            if about["condition"] == "RetryAttemptsExhausted":
                if about["approximateInvokeCount"] != config["MaximumRetryAttempts"] + 1:
                    yield f"given up after {about['approximateInvokeCount']} calls"
            elif config["MaximumRecordAgeInSeconds"] == ENDLESS:
                yield "too old, though no age was set"
            if batch["batchSize"] != len(sequences):
                yield "a count that is not the number of records"
            if sequences:
                ends = (batch["startSequenceNumber"], batch["endSequenceNumber"])
                if ends != (sequences[0], sequences[-1]):
                    yield "bounds that are not its records'"

    def wrong_windows(self):
        """A state holds each record once, whatever was called again."""
        for key, states in self.finals.items():
            for state in states:
                if state != sorted(set(state)):
                    yield f"a state of {key} with a record twice or out of order: {state}"
        if self.config["TumblingWindowInSeconds"]:
            handed = {one for states in self.finals.values() for state in states for one in state}
            told = {
                sequence_of(record)
                for message in self.messages()
                for record in message["payload"]["Records"]
            }
            lost_closing = any(not m["payload"]["Records"] for m in self.messages())
            if not lost_closing and (missing := self.done - handed - told):
                yield f"in no final state: {sorted(missing)}"


def sequence_of(record):
    sequence = from_wire(record["dynamodb"]["SequenceNumber"])
    assert sequence is not None
    return sequence


def reports(config):
    return bool(config["FunctionResponseTypes"])


def records_fit(sequences, frame):
    """By the millisecond in a sequence: bounds are whole minutes of the world's one clock."""
    from_ms, to_ms = (moment(frame["window"][name]) for name in ("start", "end"))
    stamps = [ms_of(one) for one in sequences]
    return all(from_ms <= stamp < to_ms for stamp in stamps)


def moment(text):
    """Milliseconds within the world's day."""
    hours, minutes, seconds = (int(part) for part in text[11:19].split(":"))
    day_ms = 1_772_600_800_000 // 86_400_000 * 86_400_000
    days = int(text[8:10]) - 4
    return day_ms + days * 86_400_000 + ((hours * 60 + minutes) * 60 + seconds) * 1000


CONFIGS = st.fixed_dictionaries(
    {
        "BatchSize": st.sampled_from([1, 2, 3, 5, 100]),
        "MaximumRetryAttempts": st.sampled_from([ENDLESS, 0, 1, 2]),
        "MaximumRecordAgeInSeconds": st.sampled_from([ENDLESS, ENDLESS, 60]),
        "BisectBatchOnFunctionError": st.booleans(),
        "FunctionResponseTypes": st.sampled_from([[], ["ReportBatchItemFailures"]]),
        "MaximumBatchingWindowInSeconds": st.sampled_from([0, 0, 1]),
        "TumblingWindowInSeconds": st.sampled_from([0, 0, 60]),
        "ParallelizationFactor": st.sampled_from([1, 1, 2, 4]),
    }
).map(lambda config: config | {"ParallelizationFactor": 1} if windowed(config) else config)
ACTIONS = st.one_of(
    st.tuples(st.just("write"), st.lists(st.sampled_from(GOOD + BAD), min_size=1, max_size=6)),
    st.tuples(st.just("write"), st.lists(st.sampled_from(GOOD + BAD), min_size=1, max_size=6)),
    st.tuples(st.just("split"), st.sampled_from([0, 1 << 31])),
    st.tuples(st.just("crash"), st.integers(0, 12)),
    st.tuples(st.just("turns"), st.integers(1, 12)),
    st.tuples(st.just("time"), st.integers(1, 90_000)),
    st.tuples(st.just("factor"), st.sampled_from([1, 2, 3])),
    st.tuples(st.just("down"), st.booleans()),
)
ANSWERS = st.lists(
    st.sampled_from(["ok", "ok", "ok", "missing", "throttled", "slow"]), min_size=1, max_size=5
)


def windowed(config):
    return config["TumblingWindowInSeconds"] > 0


async def act(world, judge, uuid, action):
    """Play one action."""
    match action:
        case ("write", items):

            def write(tx):
                for item in items:
                    side = (crc32(item.encode()) & 1) << 31
                    judge.written[world.put(tx, item, side)] = item

            await world.engine.run(write)
        case ("split", side):
            await world.split(side)
        case ("crash", turns):
            await world.settle(turns)
            judge.crashed = True
            await world.crash()
        case ("turns", turns):
            await world.settle(turns)
        case ("time", ms):
            await world.pass_time(ms=ms)
        case ("factor", lanes):
            settled = (await world.get(uuid))["State"] == "Enabled"
            if settled and not windowed(judge.config):
                await world.update(uuid, ParallelizationFactor=lanes)
        case ("down", is_down):
            world.caller.trouble = CallFailed("Unreachable", "down") if is_down else None


@settings(
    max_examples=ROUNDS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(config=CONFIGS, actions=st.lists(ACTIONS, min_size=1, max_size=18), answers=ANSWERS)
def test_every_record_is_delivered_or_told_exactly_as_configured(
    play, failed, config, actions, answers
):
    async def story(world):
        judge = Judge(world, config, failed)
        judge.answers = answers
        world.functions.behave = judge.behave
        world.caller.services = {"s3"}
        destination = {"OnFailure": {"Destination": BUCKET}}
        uuid = await world.mapped(DestinationConfig=destination, **config)
        for action in actions:
            await act(world, judge, uuid, action)
        world.caller.trouble = None
        judge.answers = ["ok"]
        await world.pass_time(seconds=250)
        judge.before_mending()
        judge.mended = True
        await world.pass_time(seconds=300)
        await world.settle(200)
        event(f"messages: {len(judge.messages()) > 0}")
        assert list(itertools.islice(judge.verdict(), 3)) == []
        assert world.mappings.idle

    play(story, partitions=2)
