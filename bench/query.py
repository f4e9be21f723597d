"""How many Query a second, each answering 20 items of 1 KB of one partition?"""

import orjson

from harness import (
    Report,
    beside,
    create_table,
    echo_server,
    item,
    load,
    node,
    options,
    over,
    pace,
    request_file,
)
from wire import Caller, request

PARTITIONS = 1000
ITEMS = 20
ANSWER_BYTES = len(orjson.dumps({"Count": ITEMS, "Items": [item(1)] * ITEMS}))


def put(partition: int, position: int) -> bytes:
    """The request that stores one item of one partition."""
    stored = {**item(partition), "sk": {"S": f"{position:04d}"}}
    return request("PutItem", {"TableName": "bench", "Item": stored})


def query(partition: int) -> bytes:
    """The request that reads a whole partition."""
    params = {
        "TableName": "bench",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": item(partition)["pk"]},
    }
    return request("Query", params)


def main() -> None:
    """Query partitions filled before, beside a bare server that answers as many bytes."""
    chosen = options(__doc__)
    report = Report("query", __doc__, chosen.runs)
    partitions = int(PARTITIONS * chosen.scale)
    puts = (put(partition, n) for partition in range(partitions) for n in range(ITEMS))
    queries = (query(partition) for partition in range(partitions))
    with request_file(puts) as filling, request_file(queries) as file, node() as server:
        create_table(Caller(server.port), "bench", sort_key=True)
        load(server, filling, 16, count=partitions * ITEMS)
        for _ in range(chosen.runs):
            for count in chosen.connections:
                with echo_server(ANSWER_BYTES) as other:
                    bare = load(other, file, count, seconds=chosen.seconds / 2)
                ours = load(server, file, count, seconds=chosen.seconds)
                report.add(
                    over(count),
                    items_per_second=ours["per_second"] * ITEMS,
                    **pace(ours),
                    **beside(ours, bare),
                )
    report.finish()


if __name__ == "__main__":
    main()
