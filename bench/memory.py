"""How much memory does a node hold, idle and after 100,000 items of 1 KB with their records?"""

from pathlib import Path

from harness import Report, create_table, item, load, node, options, request_file
from wire import Caller, request

ITEMS = 100_000


def resident_mb(pid: int) -> float:
    """Memory of a process that is in RAM, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} tells no VmRSS")


def main() -> None:
    """Look at a fresh node before and after the writes."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("memory", __doc__, chosen.runs)
    items = int(ITEMS * chosen.scale)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(items))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            with node() as server:
                create_table(Caller(server.port), "bench")
                report.add("idle", resident_mb=resident_mb(server.pid))
                load(server, file, chosen.connections[0], count=items)
                report.add(f"after {items:,} items", resident_mb=resident_mb(server.pid))
    report.finish()


if __name__ == "__main__":
    main()
