"""What the tables and streams must hold: two dictionaries and a list, and what a change does.

The model takes no part of the node's own logic. It learns what was asked for and works out the
answer; an operation is `pending` until the node acknowledges it, and after a crash some beginning
of the pending ones has happened.
"""

from collections import deque
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Item = dict[str, Any]
Key = tuple[str, ...]  # table, pk, and sk where the table has one
State = dict[Key, Item]

KEYS_OF = {"A": ("pk",), "B": ("pk", "sk")}
TTL_IDENTITY = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


class Change(NamedTuple):
    """One item before and after."""

    key: Key
    old: Item | None
    new: Item | None
    by_ttl: bool = False


@dataclass(eq=False)
class Op:
    """One request: what to ask, and what must come of it."""

    operation: str
    params: dict[str, Any]
    changes: list[Change] = field(default_factory=list)
    error: str | None = None  # the code of the error that must be answered


def key_item(key: Key) -> Item:
    """The key attributes of an item."""
    return {name: {"S": value} for name, value in zip(KEYS_OF[key[0]], key[1:], strict=True)}


def expected_record(change: Change, view: str) -> dict[str, Any]:
    """What a stream of this view must show of a change; times and numbers left out."""
    event = "REMOVE" if change.new is None else "MODIFY" if change.old is not None else "INSERT"
    record: dict[str, Any] = {"eventName": event, "Keys": key_item(change.key)}
    if change.new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        record["NewImage"] = change.new
    if change.old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        record["OldImage"] = change.old
    if change.by_ttl:
        record["userIdentity"] = TTL_IDENTITY
    return record


def shown(record: dict[str, Any]) -> dict[str, Any]:
    """A record of GetRecords in the form of `expected_record`."""
    parts = ("Keys", "NewImage", "OldImage")
    found = {part: record["dynamodb"][part] for part in parts if part in record["dynamodb"]}
    found["eventName"] = record["eventName"]
    if "userIdentity" in record:
        found["userIdentity"] = record["userIdentity"]
    return found


class Model:
    """The truth, as far as acknowledged, and what may have happened beyond it.

    state    as the next request meets it
    durable  as acknowledged
    streams  table -> ARN of the stream that is on
    history  ARN -> the acknowledged changes it must show, in the order of their commits
    """

    def __init__(self) -> None:
        self.state: State = {}
        self.durable: State = {}
        self.pending: deque[Op] = deque()
        self.streams: dict[str, str] = {}
        self.history: dict[str, list[Change]] = {}

    def ask(self, op: Op) -> None:
        """The node was handed `op`."""
        apply(self.state, op)
        self.pending.append(op)

    def acknowledge(self, op: Op) -> None:
        """The node says that `op` is done."""
        assert self.pending.popleft() is op, "acknowledged out of order"
        apply(self.durable, op)
        for change in op.changes:
            arn = self.streams.get(change.key[0])
            if arn is not None:
                self.history[arn].append(change)

    def futures(self) -> Iterator[tuple[int, State, dict[str, list[Change]]]]:
        """What a node may show after a crash: how many of the pending operations happened, the
        items then, and the changes they add to each stream."""
        state = copy(self.durable)
        added: dict[str, list[Change]] = {arn: [] for arn in self.history}
        yield 0, state, added
        for count, op in enumerate(self.pending, 1):
            apply(state, op)
            for change in op.changes:
                if change.key[0] in self.streams:
                    added[self.streams[change.key[0]]].append(change)
            yield count, state, added

    def settle_on(self, count: int) -> None:
        """After a crash: exactly the first `count` of the pending operations happened."""
        for _ in range(count):
            self.acknowledge(self.pending[0])
        self.pending.clear()
        self.state = copy(self.durable)


def apply(state: State, op: Op) -> None:
    """Make the changes of `op`. Items are never changed in place."""
    for change in op.changes:
        if change.new is None:
            state.pop(change.key, None)
        else:
            state[change.key] = change.new
