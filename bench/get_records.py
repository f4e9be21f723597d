"""How fast does one reader drain a stream of records with both images of 1 KB?"""

import time

from harness import Report, create_table, item, load, node, options, request_file
from streams import pages, stream_arn
from wire import Caller, request

RECORDS = 50_000


def main() -> None:
    """Fill a stream with updates (old and new image), then read it to its end, again and again."""
    chosen = options(__doc__)
    report = Report("get_records", __doc__, chosen.runs)
    records = int(RECORDS * chosen.scale)
    keys = records // 10
    # Ten rounds over the same keys: nine of ten records carry an old image too.
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(keys))
    with request_file(puts) as file, node() as server:
        caller = Caller(server.port)
        create_table(caller, "bench")
        load(server, file, 16, count=keys * 10)
        arn = stream_arn(caller, "bench")
        for _ in range(chosen.runs):
            started = time.perf_counter()
            sizes = [len(page) for page in pages(caller, arn)]
            took_s = time.perf_counter() - started
            assert sum(sizes) == keys * 10, f"{sum(sizes)} records, {keys * 10} were written"
            report.add(
                f"{keys * 10:,} records",
                records_per_second=sum(sizes) / took_s,
                calls_per_second=len(sizes) / took_s,
                records_per_call=sum(sizes) / len(sizes),
            )
    report.notes.append("The reader parses each page with orjson on its own core; that is counted.")
    report.finish()


if __name__ == "__main__":
    main()
