"""What do traces cost a PutItem of 1 KB, in processor time of the node?

Two nodes of the same flags, but that one sends its spans to a collector, which takes and forgets
them. They are loaded in turns, and each pair of neighbours gives one figure for the difference;
processor time, sending included, says the same on a machine that does other things too.

    every request     no request names a trace, so each begins one and is sent
    none is kept      each request names a trace that its caller does not keep
"""

import contextlib
import statistics
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from harness import Report, create_table, item, load, node, options, over, request_file
from wire import Caller, request

KEYS: Final = 5_000
SLICE: Final = 2_500  # requests to one node before the other's turn
PAIRS: Final = 10
NOT_KEPT: Final = b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n"


class Collector(BaseHTTPRequestHandler):
    """Takes what comes."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def collector() -> Iterator[str]:
    """The URL of one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def with_header(raw: bytes, header: bytes) -> bytes:
    """A request with one more header."""
    first, _, rest = raw.partition(b"\r\n")
    return first + b"\r\n" + header + rest


def main() -> None:
    """Pairs of slices on two nodes in each run, for each kind of request."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("tracing_cost", __doc__, chosen.runs)
    puts = [request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS)]
    kinds = {"every request": puts, "none is kept": [with_header(one, NOT_KEPT) for one in puts]}
    pairs = max(2, round(PAIRS * chosen.scale))
    for _ in range(chosen.runs):
        with collector() as url, node("--otlp-endpoint", url) as traced, node() as plain:
            for server in (traced, plain):
                create_table(Caller(server.port), "bench")
            for kind, requests in kinds.items():
                with request_file(requests) as file:
                    for count in chosen.connections:
                        slices: dict[int, list[float]] = {traced.pid: [], plain.pid: []}
                        for server in (traced, plain) * (pairs + 1):
                            told = load(server, file, count, count=SLICE)
                            slices[server.pid].append(told["cpu_us"])
                        # The first pair warms up.
                        on, off = slices[traced.pid][1:], slices[plain.pid][1:]
                        shares = [100 * (a - b) / b for a, b in zip(on, off, strict=True)]
                        report.add(
                            f"{kind}, {over(count)}",
                            cpu_us=statistics.median(on),
                            cpu_us_without=statistics.median(off),
                            share_percent=statistics.median(shares),
                        )
    report.finish()


if __name__ == "__main__":
    main()
