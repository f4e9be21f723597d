"""Does the cost of an operation grow with the table, from 10,000 items to 1,000,000?

Tables of each size are filled while the node is down, with items of 200 bytes, ten of a partition;
all of them lie in one node, so that they are measured in turns. Keys are drawn evenly from the
whole table: at the largest it does not fit the store's block cache.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from random import Random
from typing import Any

from filled import fill_table
from harness import Report, create_table, item, load, node, options, request_file
from wire import Caller, request

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
    return (KINDS[kind](f"bench{size}", number) for number in numbers)


def main() -> None:
    """Fill the tables once; then every kind on every table, in every run."""
    chosen = options(__doc__, connections=str(CONNECTIONS))
    report = Report("table_size", __doc__, chosen.runs)
    sizes = [size for size in SIZES if chosen.scale == 1 or size < SIZES[-1]]
    with node() as server:
        for size in sizes:
            create_table(Caller(server.port), f"bench{size}", sort_key=True)
        server.stop()
        assert server.data is not None
        for size in sizes:
            fill_table(server.data, f"bench{size}", map(stored, range(size)))
        server.start()
        for run, kind, size in product(range(chosen.runs), KINDS, sizes):
            with request_file(requests(kind, size, run)) as file:
                ours = load(server, file, chosen.connections[0], count=REQUESTS)
            row = f"{kind}, {size:,} items"
            report.add(row, **{name: ours[name] for name in ("per_second", "p50_us", "cpu_us")})
            smallest = report.rows[f"{kind}, {sizes[0]:,} items"]["cpu_us"][-1]
            report.add(row, times_the_smallest=ours["cpu_us"] / smallest)
    report.finish()


if __name__ == "__main__":
    main()
