"""What a stopped node has on its disk of a replicated table: items, marks, and every record.

Read with the storage's own layout and the log's own format, and judged by nothing of the code that
replicates: who wins is decided here a second time, from the records alone.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

from headwater.arns import Scope
from headwater.changelog.read import read_log
from headwater.changelog.record import Change, unpack
from headwater.changelog.stream import later_streams, load_shards
from headwater.clock import SystemClock
from headwater.storage import keyspace
from headwater.storage.embedded import open_embedded
from headwater.storage.engine import Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.stored import json_of

ACCOUNT = "000000000000"


class Told(NamedTuple):
    """A record: the stamp of the write it tells of as (time, region), and the change."""

    sequence: int
    stamp: tuple[int, str]
    change: Change


class Evidence(NamedTuple):
    """items: stored bytes by placed key; records: of all shards, parents first"""

    region: str
    items: dict[bytes, bytes]
    records: list[Told]

    @property
    def images(self) -> set[bytes]:
        return {json_of(value) for value in self.items.values()}


def evidence_of(data: Path, region: str, table: str) -> Evidence:
    """What the node that kept `data` knows of a table of `region`. The node must not run."""

    def look(tx: Transaction) -> Evidence:
        scope = Scope(ACCOUNT, region)
        found = Catalog().find(tx, scope, table)
        assert found is not None, f"region {region} has no table {table}"
        prefix = found.prefix
        items = {
            key[len(prefix) :]: value for key, value in tx.range(prefix, keyspace.successor(prefix))
        }
        records = []
        for stream in later_streams(tx, scope, table, found.schema.id, 0):
            for shard in load_shards(tx, stream):
                for sequence, stored in read_log(tx, shard.log, 0, 10_000_000):
                    change = unpack(stored)
                    stamp = change.stamp
                    told = (sequence, region) if stamp is None else (stamp.time, stamp.region)
                    records.append(Told(sequence, told, change))
        records.sort(key=lambda told: told.sequence)
        return Evidence(region, items, records)

    async def read() -> Evidence:
        engine = open_embedded(data, SystemClock(), sync=False)
        try:
            return await engine.run(look)
        finally:
            engine.close()

    return asyncio.run(read())


def own_writes(evidence: Evidence) -> list[Told]:
    """What was written in the region itself."""
    return [told for told in evidence.records if told.stamp[1] == evidence.region]


def last_writes(every: list[Evidence]) -> dict[bytes, Told]:
    """For each item, by its keys, the write that comes last, of all that were made anywhere."""
    last: dict[bytes, Told] = {}
    for evidence in every:
        for told in own_writes(evidence):
            known = last.get(told.change.keys)
            if known is None or told.stamp > known.stamp:
                last[told.change.keys] = told
    return last


def check_story(evidence: Evidence) -> None:
    """The stream tells the table: each record begins where the one before it of its item ended,
    and the last of them all are the items."""
    images: dict[bytes, bytes] = {}
    for told in evidence.records:
        change = told.change
        assert images.get(change.keys, b"") == change.old, (
            f"{evidence.region}: a change of {change.keys!r} is missing before {told.sequence}"
        )
        images[change.keys] = change.new
    assert {image for image in images.values() if image} == evidence.images


def check_all(every: list[Evidence]) -> None:
    """All replicas are equal, the last write of each item is what is left, each stream tells its
    table."""
    first = every[0]
    for other in every[1:]:
        assert other.items == first.items, (
            f"{other.region} and {first.region} differ: "
            f"{sorted(set(other.items.items()) ^ set(first.items.items()))[:4]}"
        )
    expected = {told.change.new for told in last_writes(every).values() if told.change.new}
    for evidence in every:
        assert evidence.images == expected, (
            f"{evidence.region} has not what was written last: "
            f"{sorted(evidence.images ^ expected)[:4]}"
        )
        check_story(evidence)


def values_written(evidence: Evidence) -> set[bytes]:
    """All images that were written in the region."""
    return {told.change.new for told in own_writes(evidence)}
