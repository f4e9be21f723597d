"""What the API has told of streams: their shards, their records, and each page that was read.

Records are added by the auditor alone, who follows the rules and never lags behind. Every page
that anybody read is kept as an observation and judged later, when all records of its time are
known: it must hold exactly the records after its position, or say that some are trimmed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from headwater.storage.sequence import at_ms, from_wire, ms_of

DAY_MS = 24 * 60 * 60 * 1000
ITERATOR_MS = 15 * 60 * 1000
TRIMMED = "TrimmedDataAccessException"
EXPIRED = "ExpiredIteratorException"
GONE = "ResourceNotFoundException"


def number(text: str) -> int:
    """A sequence number of the API as a number."""
    found = from_wire(text)
    assert found is not None, f"{text!r} is no sequence number"
    return found


class Cursor(NamedTuple):
    """An iterator, and what the model knows it stands for."""

    arn: str
    shard: str
    after: int
    from_horizon: bool
    issued_ms: int
    token: str


class Observation(NamedTuple):
    """One answered GetRecords."""

    cursor: Cursor
    limit: int
    now_ms: int
    oldest: int  # the lowest sequence that was readable
    trimmed: int  # up to where records had been taken away by hand
    last: int  # the highest sequence taken by then
    error: str | None
    records: list[dict[str, Any]]
    is_end: bool


@dataclass
class ShardStory:
    """One shard, as it was described, and its records."""

    parent: str | None
    starting: int
    ending: int | None = None
    trimmed: int = 0
    records: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    is_read: bool = False  # by the auditor, to its end

    @property
    def last(self) -> int:
        """Sequence of the newest record told; 0 if there is none."""
        return self.records[-1][0] if self.records else 0


class StreamStory:
    """One stream, from its first shard on; what was trimmed stays known here."""

    def __init__(self, arn: str, table: str, view: str) -> None:
        self.arn = arn
        self.table = table
        self.view = view
        self.disabled_ms: int | None = None
        self.shards: dict[str, ShardStory] = {}
        self.observations: list[Observation] = []
        self.first_seen: dict[str, int] = {}  # event id -> sequence

    def is_gone(self, now_ms: int) -> bool:
        return self.disabled_ms is not None and now_ms - self.disabled_ms > DAY_MS

    def has_end_in(self, moments_ms: range) -> bool:
        """Whether a record was made, a shard opened, or the stream turned off in that time."""
        numbers = [shard.starting for shard in self.shards.values()]
        numbers += [one for shard in self.shards.values() for one, _ in shard.records]
        return self.disabled_ms in moments_ms or any(ms_of(one) in moments_ms for one in numbers)

    def describe(self, shards: list[dict[str, Any]]) -> None:
        """Take in a description, checked against what is known and against the rules of trees."""
        ids = [shard["ShardId"] for shard in shards]
        assert ids == sorted(set(ids)), f"shards out of order: {ids}"
        for shard in shards:
            bounds = shard["SequenceNumberRange"]
            starting = number(bounds["StartingSequenceNumber"])
            parent = shard.get("ParentShardId")
            story = self.shards.get(shard["ShardId"])
            if story is None:
                story = self.shards[shard["ShardId"]] = ShardStory(parent, starting)
            assert (story.parent, story.starting) == (parent, starting), "a shard changed"
            if "EndingSequenceNumber" in bounds:
                ending = number(bounds["EndingSequenceNumber"])
                assert story.ending in (None, ending), f"{shard['ShardId']} ended twice"
                story.ending = ending
                assert starting <= ending, f"{shard['ShardId']} ends before it starts"
            else:
                assert story.ending is None, f"{shard['ShardId']} was opened again"
                assert self.disabled_ms is None, f"{shard['ShardId']} is open, its stream is off"
        for name in ids:
            parent = self.shards[name].parent
            if parent is not None and parent in self.shards:
                above = self.shards[parent].ending
                assert above is not None, f"{name} has a parent that is open: {parent}"
                assert above < self.shards[name].starting, f"{name} starts within {parent}"

    def add(self, shard_id: str, records: Iterable[dict[str, Any]]) -> None:
        """Records the auditor has read, in order; those it has read before must be the same."""
        story = self.shards[shard_id]
        known = dict(story.records)
        for record in records:
            sequence = number(record["dynamodb"]["SequenceNumber"])
            if sequence in known:
                assert known[sequence] == record, f"{sequence} was told in two ways"
                continue
            assert sequence > story.last, f"{shard_id}: {sequence} after {story.last}"
            assert record["eventID"] not in self.first_seen, f"{record['eventID']} came twice"
            self.first_seen[record["eventID"]] = sequence
            story.records.append((sequence, record))
            known[sequence] = record

    def check_bounds(self) -> None:
        """StartingSequenceNumber <= every record <= EndingSequenceNumber."""
        for name, story in self.shards.items():
            if story.records:
                assert story.starting <= story.records[0][0], f"{name} starts above its records"
                assert story.ending is None or story.last <= story.ending, f"{name} ends too early"

    def check_lineage(self) -> None:
        """The records of an item lie on one line of descent, so parents first means in order."""
        shards_of: dict[str, list[str]] = {}
        for name, story in self.shards.items():
            for _, record in story.records:
                seen = shards_of.setdefault(repr(record["dynamodb"]["Keys"]), [])
                if name not in seen:
                    seen.append(name)
        for key, names in shards_of.items():
            names.sort(key=lambda name: self.shards[name].starting)
            for older, newer in pairwise(names):
                line = list(self._ancestors(newer))
                assert older in line, f"{key} is in {older} and in {newer}, which does not follow"

    def _ancestors(self, shard_id: str) -> Iterable[str]:
        at: str | None = shard_id
        while at is not None and at in self.shards:
            at = self.shards[at].parent
            if at is not None:
                yield at

    def in_order(self) -> list[dict[str, Any]]:
        """Every record ever told, in the order of their sequence numbers."""
        every = [entry for story in self.shards.values() for entry in story.records]
        return [record for _, record in sorted(every, key=lambda entry: entry[0])]

    def judge(self) -> int:
        """Judge the pages read since the last time; returns how many. All records must be told."""
        for seen in self.observations:
            judge(self.shards[seen.cursor.shard], seen, self._children_of(seen.cursor.shard))
        count = len(self.observations)
        self.observations.clear()
        return count

    def _children_of(self, shard_id: str) -> list[ShardStory]:
        return [story for story in self.shards.values() if story.parent == shard_id]


def judge(story: ShardStory, seen: Observation, children: list[ShardStory]) -> None:
    """Whether one page is what must have been read there and then."""
    cursor = seen.cursor
    where = f"{cursor.shard} after {cursor.after}, limit {seen.limit}"
    if seen.now_ms - cursor.issued_ms > ITERATOR_MS:
        assert seen.error == EXPIRED, f"{where}: the iterator has expired"
        return
    due = [entry for entry in story.records if cursor.after < entry[0] <= seen.last]
    is_trimmed = cursor.after < seen.trimmed or any(entry[0] < seen.oldest for entry in due)
    if seen.error == GONE:
        # A clock that was set back lets a shard go up to that much early.
        assert story.ending is not None, f"{where}: gone while it is open"
        assert not [one for one in due if one[0] >= seen.oldest + at_ms(5000)], f"{where}: gone"
        return
    if cursor.from_horizon:
        due = [entry for entry in due if entry[0] >= seen.oldest]
    elif is_trimmed:
        assert seen.error == TRIMMED, f"{where}: something was passed over and not told"
        return
    assert seen.error is None, f"{where}: {seen.error}"
    expected = [record for _, record in due[: seen.limit]]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in seen.records]
    due_numbers = [record["dynamodb"]["SequenceNumber"] for record in expected]
    assert numbers == due_numbers, f"{where}: records {numbers}, due were {due_numbers}"
    assert seen.records == expected, f"{where}: other records under the same numbers"
    if seen.is_end:
        assert story.ending is not None, f"{where}: ended while it is open"
        upto = due[len(expected) - 1][0] if expected else cursor.after
        assert upto >= story.last or cursor.from_horizon, f"{where}: ended before its last record"
    elif any(child.starting <= seen.last for child in children):
        assert len(due) >= seen.limit, f"{where}: closed and read to its end, and goes on"
