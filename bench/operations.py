"""What does each operation cost, as a ratio to PutItem and GetItem of the same items?

All of them in one run on one table of items of 1 KB with a stream, in turns, so that whatever else
the machine does meets them alike. The ratios are of the node's processor time: for a request, and
for each item that it reads or writes.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from harness import Report, create_table, item, load, node, options, request_file
from wire import Caller, request

PARTITIONS = 400
ITEMS = 25  # of a partition, and of a request that takes many
CONNECTIONS = 16


def stored(number: int) -> dict[str, Any]:
    """Item `number` of the table: ITEMS of each partition."""
    partition, position = divmod(number % (PARTITIONS * ITEMS), ITEMS)
    key = {"pk": {"S": f"p{partition:06d}"}, "sk": {"S": f"{position:06d}"}}
    return {**item(number, size_bytes=1015), **key}


def key(number: int) -> dict[str, Any]:
    """The key of item `number`."""
    return {name: stored(number)[name] for name in ("pk", "sk")}


class Kind(NamedTuple):
    """One row: how request number n is made, how many items it is about, what it is held to."""

    make: Callable[[int], bytes]
    items: int
    base: str


def many(first: int) -> range:
    """The numbers of the items of a request that takes many."""
    return range(first * ITEMS, first * ITEMS + ITEMS)


def one(operation: str, **params: Any) -> bytes:
    """A request to the table."""
    return request(operation, {"TableName": "bench", **params})


def query(number: int) -> bytes:
    """A whole partition."""
    values = {":pk": stored(number * ITEMS)["pk"]}
    condition = "pk = :pk"
    return one("Query", KeyConditionExpression=condition, ExpressionAttributeValues=values)


def scan(number: int) -> bytes:
    """As many items as a partition has, beginning anywhere."""
    return one("Scan", Limit=ITEMS, ExclusiveStartKey=key(number * ITEMS))


def update(number: int) -> bytes:
    """A new text for one attribute."""
    values = {":note": stored(number)["note"]}
    expression = "SET note = :note"
    return one(
        "UpdateItem",
        Key=key(number),
        UpdateExpression=expression,
        ExpressionAttributeValues=values,
    )


def batch_write(number: int) -> bytes:
    """Puts of items that are there."""
    puts = [{"PutRequest": {"Item": stored(each)}} for each in many(number)]
    return request("BatchWriteItem", {"RequestItems": {"bench": puts}})


def batch_get(number: int) -> bytes:
    """Items by their keys."""
    keys = [key(each) for each in many(number)]
    return request("BatchGetItem", {"RequestItems": {"bench": {"Keys": keys}}})


def transact_write(number: int) -> bytes:
    """Puts of items that are there, all or none."""
    puts = [{"Put": {"TableName": "bench", "Item": stored(each)}} for each in many(number)]
    return request("TransactWriteItems", {"TransactItems": puts})


def transact_get(number: int) -> bytes:
    """Items by their keys, at one moment."""
    gets = [{"Get": {"TableName": "bench", "Key": key(each)}} for each in many(number)]
    return request("TransactGetItems", {"TransactItems": gets})


KINDS = {
    "PutItem": Kind(lambda number: one("PutItem", Item=stored(number)), 1, "PutItem"),
    "GetItem": Kind(lambda number: one("GetItem", Key=key(number)), 1, "GetItem"),
    "UpdateItem": Kind(update, 1, "PutItem"),
    "Query, 25 items": Kind(query, ITEMS, "GetItem"),
    "Scan, 25 items": Kind(scan, ITEMS, "GetItem"),
    "BatchGetItem, 25 items": Kind(batch_get, ITEMS, "GetItem"),
    "TransactGetItems, 25 items": Kind(transact_get, ITEMS, "GetItem"),
    "BatchWriteItem, 25 items": Kind(batch_write, ITEMS, "PutItem"),
    "TransactWriteItems, 25 items": Kind(transact_write, ITEMS, "PutItem"),
}


def requests(kind: Kind) -> Iterator[bytes]:
    """A round over the table."""
    return map(kind.make, range(PARTITIONS * ITEMS // kind.items))


def main() -> None:
    """Put all items, then measure each kind in turn."""
    chosen = options(__doc__, connections=str(CONNECTIONS))
    report = Report("operations", __doc__, chosen.runs)
    connections = chosen.connections[0]
    with node() as server:
        create_table(Caller(server.port), "bench", sort_key=True)
        with request_file(requests(KINDS["PutItem"])) as filling:
            load(server, filling, connections, count=PARTITIONS * ITEMS)
        for _, (name, kind) in itertools.product(range(chosen.runs), KINDS.items()):
            with request_file(requests(kind)) as file:
                ours = load(server, file, connections, seconds=chosen.seconds / 2)
            report.add(
                name,
                requests_per_second=ours["per_second"],
                items_per_second=ours["per_second"] * kind.items,
                p50_us=ours["p50_us"],
                cpu_us=ours["cpu_us"],
                cpu_us_per_item=ours["cpu_us"] / kind.items,
            )
            base = report.rows[kind.base]["cpu_us"][-1]
            report.add(
                name,
                times_put_or_get=ours["cpu_us"] / base,
                times_for_an_item=ours["cpu_us"] / kind.items / base,
            )
    report.notes.append("reads are held to GetItem, writes to PutItem, of the same run")
    report.finish()


if __name__ == "__main__":
    main()
