"""Does PutItem slow down as the change log grows, from 10,000 records to 1,000,000?"""

from filled import fill_log
from harness import Report, create_table, item, load, node, options, request_file
from wire import Caller, request

SHORT_LOG = 10_000
LONG_LOG = 1_000_000
KEYS = 10_000
MEASURED = 20_000


def main() -> None:
    """The log is filled while the node is down; then the same keys are put over and over."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("log_length", __doc__, chosen.runs)
    connections = chosen.connections[0]
    lengths = (SHORT_LOG, int(LONG_LOG * chosen.scale))
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            rates, costs = [], []
            for records in lengths:
                with node("--initial-partitions", "1") as server:
                    create_table(Caller(server.port), "bench")
                    server.stop()
                    assert server.data is not None
                    fill_log(server.data, "bench", records)
                    server.start()
                    load(server, file, connections, count=KEYS)
                    figures = load(server, file, connections, count=MEASURED)
                names = ("per_second", "p50_us", "p99_us", "cpu_us")
                report.add(f"{records:,} records", **{name: figures[name] for name in names})
                rates.append(figures["per_second"])
                costs.append(figures["cpu_us"])
            report.add("long to short", per_second=rates[1] / rates[0], cpu_us=costs[1] / costs[0])
    report.finish()


if __name__ == "__main__":
    main()
