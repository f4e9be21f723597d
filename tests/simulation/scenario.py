"""A scenario: one seed's random history of a node, and the checks that are made all along it.

Every decision comes from the seed, the clock stands still unless a step moves it, and nothing
waits: the same seed plays the same history on every machine.
"""

from collections import Counter
from functools import partial
from typing import Any

from tests.simulation.disk import PowerCut
from tests.simulation.model import KEYS_OF, Item, Key, Model, Op, State, expected_record, shown
from tests.simulation.readers import Auditor, Laggard, oldest_readable
from tests.simulation.told import DAY_MS, StreamStory
from tests.simulation.world import SCOPE, World
from tests.simulation.writers import Writers

from headwater.changelog.retention import kept_streams, sweep_stream
from headwater.changelog.stream import Stream, load_shards
from headwater.errors import AwsError
from headwater.storage.engine import Transaction
from headwater.tables.partitions import roll_over, split, trim
from headwater.tables.schema import Table
from headwater.tables.ttl import delete_expired, fill

STEPS = 400
OPEN_SHARDS_MAX = 8
WEIGHTS = {  # how often each kind of step is taken
    "write": 100,
    "read": 60,
    "tick": 30,
    "expire": 8,
    "roll": 6,
    "check": 6,
    "split": 5,
    "sweep": 4,
    "cut": 4,
    "cut later": 4,
    "toggle": 4,
    "trim": 3,
    "jump": 3,
    "brink": 2,
}
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
_INDEX = "by_g"


class Scenario:
    """Plays one seed. `counts` says what happened, for whoever doubts that anything did."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.dice = self.world.dice
        self.model = Model()
        self.writers = Writers(self.dice, self.model)
        self.stories: dict[str, StreamStory] = {}
        self.auditors: dict[str, Auditor] = {}
        self.laggards: list[Laggard] = []
        self.counts: Counter[str] = Counter()

    async def play(self, steps: int = STEPS) -> None:
        """Raises AssertionError when the node breaks a promise."""
        await self.world.start()
        await self._create_tables()
        for _ in range(steps):
            await self._alive(self._step)
        await self._alive(self._check)
        for story in self.stories.values():
            self.counts["records"] += sum(len(shard.records) for shard in story.shards.values())

    async def _alive(self, act: Any) -> None:
        """Do something, and start the node again when it died of that."""
        try:
            await act()
        except PowerCut:
            self.world.is_down = True
        while self.world.is_down:
            self.counts["crashes"] += 1
            back_ms = self.dice.choice((0, 0, 0, 0, 1, 2500))
            await self.world.restart(back_ms=0 if self._would_return(back_ms) else back_ms)
            try:
                await self._recover()
            except PowerCut:
                self.world.is_down = True

    def _would_return(self, back_ms: int) -> bool:
        """Whether something that has expired, and may be swept, would be young again if the clock
        were set back so far. No node could keep that promise."""
        now_ms = self.world.clock.now_ms()
        young_ms = range(now_ms - back_ms - DAY_MS - 1, now_ms - DAY_MS + 2)
        return any(story.has_end_in(young_ms) for story in self.stories.values())

    # --- steps -------------------------------------------------------------------------------

    async def _step(self) -> None:
        self.writers.now_s = self.world.clock.now_ms() // 1000
        kind = self.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.counts[kind] += 1
        if kind == "write":
            self._ask(self.writers.some_op())
        elif kind == "read" and self.laggards:
            self.dice.choice(self.laggards).turn()
        elif kind == "expire":
            self._expire()
        elif kind == "sweep":
            self._sweep()
        elif kind in ("split", "roll"):
            self._end_shard(kind)
        elif kind == "tick":
            self.world.clock.move(ms=self.dice.choice((0, 1, 7, 999, 60_000)))
        elif kind == "cut":
            self.world.cut_power()
        elif kind == "cut later":
            self.world.disk.fail_in(self.dice.randint(1, 4), kept=self.dice.random() < 0.5)
        else:
            await self._lone_step(kind)
        if self.dice.random() < 0.35:
            await self.world.settle()

    async def _lone_step(self, kind: str) -> None:
        """What is done between groups, because the model could not tell what happened else."""
        await self._check()
        if kind == "jump":
            minutes = self.dice.choice((1, 10, 20, 240, 700, 1439, 1441, 1800))
            self.world.clock.move(minutes=minutes)
        elif kind == "brink":
            await self._brink()
        elif kind == "toggle":
            await self._toggle(self.dice.choice("AB"))
        elif kind == "trim":
            await self._trim()

    async def _brink(self) -> None:
        """Records expire and are swept under readers that stand in the midst of them."""
        self.world.clock.move(minutes=1439)
        for minutes in (1, 1, 0):
            for _ in range(12):
                if self.laggards:
                    self.dice.choice(self.laggards).turn()
                await self.world.settle()
            self.world.clock.move(minutes=minutes)
            self._sweep()
            await self.world.settle()
            await self.world.settle()
        await self._check()

    def _ask(self, op: Op) -> None:
        self.model.ask(op)

        def told(answer: Any, trouble: AwsError | None) -> None:
            code = trouble.code if trouble is not None else None
            assert code == op.error, f"{op.operation}: {code} {trouble}, not {op.error}: {op}"
            self.model.acknowledge(op)

        self.world.call(op.operation, told, **op.params)

    def _expire(self) -> None:
        op = Op("expire", {}, self.writers.expiry())
        self.model.ask(op)

        def work(tx: Transaction) -> None:
            table = self._table(tx, "A")
            delete_expired(tx, table, self.world.clock.now_ms())

        self.world.submit(work, lambda answer, trouble: self.model.acknowledge(op))

    def _sweep(self) -> None:
        world = self.world
        now_ms = world.clock.now_ms()

        def told(streams: list[Stream], trouble: AwsError | None) -> None:
            for stream in streams:
                step("", stream)

        def step(after: str | None, stream: Stream) -> None:
            if after is not None:
                work = partial(sweep_stream, stream=stream, now_ms=now_ms, after=after)
                world.submit(work, lambda shard, trouble: step(shard, stream))

        world.submit(kept_streams, told)

    def _end_shard(self, kind: str) -> None:
        """Split or roll over some open shard of some table, if its stream is on."""
        name, choice, part = self.dice.choice("AB"), self.dice.random(), self.dice.random()
        world = self.world

        def work(tx: Transaction) -> None:
            table = self._table(tx, name)
            if table.stream is None:
                return
            shards = table.stream.shards.shards
            shard = shards[int(choice * len(shards))]
            now_ms = world.clock.now_ms()
            width = shard.end_hash - shard.first_hash
            if kind == "roll" or width < 8 or len(shards) >= OPEN_SHARDS_MAX:
                roll_over(tx, world.catalog, world.ids, table, shard, now_ms)
                return
            at_hash = shard.first_hash + 1 + int(part * (width - 2))
            split(tx, world.catalog, world.ids, table, shard, now_ms, at_hash)

        world.submit(work, _unheard)

    def _table(self, tx: Transaction, name: str) -> Table:
        table = self.world.catalog.find(tx, SCOPE, name)
        assert table is not None, f"table {name} is lost"
        return table

    async def _toggle(self, table: str) -> None:
        """Turn a table's stream off or on, perhaps dying of it."""
        if self.dice.random() < 0.3:
            self.world.disk.fail_in(1, kept=self.dice.random() < 0.5)
        wanted: dict[str, Any] = {"StreamEnabled": table not in self.model.streams}
        if wanted["StreamEnabled"]:
            wanted["StreamViewType"] = self.dice.choice(VIEWS)
        await self.world.ask("UpdateTable", TableName=table, StreamSpecification=wanted)
        await self._learn_streams()

    async def _trim(self) -> None:
        """Take records away by hand up to some record, perhaps dying of it."""
        arns = [arn for arn in self.model.streams.values() if self.stories[arn].first_seen]
        if not arns:
            return
        story = self.stories[self.dice.choice(arns)]
        before = self.dice.choice(list(story.first_seen.values())) + self.dice.choice((0, 1))
        if self.dice.random() < 0.4:
            self.world.disk.fail_in(self.dice.randint(1, 3), kept=self.dice.random() < 0.5)

        def work(tx: Transaction) -> None:
            table = self._table(tx, story.table)
            assert table.stream is not None
            trim(tx, self.world.catalog, table, load_shards(tx, table.stream.stream), before)

        done: list[Any] = []
        self.world.submit(work, lambda *told: done.append(told))
        await self.world.settle()
        if not done:
            raise PowerCut
        earlier = {name: shard.trimmed for name, shard in story.shards.items()}
        await self._learn_trims()
        now_ms = self.world.clock.now_ms()
        for name, shard in story.shards.items():
            oldest = oldest_readable(shard, now_ms)
            left = [sequence for sequence, _ in shard.records if oldest <= sequence < before]
            assert not left, f"{name}: trimmed below {before}, and {left} can still be read"
            most = max(before, earlier[name])
            assert shard.trimmed <= most, f"{name}: trimmed beyond {before}"

    # --- what the node is asked about itself ----------------------------------------------------

    async def _create_tables(self) -> None:
        index = {
            "IndexName": _INDEX,
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        for table, keys in KEYS_OF.items():
            names = [*keys, "g"] if table == "A" else keys
            kinds = zip(keys, ("HASH", "RANGE"), strict=False)
            await self.world.ask(
                "CreateTable",
                TableName=table,
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={
                    "StreamEnabled": True,
                    "StreamViewType": "NEW_AND_OLD_IMAGES" if table == "A" else "NEW_IMAGE",
                },
                **({"GlobalSecondaryIndexes": [index]} if table == "A" else {}),
            )
        ttl = {"Enabled": True, "AttributeName": "ttl"}
        await self.world.ask("UpdateTimeToLive", TableName="A", TimeToLiveSpecification=ttl)
        await self.world.engine.run(
            lambda tx: fill(tx, self.world.catalog, self._table(tx, "A"), b"")
        )
        await self._learn_streams()

    async def _learn_streams(self) -> None:
        """Which streams are on, as the node says; new ones are audited and read from now on."""
        kept = await self.world.engine.run(kept_streams)
        disabled_ms = {stream.arn: stream.disabled_ms for stream in kept}
        for table in KEYS_OF:
            described = (await self.world.ask("DescribeTable", TableName=table))["Table"]
            arn = described["LatestStreamArn"]
            is_on = "StreamSpecification" in described
            before = self.model.streams.get(table)
            if before is not None and (before != arn or not is_on):
                # From its document: the clock may have been set back since.
                self.stories[before].disabled_ms = disabled_ms[before]
                del self.model.streams[table]
            if is_on and arn not in self.stories:
                view = described["StreamSpecification"]["StreamViewType"]
                story = self.stories[arn] = StreamStory(arn, table, view)
                self.auditors[arn] = Auditor(self.world, story)
                self.laggards += [Laggard(self.world, story, self.dice) for _ in range(2)]
                self.model.streams[table] = arn
                self.model.history[arn] = []

    async def _recover(self) -> None:
        """After a restart: some beginning of what was pending has happened, whole and in order."""
        await self._learn_trims()
        await self._learn_streams()
        state = await self._state()
        await self._drain()
        futures = self.model.futures()
        told = {arn: [shown(one) for one in story.in_order()] for arn, story in self.live_stories()}
        tried = []
        for count, future, added in futures:
            same_items = state == future
            same_records = all(told[arn] == self._expected(arn, added.get(arn, [])) for arn in told)
            tried.append((count, same_items, same_records))
            if same_items and same_records:
                self.model.settle_on(count)
                self._judge()
                return
        raise AssertionError(f"no beginning of what was pending explains what is there: {tried}")

    def live_stories(self) -> list[tuple[str, StreamStory]]:
        """The streams that are still readable."""
        now_ms = self.world.clock.now_ms()
        return [(arn, one) for arn, one in self.stories.items() if not one.is_gone(now_ms)]

    async def _learn_trims(self) -> None:
        """How far the node says that shards are trimmed: no API tells it."""
        for stream in await self.world.engine.run(kept_streams):
            for shard in await self.world.engine.run(partial(load_shards, stream=stream)):
                shards = self.stories[stream.arn].shards if stream.arn in self.stories else {}
                story = shards.get(shard.id)
                if story is not None:
                    assert shard.trimmed >= story.trimmed, f"{shard.id}: a trim is undone"
                    story.trimmed = shard.trimmed

    # --- checks --------------------------------------------------------------------------------

    async def _check(self) -> None:
        """With nothing pending: tables, index, counts, streams and all that was read of them."""
        await self.world.settle()
        if self.world.is_down:
            raise PowerCut
        assert not self.model.pending, "the node never answered"
        state = await self._state()
        assert state == self.model.durable, "the tables hold something else"
        await self._check_listing()
        await self._drain()
        for arn, story in self.live_stories():
            told = [shown(record) for record in story.in_order()]
            assert told == self._expected(arn, []), f"{arn} does not tell what happened"
        self._judge()

    def _expected(self, arn: str, more: list[Any]) -> list[dict[str, Any]]:
        changes = [*self.model.history[arn], *more]
        return [expected_record(change, self.stories[arn].view) for change in changes]

    def _judge(self) -> None:
        for story in self.stories.values():
            story.check_bounds()
            story.check_lineage()
            self.counts["pages"] += story.judge()

    async def _drain(self) -> None:
        for arn in list(self.auditors):
            await self.auditors[arn].drain()

    async def _check_listing(self) -> None:
        listed = {one["StreamArn"] for one in (await self.world.ask("ListStreams"))["Streams"]}
        known = {arn for arn, _ in self.live_stories()}
        assert listed == known, f"ListStreams shows {listed}, there are {known}"

    async def _state(self) -> State:
        """Every item, by Scan; index and counts are held against it on the way."""
        state: State = {}
        for table, names in KEYS_OF.items():
            scanned: list[Item] = (await self.world.ask("Scan", TableName=table))["Items"]
            for item in scanned:
                key: Key = (table, *(item[name]["S"] for name in names))
                assert key not in state, f"{key} is there twice"
                state[key] = item
            described = (await self.world.ask("DescribeTable", TableName=table))["Table"]
            assert described["ItemCount"] == len(scanned), f"{table}: ItemCount is wrong"
        indexed = (await self.world.ask("Scan", TableName="A", IndexName=_INDEX))["Items"]
        expected = [item for key, item in state.items() if key[0] == "A" and "g" in item]
        by_key = sorted(expected, key=lambda item: str(item["pk"]["S"]))
        assert sorted(indexed, key=lambda item: str(item["pk"]["S"])) == by_key, "index is wrong"
        return state


def _unheard(answer: Any, trouble: AwsError | None) -> None:
    """For what changes nothing that the model knows."""
    assert trouble is None, trouble


async def play(seed: int, steps: int = STEPS) -> Counter[str]:
    """Play one seed; what happened in it. Raises AssertionError when a promise was broken."""
    scenario = Scenario(seed)
    await scenario.play(steps)
    return scenario.counts
