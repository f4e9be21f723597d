"""Does the cost of an operation grow with the table, from 10,000 items to 1,000,000?

A table of each size lies in a node of its own, filled while that is down, with items of 200 bytes,
ten of a partition; the nodes run side by side and are measured in turns. Keys are drawn evenly from
the whole table. Nodes of their own, because what a store does for its size it does for every table.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from random import Random
from typing import Any

from filled import fill_table
from harness import Report, create_table, item, load, node, options, request_file
from headwater.testing.process import NodeProcess
from wire import Caller, request

TABLE = "bench"
SIZES = (10_000, 100_000, 1_000_000)
ITEM_BYTES = 200
OF_A_PARTITION = 10
CONNECTIONS = 64
REQUESTS = 4_000


def stored(number: int) -> dict[str, Any]:
    """Item `number`."""
    partition, position = divmod(number, OF_A_PARTITION)
    key = {"pk": {"S": f"p{partition:08d}"}, "sk": {"S": f"{position:04d}"}}
    return {**item(number, size_bytes=ITEM_BYTES), **key}


def key(number: int) -> dict[str, Any]:
    """The key of item `number`."""
    return {name: stored(number)[name] for name in ("pk", "sk")}


def update(table: str, number: int) -> bytes:
    """A new text for one attribute."""
    values = {":note": stored(number)["note"]}
    params = {"UpdateExpression": "SET note = :note", "ExpressionAttributeValues": values}
    return request("UpdateItem", {"TableName": table, "Key": key(number), **params})


def query(table: str, number: int) -> bytes:
    """A whole partition."""
    values = {":pk": stored(number)["pk"]}
    params = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
    return request("Query", {"TableName": table, **params})


def of_item(operation: str, table: str, number: int) -> bytes:
    """An operation that takes an item, or its key."""
    subject = {"Item": stored(number)} if operation == "PutItem" else {"Key": key(number)}
    return request(operation, {"TableName": table, **subject})


KINDS: dict[str, Callable[[str, int], bytes]] = {
    "GetItem": partial(of_item, "GetItem"),
    "Query, 10 items": query,
    "PutItem, there": partial(of_item, "PutItem"),
    "UpdateItem": update,
    "DeleteItem": partial(of_item, "DeleteItem"),
    "PutItem, gone": partial(of_item, "PutItem"),  # puts back what was deleted
}


def requests(kind: str, size: int, run: int) -> Iterator[bytes]:
    """REQUESTS of them, about different items of a table."""
    numbers = Random(run).sample(range(size), REQUESTS)
    return (KINDS[kind](TABLE, number) for number in numbers)


@contextmanager
def filled(size: int) -> Iterator[NodeProcess]:
    """A node whose one table has `size` items."""
    with node() as server:
        create_table(Caller(server.port), TABLE, sort_key=True)
        server.stop()
        assert server.data is not None
        fill_table(server.data, TABLE, map(stored, range(size)))
        server.start()
        yield server


def main() -> None:
    """Fill the tables once; then every kind on every table, in every run."""
    chosen = options(__doc__, connections=str(CONNECTIONS))
    report = Report("table_size", __doc__, chosen.runs)
    sizes = [size for size in SIZES if chosen.scale == 1 or size < SIZES[-1]]
    with ExitStack() as nodes:
        servers = {size: nodes.enter_context(filled(size)) for size in sizes}
        for run, kind, size in product(range(chosen.runs), KINDS, sizes):
            with request_file(requests(kind, size, run)) as file:
                ours = load(servers[size], file, chosen.connections[0], count=REQUESTS)
            row = f"{kind}, {size:,} items"
            report.add(row, **{name: ours[name] for name in ("per_second", "p50_us", "cpu_us")})
            smallest = report.rows[f"{kind}, {sizes[0]:,} items"]["cpu_us"][-1]
            report.add(row, times_the_smallest=ours["cpu_us"] / smallest)
    report.finish()


if __name__ == "__main__":
    main()
