"""Copying what a replica has to another one, step by step, while writes go on.

Items and marks of deleted ones are walked side by side in the order of their keys and shipped with
their stamps; what is written meanwhile is shipped by the lanes, and whichever comes late loses. A
walk to a replica that has most of it already first asks, range by range, whether both sides
hold the same. A walk that is cut off goes on where it stood.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from headwater.changelog.conflict import pack_stamp
from headwater.clock import sleep_ms
from headwater.consumers.replication.batch import Write
from headwater.consumers.replication.context import Context
from headwater.consumers.replication.lines import PeerRefused
from headwater.consumers.replication.link import current, put_link
from headwater.consumers.replication.shipper import Shipper
from headwater.limits import MIB
from headwater.outbound.failure import CallFailed
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables import stored
from headwater.tables.schema import Table
from headwater.tables.tombstones import tombstones

STEP_ITEMS: Final = 500
STEP_BYTES: Final = MIB
# Compared as one: small enough that one write does not have many items copied.
BLOCK_ITEMS: Final = 16
# A range of this side may hold any number of items on the other: that many more, and they differ.
_COUNTED_MAX: Final = 4 * STEP_ITEMS


class Block(NamedTuple):
    """The items and marks of a few keys, up to `end`; end None: behind the last one"""

    end: bytes | None
    writes: list[Write]
    digest: str


class Step(NamedTuple):
    """What is looked at in one transaction. blocks: at least one"""

    blocks: list[Block]

    @property
    def end(self) -> bytes | None:
        return self.blocks[-1].end


def take_step(tx: Transaction, table: Table, after: bytes) -> Step:
    """The next range behind placed key `after`; b"" begins."""
    items = _items(tx, table, after, None, STEP_ITEMS, STEP_BYTES)
    size = sum(len(value) for _, value in items)
    is_cut = len(items) == STEP_ITEMS or size >= STEP_BYTES
    end = items[-1][0] if is_cut else None
    marks = tombstones(tx, table, after, end, STEP_ITEMS)
    if len(marks) == STEP_ITEMS:
        end = marks[-1].placed_key
        items = [(key, value) for key, value in items if key <= end]
    blocks = []
    starts = range(0, max(1, len(items)), BLOCK_ITEMS)
    for start in starts:
        own = items[start : start + BLOCK_ITEMS]
        stop = end if start == starts[-1] else own[-1][0]
        writes = [_write(value) for _, value in own]
        while marks and (stop is None or marks[0].placed_key <= stop):
            mark = marks.pop(0)
            writes.append(Write(mark.keys, b"", 0, mark.stamp, 0))
        blocks.append(Block(stop, writes, _digest(own)))
    return Step(blocks)


def digests_of(
    tx: Transaction, table: Table, after: bytes, ends: Sequence[bytes | None]
) -> list[str]:
    """What tells whether two replicas hold the same items in each of several ranges that follow
    each other: after < placed key <= ends[0], ends[0] < placed key <= ends[1], ..."""
    items = _items(tx, table, after, ends[-1], _COUNTED_MAX, None)
    digests, at = [], 0
    for end in ends:
        first = at
        while at < len(items) and (end is None or items[at][0] <= end):
            at += 1
        digests.append(_digest(items[first:at]))
    return digests


def _items(
    tx: Transaction,
    table: Table,
    after: bytes,
    end: bytes | None,
    limit: int,
    bytes_max: int | None,
) -> list[tuple[bytes, bytes]]:
    prefix = table.prefix
    start = prefix + after + b"\0" if after else prefix
    stop = keyspace.successor(prefix) if end is None else prefix + end + b"\0"
    found = tx.range(start, stop, limit=limit, bytes_max=bytes_max)
    return [(key[len(prefix) :], value) for key, value in found]


def _write(value: bytes) -> Write:
    item, size, stamp = stored.json_of(value), stored.size_of(value), stored.stamp_of(value)
    return Write(b"", item, size, stamp, 0)


def _digest(items: list[tuple[bytes, bytes]]) -> str:
    digest = blake2b(digest_size=16)
    for key, value in items:
        digest.update(len(key).to_bytes(2, "big") + key + pack_stamp(stored.stamp_of(value)))
    return digest.hexdigest()


async def walk(context: Context, shipper: Shipper) -> bool:
    """Copy all there is, from where the link's copy stands; True when it is complete.

    False: the context said stop, or the table is gone. Raises Stopped.
    """
    engine, link = context.parts.engine, context.link
    stored = await engine.run(partial(current, known=link))
    if stored is None or stored.walked is None:
        return stored is not None
    after = bytes.fromhex(stored.walked)
    while not context.stopping:
        step = await engine.run(partial(_step, context=context, after=after))
        if step is None:
            return False
        blocks = await _differing(context, after, step) if link.compares else step.blocks
        writes = [write for block in blocks for write in block.writes]
        if writes:
            await shipper.ship(writes)
        await engine.run(partial(_note, context=context, end=step.end))
        if step.end is None:
            return True
        after = step.end
        await sleep_ms(context.parts.clock, 0)
    return False


def _step(tx: Transaction, context: Context, after: bytes) -> Step | None:
    link = context.link
    table = context.parts.catalog.find(tx, link.scope, link.table)
    if table is None or table.schema.id != link.table_id:
        return None
    return take_step(tx, table, after)


async def _differing(context: Context, after: bytes, step: Step) -> list[Block]:
    """The blocks that the other side has not as they are here. Trouble is for the shipper."""
    link = context.link
    question = {
        **link.head._asdict(),
        "after": after.hex(),
        "ends": [None if block.end is None else block.end.hex() for block in step.blocks],
    }
    try:
        answer = await context.parts.lines.to(link.region).ask("digests", orjson.dumps(question))
    except (CallFailed, PeerRefused):
        return step.blocks
    return [
        block
        for block, digest in zip(step.blocks, answer["digests"], strict=True)
        if digest != block.digest
    ]


def _note(tx: Transaction, context: Context, end: bytes | None) -> None:
    """Store how far the copy has come."""
    link = current(tx, context.link)
    if link is not None and link.walked is not None:
        put_link(tx, replace(link, walked=None if end is None else end.hex()))
