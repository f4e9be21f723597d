"""What does a Query page of 1 MB cost the node, against copying its bytes to a socket?

Copying is `echo_server.py` answering as many bytes, in two ways: made anew for each answer, as any
server has to, or kept ready and copied into the reply. Beside it: pages of larger items, a Scan,
and a page of which a filter lets nothing through.
"""

from pathlib import Path
from typing import Any

import orjson

from harness import (
    Options,
    Report,
    create_table,
    echo_server,
    item,
    load,
    node,
    options,
    request_file,
)
from wire import Caller, request

PAGE_BYTES = 1024 * 1024
SIZES = (1024, 4096, 32768)
CONNECTIONS = 4
PARTITIONS = 8


def put(partition: int, position: int, size_bytes: int) -> bytes:
    """The request that stores one item of a partition, which holds items of one size."""
    key = {"pk": {"S": f"{size_bytes}-{partition}"}, "sk": {"S": f"{position:06d}"}}
    stored = {**item(1, size_bytes=size_bytes - 10), **key}
    return request("PutItem", {"TableName": "bench", "Item": stored})


def query(partition: int, size_bytes: int, *, filtered: bool = False) -> bytes:
    """The request for the first page of a partition; filtered: of which nothing is shown."""
    values = {":pk": {"S": f"{size_bytes}-{partition}"}}
    params: dict[str, Any] = {"TableName": "bench", "KeyConditionExpression": "pk = :pk"}
    if filtered:
        params["FilterExpression"] = "#s = :other"
        params["ExpressionAttributeNames"] = {"#s": "status"}
        values[":other"] = {"S": "none"}
    return request("Query", {**params, "ExpressionAttributeValues": values})


def alone(answer_bytes: int, file: Path, chosen: Options, premade: bool) -> dict[str, float]:
    """The figures of a bare server."""
    with echo_server(answer_bytes, premade=premade) as server:
        return load(server, file, chosen.connections[0], seconds=chosen.seconds / 4)


def main() -> None:
    """Query partitions of a little over a page each, in turns with a bare server."""
    chosen = options(__doc__, connections=str(CONNECTIONS))
    report = Report("page", __doc__, chosen.runs)
    kinds: dict[str, list[bytes]] = {
        f"Query, items of {size:,} bytes": [query(one, size) for one in range(PARTITIONS)]
        for size in SIZES
    }
    kinds["Scan, items of 4,096 bytes"] = [request("Scan", {"TableName": "bench"})]
    kinds["Query, 1,024, all filtered out"] = [
        query(one, 1024, filtered=True) for one in range(PARTITIONS)
    ]
    puts = [
        put(partition, position, size)
        for size in SIZES
        for partition in range(PARTITIONS)
        for position in range(PAGE_BYTES // size + 2)
    ]
    with request_file(puts) as filling, node() as server:
        caller = Caller(server.port)
        create_table(caller, "bench", sort_key=True, stream=False)
        load(server, filling, 16, count=len(puts))
        for _ in range(chosen.runs):
            for kind, requests in kinds.items():
                answer = caller.exchange(requests[0])
                with request_file(requests) as file:
                    bare = alone(len(answer), file, chosen, premade=False)
                    ready = alone(len(answer), file, chosen, premade=True)
                    ours = load(server, file, chosen.connections[0], seconds=chosen.seconds / 2)
                report.add(
                    kind,
                    items=orjson.loads(answer)["ScannedCount"],
                    pages_per_second=ours["per_second"],
                    cpu_us=ours["cpu_us"],
                    bare_cpu_us=bare["cpu_us"],
                    ready_cpu_us=ready["cpu_us"],
                    times_bare=ours["cpu_us"] / bare["cpu_us"],
                    times_ready=ours["cpu_us"] / ready["cpu_us"],
                )
    report.finish()


if __name__ == "__main__":
    main()
