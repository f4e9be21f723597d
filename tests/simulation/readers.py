"""Readers of streams that know the API and nothing else: parents before children, by iterators.

The auditor reads everything soon after it was written. The others read when they get a turn: they
lag, drop iterators, use one twice, start at LATEST or at a moment, and sleep past an iterator's
life. What they are told is judged in told.py.
"""

import random
from collections.abc import Callable
from typing import Any

from tests.simulation.disk import PowerCut
from tests.simulation.told import (
    DAY_MS,
    EXPIRED,
    GONE,
    TRIMMED,
    Cursor,
    Observation,
    ShardStory,
    StreamStory,
    number,
)
from tests.simulation.world import World

from headwater.errors import AwsError
from headwater.storage.sequence import at_ms, to_wire

Opened = Callable[[Cursor | None, str | None], None]


def oldest_readable(shard: ShardStory, now_ms: int) -> int:
    """The lowest sequence number that may be shown."""
    return max(at_ms(now_ms - DAY_MS), shard.trimmed + 1)


class Pages:
    """Asks for iterators and pages of one stream, and remembers what it was told."""

    def __init__(self, world: World, story: StreamStory) -> None:
        self.world = world
        self.story = story

    def open(self, shard_id: str, kind: str, value: int, got: Opened) -> None:
        """Ask for an iterator; `got` has it, or the code of the error where one is due.

        value  a sequence, or for AT_TIMESTAMP a moment in ms
        """
        world = self.world
        shard = self.story.shards[shard_id]
        now_ms = world.clock.now_ms()
        oldest = oldest_readable(shard, now_ms)
        more: dict[str, Any] = {}
        after, from_horizon = 0, kind == "TRIM_HORIZON"
        last: list[int] = []
        if kind == "AT_TIMESTAMP":
            more["Timestamp"] = value / 1000
            after = at_ms(value) - 1
            from_horizon = after < oldest
        elif "SEQUENCE" in kind:
            more["SequenceNumber"] = to_wire(value)
            after = value - 1 if kind == "AT_SEQUENCE_NUMBER" else value

        def told(answer: Any, trouble: AwsError | None) -> None:
            code = trouble.code if trouble is not None else None
            if code == GONE:
                assert shard.ending is not None or self.story.is_gone(now_ms), f"{shard_id} gone"
                got(None, code)
            elif "SequenceNumber" in more and value < oldest:
                assert code == TRIMMED, f"{kind} {value}, older than {oldest}: {code}"
                got(None, code)
            else:
                assert code is None, f"{kind} {value} of {shard_id}: {trouble}"
                token = answer["ShardIterator"]
                start = last[0] if kind == "LATEST" else after
                got(Cursor(self.story.arn, shard_id, start, from_horizon, now_ms, token), None)

        asked = {"StreamArn": self.story.arn, "ShardId": shard_id, "ShardIteratorType": kind}
        world.call("GetShardIterator", told, last.append, **asked, **more)

    def read(
        self, cursor: Cursor, limit: int, got: Callable[[Observation, Cursor | None], None]
    ) -> None:
        """Ask for a page; `got` is told what was seen and where to go on, if anywhere."""
        world = self.world
        shard = self.story.shards[cursor.shard]
        now_ms = world.clock.now_ms()
        oldest, trimmed = oldest_readable(shard, now_ms), shard.trimmed
        last: list[int] = []

        def told(answer: Any, trouble: AwsError | None) -> None:
            records = answer["Records"] if answer is not None else []
            error = None if trouble is None else trouble.code
            token = answer.get("NextShardIterator") if answer is not None else None
            seen = Observation(
                cursor, limit, now_ms, oldest, trimmed, last[0], error, records, token is None
            )
            self.story.observations.append(seen)
            onward = None
            if token is not None:
                onward = cursor._replace(issued_ms=now_ms, token=token)
                if records:
                    after = number(records[-1]["dynamodb"]["SequenceNumber"])
                    onward = onward._replace(after=after, from_horizon=False)
            got(seen, onward)

        world.call("GetRecords", told, last.append, ShardIterator=cursor.token, Limit=limit)


async def described(world: World, story: StreamStory) -> set[str]:
    """Ask for the whole tree, by pages of any size; the ids of the shards it lists."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        limit = world.dice.choice((1, 2, 3, 100))
        answer = await world.ask("DescribeStream", StreamArn=story.arn, Limit=limit, **more)
        page = answer["StreamDescription"]
        found += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            break
        more = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
    is_on = page["StreamStatus"] in ("ENABLING", "ENABLED")  # the first: its table is being changed
    assert is_on == (story.disabled_ms is None), page["StreamStatus"]
    story.describe(found)
    return {shard["ShardId"] for shard in found}


class Auditor:
    """Reads every record of one stream before it can expire, and adds it to the story."""

    def __init__(self, world: World, story: StreamStory) -> None:
        self._world = world
        self._story = story
        self._pages = Pages(world, story)
        self._cursors: dict[str, Cursor] = {}

    async def drain(self) -> None:
        """Read all there is. Raises PowerCut when the node dies meanwhile."""
        if self._story.is_gone(self._world.clock.now_ms()):
            return
        listed = await described(self._world, self._story)
        shards = self._story.shards
        waiting = [name for name in shards if name in listed and not shards[name].is_read]
        while waiting:
            ready = [name for name in waiting if shards[name].parent not in waiting]
            for name in ready:
                await self._drain_shard(name)
                waiting.remove(name)
        for name in shards.keys() - listed:
            # Gone: closed, and all of it read long ago.
            assert shards[name].is_read, f"{name} is gone and was not closed"

    async def _drain_shard(self, name: str) -> None:
        shard = self._story.shards[name]
        cursor: Cursor | None = self._cursors.pop(name, None)
        if cursor is None or self._world.dice.random() < 0.3:
            cursor = await self._opened(name)
        while True:
            seen, onward = await self._read(cursor)
            if seen.error == EXPIRED:
                cursor = await self._opened(name)
                continue
            if seen.error == TRIMMED:
                assert self._story.shards[name].last >= seen.trimmed, f"{name}: trimmed unread"
                cursor = await self._opened(name, afresh=True)
                continue
            assert seen.error is None, f"{name}: the auditor met {seen.error}"
            self._story.add(name, seen.records)
            if onward is None:
                assert shard.ending is not None, f"{name} has ended, but is described as open"
                shard.is_read = True
                return
            cursor = onward
            if not seen.records:
                assert shard.ending is None, f"{name} is closed and read, but does not end"
                self._cursors[name] = cursor
                return

    async def _opened(self, name: str, *, afresh: bool = False) -> Cursor:
        shard = self._story.shards[name]
        kind, value = "TRIM_HORIZON", 0
        last = shard.last
        if not afresh and last >= oldest_readable(shard, self._world.clock.now_ms()):
            if self._world.dice.random() < 0.5:
                kind = self._world.dice.choice(("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"))
                value = last
        answers: list[tuple[Cursor | None, str | None]] = []
        self._pages.open(name, kind, value, lambda *told: answers.append(told))
        await self._world.settle()
        if not answers:
            raise PowerCut
        cursor, error = answers[0]
        assert cursor is not None, f"{name}: the auditor met {error}"
        return cursor

    async def _read(self, cursor: Cursor) -> tuple[Observation, Cursor | None]:
        answers: list[tuple[Observation, Cursor | None]] = []
        limit = self._world.dice.choice((1, 3, 10, 1000))
        self._pages.read(cursor, limit, lambda *told: answers.append(told))
        await self._world.settle()
        if not answers:
            raise PowerCut
        return answers[0]


class Laggard:
    """Takes one step when it is given a turn, in the same group as everybody else's requests."""

    def __init__(self, world: World, story: StreamStory, dice: random.Random) -> None:
        self._world = world
        self._story = story
        self._dice = dice
        self._pages = Pages(world, story)
        self._cursors: dict[str, Cursor] = {}
        self._finished: set[str] = set()
        self._busy_in_life = 0

    def turn(self) -> None:
        """Ask one thing, unless the last answer is still to come."""
        if self._busy_in_life == self._world.lives or not self._story.shards:
            return
        shards = self._story.shards
        able = [
            name
            for name, shard in shards.items()
            if name not in self._finished
            and (shard.parent is None or shard.parent in self._finished)
        ]
        if not able:
            return
        name = self._dice.choice(able)
        cursor = self._cursors.get(name)
        self._busy_in_life = self._world.lives
        if cursor is None:
            self._open(name)
        else:
            limit = self._dice.choice((1, 2, 5, 100, 1000))
            self._pages.read(cursor, limit, lambda seen, onward: self._saw(name, seen, onward))

    def _open(self, name: str) -> None:
        shard = self._story.shards[name]
        now_ms = self._world.clock.now_ms()
        kinds = ["TRIM_HORIZON", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]
        kinds += ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] if shard.records else []
        kind = self._dice.choice(kinds)
        value = 0
        if kind == "AT_TIMESTAMP":
            value = now_ms - self._dice.choice((0, 1, 500, 5_000, 3_600_000, 30 * 3_600_000))
        elif "SEQUENCE" in kind:
            value = self._dice.choice(shard.records)[0]
        self._pages.open(name, kind, value, lambda *told: self._opened(name, *told))

    def _opened(self, name: str, cursor: Cursor | None, error: str | None) -> None:
        self._busy_in_life = 0
        if cursor is not None:
            self._cursors[name] = cursor
        elif error == GONE:
            self._finished.add(name)

    def _saw(self, name: str, seen: Observation, onward: Cursor | None) -> None:
        self._busy_in_life = 0
        if seen.error in (TRIMMED, EXPIRED):
            del self._cursors[name]
        elif seen.error == GONE or onward is None:
            self._cursors.pop(name, None)
            self._finished.add(name)
        elif self._dice.random() < 0.8:  # or use the same iterator once more
            self._cursors[name] = onward
        if self._dice.random() < 0.05:
            self._cursors.pop(name, None)
