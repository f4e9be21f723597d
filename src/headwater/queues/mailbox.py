"""The messages of one queue in the store, and the lists they stand on.

A message is written once and never changes. It stands on one of three lists: ready (by when it
was sent), delayed and in flight (both by when that ends). Where it stands is a small record of
its own, which a message that was never received does without. Counters say how long the lists
are.

A list is read from its head and written at its tail, which leaves a store full of gaps in front.
So the lowest place of each list that may be taken is remembered (`Bounds`), and reading starts
there. This file knows lists; when a message changes them is `delivery.py`.
"""

import struct
from typing import Final, NamedTuple

from headwater.storage import keyspace, queue_keys
from headwater.storage.engine import Transaction
from headwater.storage.sequence import at_ms

READY: Final = b"r"
DELAYED: Final = b"d"
FLYING: Final = b"f"
_MESSAGE: Final = b"m"
_STANDING: Final = b"s"

NOWHERE: Final = (1 << 64) - 1  # above every place of every list
STEP: Final = 500  # entries that one call moves or drops at most
_STEP_BYTES: Final = 8 * 1024 * 1024

_FORM: Final = struct.Struct(">cQIIQQ")


class Standing(NamedTuple):
    """Where a message stands, and how often it was received.

    due_ms           when it becomes ready, on the lists that have such a time
    receives         from this queue
    receives_ever    from this one and those it was moved here from
    first_ms         of the first receive; 0: none yet
    received_ms      of the last
    """

    place: bytes
    due_ms: int = 0
    receives: int = 0
    receives_ever: int = 0
    first_ms: int = 0
    received_ms: int = 0


FRESH: Final = Standing(READY)


class Bound:
    """The lowest place of a list that may be taken. Too low costs time, too high loses messages.

    It is lowered at once, which is harmless should the transaction be discarded, and raised when
    the transaction that found the places empty takes effect. So transactions that share bounds
    must run one after the other.
    """

    __slots__ = ("_raised", "value")

    def __init__(self) -> None:
        self.value = 0
        self._raised = 0  # what `value` is to become

    def put(self, place: int) -> None:
        """Something is put there."""
        if place < self.value:
            self.value = place
        if place < self._raised:
            self._raised = place

    def empty_below(self, tx: Transaction, place: int) -> None:
        """`tx` found, or left, nothing below."""
        self._raised = place
        tx.after_commit(self._rise)

    def _rise(self) -> None:
        self.value = self._raised


class Bounds:
    """What a node remembers of one queue between transactions.

    fixed  True: nothing, because others write the same store
    """

    __slots__ = ("delayed", "fixed", "flying", "messages", "ready")

    def __init__(self, *, fixed: bool = False) -> None:
        self.fixed = fixed
        self.ready = Bound()  # sequence
        self.delayed = Bound()  # milliseconds
        self.flying = Bound()  # milliseconds
        self.messages = Bound()  # sequence


class Mailbox:
    """One queue's messages within one transaction."""

    __slots__ = ("_counters", "bounds", "number", "tx")

    def __init__(self, tx: Transaction, number: int, bounds: Bounds) -> None:
        self.tx = tx
        self.number = number
        self.bounds = bounds
        self._counters = keyspace.counter_key(number, 0), keyspace.counter_key(number, 1)

    # --- single messages -----------------------------------------------------------------------

    def add(self, sequence: int, message: bytes, standing: Standing = FRESH) -> None:
        """A message that is new here."""
        self.bounds.messages.put(sequence)
        self.tx.put(queue_keys.message_key(self.number, _MESSAGE, sequence), message)
        self._enter(sequence, standing, is_new=True)

    def message(self, sequence: int) -> bytes | None:
        return self.tx.get(queue_keys.message_key(self.number, _MESSAGE, sequence))

    def standing(self, sequence: int) -> Standing | None:
        """Where a message stands that has been received; None: it has not, or is gone."""
        return _decode(self.tx.get(queue_keys.message_key(self.number, _STANDING, sequence)))

    def move(self, sequence: int, old: Standing, new: Standing) -> None:
        """From one list to another, or to another place of the same."""
        self._leave(sequence, old)
        self._enter(sequence, new)

    def remove(self, sequence: int, standing: Standing) -> None:
        """Forget a message."""
        self._leave(sequence, standing)
        self.tx.delete(queue_keys.message_key(self.number, _MESSAGE, sequence))
        self.tx.delete(queue_keys.message_key(self.number, _STANDING, sequence))

    def clear(self) -> None:
        """Forget all messages. The transaction must not touch one before or after."""
        start, end = queue_keys.messages_range(self.number)
        self.tx.delete_range(start, end)
        ready, flying, delayed = self.counts()
        self.tx.add(self._counters[0], -ready, -flying)
        self.tx.add(self._counters[1], -delayed, 0)

    def counts(self) -> tuple[int, int, int]:
        """How many messages are on the lists: ready, in flight, delayed."""
        ready, flying = self.tx.counter(self._counters[0])
        return ready, flying, self.tx.counter(self._counters[1])[0]

    def _enter(self, sequence: int, standing: Standing, *, is_new: bool = False) -> None:
        place = standing.place
        self._bound(place).put(sequence if place == READY else standing.due_ms)
        self.tx.put(self._list_key(place, standing.due_ms, sequence), b"")
        key = queue_keys.message_key(self.number, _STANDING, sequence)
        if standing != FRESH:
            self.tx.put(key, _FORM.pack(*standing))
        elif not is_new:
            self.tx.delete(key)
        self._count(place, 1)

    def _leave(self, sequence: int, standing: Standing) -> None:
        self.tx.delete(self._list_key(standing.place, standing.due_ms, sequence))
        self._count(standing.place, -1)

    def _list_key(self, place: bytes, due_ms: int, sequence: int) -> bytes:
        if place == READY:
            return queue_keys.message_key(self.number, READY, sequence)
        return queue_keys.due_message_key(self.number, place, due_ms, sequence)

    def _count(self, place: bytes, change: int) -> None:
        if place == DELAYED:
            self.tx.add(self._counters[1], change, 0)
        elif place == READY:
            self.tx.add(self._counters[0], change, 0)
        else:
            self.tx.add(self._counters[0], 0, change)

    # --- lists ---------------------------------------------------------------------------------

    def first_ready(self, limit: int, first: int = 0) -> list[tuple[int, Standing]]:
        """The earliest sent of those that can be received, from sequence `first` on.

        Afterwards each must be moved or removed, and all below `first` must have been."""
        bound = self.bounds.ready
        if bound.value == NOWHERE:
            return []
        start = queue_keys.message_key(self.number, READY, max(first, bound.value))
        found = self.tx.range(start, queue_keys.messages_end(self.number, READY), limit=limit)
        sequences = _sequences(found)
        self._raise(bound, sequences[-1] + 1 if len(found) == limit else NOWHERE)
        return self._with_standings(sequences)

    def settle(self, now_ms: int, oldest_ms: int) -> int | None:
        """Make ready what is due, forget what was sent before `oldest_ms`; up to STEP of each.

        Returns when the next can become ready by itself, or an earlier moment; None: none can.
        """
        if self.bounds.messages.value < at_ms(oldest_ms):
            self._drop_old(at_ms(oldest_ms))
        next_ms = min(self._promote(FLYING, now_ms), self._promote(DELAYED, now_ms))
        return None if next_ms == NOWHERE else next_ms

    def _promote(self, place: bytes, now_ms: int) -> int:
        bound = self._bound(place)
        if bound.value > now_ms:
            return bound.value
        after = queue_keys.due_message_key(self.number, place, now_ms + 1, 0)
        start = queue_keys.due_message_key(self.number, place, bound.value, 0)
        found = self.tx.range(start, after, limit=STEP)
        for sequence, old in self._with_standings(_sequences(found)):
            self.move(sequence, old, old._replace(place=READY, due_ms=0))
        if len(found) < STEP:
            found = self.tx.range(after, queue_keys.messages_end(self.number, place), limit=1)
        next_ms = queue_keys.message_due_of(found[-1][0]) if found else NOWHERE
        self._raise(bound, next_ms)
        return next_ms

    def _drop_old(self, first_kept: int) -> None:
        bound = self.bounds.messages
        start = queue_keys.message_key(self.number, _MESSAGE, bound.value)
        kept = queue_keys.message_key(self.number, _MESSAGE, first_kept)
        found = self.tx.range(start, kept, limit=STEP, bytes_max=_STEP_BYTES)
        for sequence, standing in self._with_standings(_sequences(found)):
            self.remove(sequence, standing)
        # What was found may have been bounded: so the first that is left, old or not.
        end = queue_keys.messages_end(self.number, _MESSAGE)
        rest = self.tx.range(found[-1][0] + b"\0" if found else kept, end, limit=1)
        self._raise(bound, _sequences(rest)[0] if rest else NOWHERE)

    def _with_standings(self, sequences: list[int]) -> list[tuple[int, Standing]]:
        keys = [queue_keys.message_key(self.number, _STANDING, each) for each in sequences]
        stored = self.tx.get_many(keys) if keys else []
        standings = [_decode(data) or FRESH for data in stored]
        return list(zip(sequences, standings, strict=True))

    # --- bounds --------------------------------------------------------------------------------

    def _bound(self, place: bytes) -> Bound:
        if place == READY:
            return self.bounds.ready
        return self.bounds.flying if place == FLYING else self.bounds.delayed

    def _raise(self, bound: Bound, place: int) -> None:
        if not self.bounds.fixed:
            bound.empty_below(self.tx, place)


def _sequences(found: list[tuple[bytes, bytes]]) -> list[int]:
    return [queue_keys.message_sequence_of(key) for key, _ in found]


def _decode(data: bytes | None) -> Standing | None:
    return None if data is None else Standing(*_FORM.unpack(data))
