"""How many items a second through BatchWriteItem, 25 of 1 KB in each?"""

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
    request_file,
)
from wire import Caller, request

BATCHES = 2000
ITEMS = 25
ANSWER_BYTES = len('{"UnprocessedItems":{}}')


def batch(number: int) -> bytes:
    """The request that puts one batch of new items."""
    puts = [{"PutRequest": {"Item": item(number * ITEMS + n)}} for n in range(ITEMS)]
    return request("BatchWriteItem", {"RequestItems": {"bench": puts}})


def main() -> None:
    """Write batches to a fresh node for each run, beside a bare server fed the same bytes."""
    chosen = options(__doc__, connections="1,16")
    report = Report("batch_write_item", __doc__, chosen.runs)
    with request_file(batch(number) for number in range(BATCHES)) as file:
        for _ in range(chosen.runs):
            for count in chosen.connections:
                with echo_server(ANSWER_BYTES) as other:
                    bare = load(other, file, count, seconds=chosen.seconds / 2)
                with node() as server:
                    create_table(Caller(server.port), "bench")
                    ours = load(server, file, count, seconds=chosen.seconds)
                report.add(
                    over(count),
                    items_per_second=ours["per_second"] * ITEMS,
                    requests_per_second=ours["per_second"],
                    p50_us=ours["p50_us"],
                    p99_us=ours["p99_us"],
                    **beside(ours, bare),
                )
    report.finish()


if __name__ == "__main__":
    main()
