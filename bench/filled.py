"""A table that is large, or has a long stream, before anything is measured.

It is filled while the node is down. Millions of requests would take minutes and measure something
else. What lies there is what PutItem would have left; with a long log the items are left out.
"""

from collections.abc import Collection, Iterable
from functools import partial
from itertools import islice
from pathlib import Path

from headwater.arns import Scope
from headwater.changelog.record import Change, pack
from headwater.clock import SystemClock
from headwater.loops import run
from headwater.storage import keyspace
from headwater.storage.embedded import open_embedded
from headwater.storage.engine import Transaction
from headwater.storage.sequence import at_ms, to_wire
from headwater.tables import write
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table
from headwater.values.size import Item, item_size

SCOPE = Scope("000000000000", "us-east-1")
_STEP = 20_000


def fill_log(
    data: Path, table: str, records: int, *, age_ms: int = 0, told: Collection[int] = ()
) -> list[str]:
    """Append `records` small changes to the one open shard of `table`, in a data directory that no
    node has open.

    age_ms  how long ago they were made
    told    places in the log whose sequence numbers are wanted
    """
    numbers: list[str] = []
    now_ms = SystemClock().now_ms()
    engine = open_embedded(data, SystemClock(), sync=False)

    def step(tx: Transaction, first: int, count: int) -> None:
        found = Catalog().find(tx, SCOPE, table)
        assert found is not None and found.stream is not None
        (shard,) = found.stream.shards.shards
        for number in range(first, first + count):
            stored = _stored(number, now_ms - age_ms)
            if age_ms:
                # The engine numbers nothing below what it has numbered.
                sequence = at_ms(now_ms - age_ms) + number
                tx.put(keyspace.record_key(shard.log, sequence), stored)
            else:
                sequence = tx.append(shard.log, stored)
            if number in told:
                numbers.append(to_wire(sequence))

    async def main() -> None:
        for first in range(0, records, _STEP):
            count = min(_STEP, records - first)
            await engine.run(partial(step, first=first, count=count))

    run(main())
    engine.close()
    return numbers


def fill_table(data: Path, table: str, items: Iterable[Item]) -> None:
    """Put items into a table, in a data directory that no node has open. Their changes are left
    out of its stream, as if it had been turned on later."""
    now_ms = SystemClock().now_ms()
    engine = open_embedded(data, SystemClock(), sync=False)
    waiting = iter(items)

    def step(tx: Transaction) -> bool:
        found = Catalog().find(tx, SCOPE, table)
        assert found is not None
        silent = Table(found.schema, None)
        some = list(islice(waiting, _STEP))
        for item in some:
            write.put(tx, silent, item, item_size(item), now_ms)
        return bool(some)

    async def main() -> None:
        while await engine.run(step):
            pass

    run(main())
    engine.close()


def _stored(number: int, created_ms: int) -> bytes:
    keys = b'{"pk":{"S":"k%07d"}}' % (number % 100_000)
    image = b'{"pk":{"S":"k%07d"},"total":{"N":"%d"}}' % (number % 100_000, number)
    return pack(Change(created_ms, keys, 10, image, 20, b"", 0))
