"""The simulation finds what it is for: each of these faults, planted in the node, in a few seeds.

A fault is a small change of the real code of a kind that has been, or could easily be, made.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from tests.simulation.scenario import play

from headwater.changelog import lifecycle, read, retention, shards, stream
from headwater.changelog.append import append
from headwater.changelog.record import Change
from headwater.changelog.shards import OpenShards
from headwater.errors import AwsError, TrimmedDataAccess
from headwater.limits import STREAM_RETENTION_MS
from headwater.loops import run
from headwater.storage import keyspace
from headwater.storage.local import LocalEngine, LocalTransaction
from headwater.storage.sequence import at_ms
from headwater.tables import write
from headwater.values.codec import encode_item

SEEDS = range(1, 61)
TRIED_FIRST = {"reads_do_not_wait": 53, "range_deleted_apart": 11}  # saves going through the rest
# The package has a function of the same name.
get_records = import_module("headwater.operations.streams.get_records")
Plant = Callable[[pytest.MonkeyPatch], None]


def parent_left_open(patch: pytest.MonkeyPatch) -> None:
    """Children are opened, and their parent's end is not stored."""

    def close_shard(tx: Any, of: Any, shard: Any, now_ms: int) -> Any:
        return shard.closed(stream.last_sequence(tx, shard) or shard.starting, now_ms)

    patch.setattr(lifecycle, "close_shard", close_shard)


def child_starts_at_the_millisecond(patch: pytest.MonkeyPatch) -> None:
    """A child's start is the clock's time or its parent's end, not a number of the sequence: after
    two empty shards of one millisecond, the next record has a lower one."""
    original = stream.open_shard

    def open_shard(tx: Any, ids: Any, of: Any, parent: Any, *rest: Any) -> Any:
        opened = original(tx, ids, of, parent, *rest)
        above = parent.ending + 1 if parent is not None else 0
        changed = replace(opened, starting=max(opened.starting, above))
        tx.put(keyspace.shard_key(of.id, changed.id), changed.encode())
        return changed

    patch.setattr(
        LocalTransaction, "sequence", lambda self: at_ms(self._engine.sequences._clock.now_ms())
    )
    patch.setattr(lifecycle, "open_shard", open_shard)


def ending_too_low(patch: pytest.MonkeyPatch) -> None:
    """A shard's end is the record before its last."""
    original = shards.Shard.closed
    patch.setattr(
        shards.Shard,
        "closed",
        lambda self, ending, now_ms: original(self, max(self.starting, ending - 1), now_ms),
    )


def another_shard(patch: pytest.MonkeyPatch) -> None:
    """A change goes to a shard its key does not belong to."""
    patch.setattr(OpenShards, "at", lambda self, value: self.shards[value % len(self.shards)])


def answered_before_it_is_durable(patch: pytest.MonkeyPatch) -> None:
    """Writes are acknowledged when the disk has taken them, not when it has kept them."""
    original = LocalEngine._write_group
    patch.setattr(
        LocalEngine,
        "_write_group",
        lambda self, sync, ranges=(): original(self, False, ranges),
    )


def reads_do_not_wait(patch: pytest.MonkeyPatch) -> None:
    """A read is answered at once, from what a crash may still take back."""

    original = LocalEngine.submit

    def eager(self: LocalEngine, work: Any, done: Any) -> None:
        before = len(self._waiting)
        original(self, work, done)
        if len(self._waiting) > before and isinstance(self._waiting[-1][1], dict):
            if "Records" in self._waiting[-1][1]:
                waiting, result, trouble = self._waiting.pop()
                waiting(result, trouble)

    patch.setattr(LocalEngine, "submit", eager)


def range_deleted_apart(patch: pytest.MonkeyPatch) -> None:
    """A deleted range reaches the disk in another batch than the rest of its transaction."""
    original = LocalTransaction.commit

    def commit(self: LocalTransaction) -> None:
        ranges, self._ranges = self._ranges, None
        if ranges is not None:
            self._engine.push()
            self._engine.push(ranges)
        original(self)

    patch.setattr(LocalTransaction, "commit", commit)


def sequences_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The highest number taken is not stored, so a node may take some of them again."""
    original = LocalEngine._write_group

    def write_group(self: LocalEngine, sync: bool, ranges: Any = ()) -> None:
        self._stored_sequence = self.sequences.last
        original(self, sync, ranges)

    patch.setattr(LocalEngine, "_write_group", write_group)


def counters_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Counts are not written with the group that changed them."""
    original = LocalEngine._write_group

    def write_group(self: LocalEngine, sync: bool, ranges: Any = ()) -> None:
        if not sync:
            self._changed_counters.clear()
        original(self, sync, ranges)

    patch.setattr(LocalEngine, "_write_group", write_group)


def cancelled_but_recorded(patch: pytest.MonkeyPatch) -> None:
    """A record is in the log although its transaction was discarded."""

    def eager(self: LocalTransaction, log: int, value: bytes) -> int:
        sequence = self._engine.sequences.next()
        self._engine.pending[keyspace.record_key(log, sequence)] = value
        self.touch(log)
        return sequence

    patch.setattr(LocalTransaction, "append", eager)


def no_change_recorded(patch: pytest.MonkeyPatch) -> None:
    """A put of the same item leaves a record."""
    original = write.Written

    def store(tx: Any, table: Any, key: Any, found: Any, *rest: Any) -> Any:
        if found.json and found.json == rest[1]:
            change = Change(
                rest[3],
                encode_item(key.item),
                key.size,
                found.json,
                found.size,
                found.json,
                found.size,
            )
            if table.stream is not None:
                append(tx, table.stream, key.hash, change)
            return original(found.json, found.size, rest[1], rest[2], {})
        return kept(tx, table, key, found, *rest)

    kept = write._store
    patch.setattr(write, "_store", store)


def swept_too_early(patch: pytest.MonkeyPatch) -> None:
    """The sweep takes records of the last day."""
    patch.setattr(
        retention,
        "horizon",
        lambda now_ms, kept_ms: read.horizon(now_ms, STREAM_RETENTION_MS * 3 // 4),
    )


def no_witness(patch: pytest.MonkeyPatch) -> None:
    """The sweep leaves nothing behind that tells a reader what it has missed."""

    def sweep_shard(tx: Any, of: Any, shard: Any, now_ms: int) -> None:
        start, _ = keyspace.log_range(shard.log)
        tx.delete_range(start, keyspace.record_key(shard.log, read.horizon(now_ms)))

    patch.setattr(retention, "_sweep_shard", sweep_shard)


def trimmed_is_passed_over(patch: pytest.MonkeyPatch) -> None:
    """A reader that has missed records is handed the next ones as if it had not."""
    original = get_records._page

    def page(call: Any, position: Any, shard: Any, oldest: int, limit: int) -> Any:
        try:
            return original(call, position, shard, oldest, limit)
        except TrimmedDataAccess:
            return original(call, position._replace(from_horizon=True), shard, oldest, limit)

    patch.setattr(get_records, "_page", page)


def ends_with_its_last_page_unread(patch: pytest.MonkeyPatch) -> None:
    """A closed shard ends with any page, full or not."""
    original = get_records._page
    patch.setattr(get_records, "_page", lambda *of: original(*of)._replace(is_cut=False))


def never_ends(patch: pytest.MonkeyPatch) -> None:
    """A closed shard that was read to its end goes on."""
    original = get_records._page
    patch.setattr(get_records, "_page", lambda *of: original(*of)._replace(is_cut=True))


def secret_of_one_life(patch: pytest.MonkeyPatch) -> None:
    """Iterators are signed with something a restart forgets."""
    lives: list[int] = []

    def start(tx: Any) -> bytes:
        lives.append(1)
        return bytes([len(lives) % 256]) * 32

    patch.setattr("tests.simulation.world.iterator_secret", start)


def stream_closed_with_a_shard_left(patch: pytest.MonkeyPatch) -> None:
    """A stream that is turned off leaves its last shard open."""

    def close_stream(tx: Any, opened: Any, now_ms: int) -> Any:
        for shard in opened.shards.shards[1:]:
            stream.close_shard(tx, opened.stream, shard, now_ms)
        closed = replace(opened.stream, disabled_ms=now_ms)
        tx.put(closed.key, closed.encode())
        return closed

    patch.setattr("headwater.tables.log.close_stream", close_stream)


FAULTS: Collection[Plant] = (
    parent_left_open,
    child_starts_at_the_millisecond,
    ending_too_low,
    another_shard,
    answered_before_it_is_durable,
    reads_do_not_wait,
    range_deleted_apart,
    sequences_forgotten,
    counters_forgotten,
    cancelled_but_recorded,
    no_change_recorded,
    swept_too_early,
    no_witness,
    trimmed_is_passed_over,
    ends_with_its_last_page_unread,
    never_ends,
    secret_of_one_life,
    stream_closed_with_a_shard_left,
)


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    for seed in (TRIED_FIRST.get(plant.__name__, 1), *SEEDS):
        try:
            run(play(seed))
        except (AssertionError, AwsError):
            return
    pytest.fail(f"{SEEDS.stop - 1} seeds did not notice: {plant.__doc__}")
