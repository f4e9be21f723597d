"""What does a Kinesis destination cost PutItem, with the table's stream off and on?

The node and its deliveries share core 0 (a destination has no core of its own); the load and the
Kinesis that takes everything share core 1.
"""

import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from harness import (
    HERE,
    Report,
    create_table,
    item,
    load,
    node,
    options,
    over,
    pinned,
    request_file,
)
from wire import Caller, request

KEYS = 60_000
ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/sink"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
CASES = {  # stream, destination
    "nothing": (False, False),
    "stream": (True, False),
    "destination": (False, True),
    "both": (True, True),
}


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """The port of a Kinesis that takes everything."""
    line = [*pinned(1), sys.executable, str(HERE / "kinesis_sink.py")]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


def enable(caller: Caller) -> None:
    """Deliver the table's changes, and wait until they are."""
    caller.call("EnableKinesisStreamingDestination", TableName="bench", StreamArn=ARN)
    while _status(caller) != "ACTIVE":
        time.sleep(0.01)


def _status(caller: Caller) -> str:
    answer = caller.call("DescribeKinesisStreamingDestination", TableName="bench")
    return str(answer["KinesisDataStreamDestinations"][0]["DestinationStatus"])


def delivered(port: int) -> int:
    """How many records have arrived."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        return int(answer.read())


def main() -> None:
    """Put on a fresh node for each run and case."""
    chosen = options(__doc__, connections="1,16")
    report = Report("kinesis_destination", __doc__, chosen.runs)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            for count in chosen.connections:
                for case, (stream, destination) in CASES.items():
                    flags: list[str] = []
                    with contextlib.ExitStack() as stack:
                        port = 0
                        if destination:
                            port = stack.enter_context(sink())
                            flags = ["--kinesis-endpoint", f"http://127.0.0.1:{port}"]
                        server = stack.enter_context(node(*flags, environment=CREDENTIALS))
                        caller = Caller(server.port)
                        create_table(caller, "bench", stream=stream)
                        if destination:
                            enable(caller)
                        ours = load(server, file, count, seconds=chosen.seconds)
                        figures = {name: ours[name] for name in ("per_second", "p50_us", "p99_us")}
                        if destination:
                            figures["delivered_meanwhile"] = delivered(port)
                        report.add(f"{over(count)}, {case}", **figures)
    report.finish()


if __name__ == "__main__":
    main()
