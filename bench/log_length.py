"""Does PutItem slow down as the change log grows, from 10,000 records to 1,000,000?"""

from harness import Report, create_table, item, load, node, options, request_file
from wire import Caller, request

SHORT_LOG = 10_000
LONG_LOG = 1_000_000
MEASURED = 20_000


def main() -> None:
    """Overwrite the same keys: the table keeps its size, only the log grows."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("log_length", __doc__, chosen.runs)
    connections = chosen.connections[0]
    long_log = int(LONG_LOG * chosen.scale)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(SHORT_LOG))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            with node() as server:
                create_table(Caller(server.port), "bench")
                load(server, file, connections, count=SHORT_LOG)
                early = load(server, file, connections, count=MEASURED)
                load(server, file, connections, count=long_log - SHORT_LOG - MEASURED)
                late = load(server, file, connections, count=MEASURED)
            for records, figures in ((SHORT_LOG, early), (long_log, late)):
                report.add(
                    f"{records:,} records",
                    per_second=figures["per_second"],
                    p50_us=figures["p50_us"],
                    p99_us=figures["p99_us"],
                )
            report.add("long to short", per_second=late["per_second"] / early["per_second"])
    report.finish()


if __name__ == "__main__":
    main()
