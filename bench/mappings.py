"""How fast do mappings deliver: from a put to a warm handler at a steady rate, draining, idling?"""

import http.client
import io
import json
import socket
import threading
import time
import zipfile
from typing import Any

import boto3

from harness import Report, create_table, item, node, options, percentiles
from load import cpu_s
from streams import stream_arn
from wire import Caller

PUTS_PER_SECOND = 500
STEADY_S = 6
BACKLOG = 100_000
IDLE_MAPPINGS, IDLE_TABLES, IDLE_S = 100, 20, 10
ROLE = "arn:aws:iam::000000000000:role/bench"

# Tells the moment it was entered and the keys it was given; or, without a listener, nothing.
TELLS = """
import json, os, socket, time

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener = ("127.0.0.1", int(os.environ["LISTENER"]))


def handle(event, context):
    entered_ns = time.time_ns()
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]
    sender.sendto(json.dumps([entered_ns, keys]).encode(), listener)
"""
NOTHING = "def handle(event, context):\n    pass\n"


def lambda_client(url: str) -> Any:
    """A client of the node's Lambda API."""
    return boto3.client(
        "lambda",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def deploy(client: Any, name: str, source: str, **variables: str) -> None:
    """Create a function."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bench.py", source)
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="bench.handle",
        Role=ROLE,
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": variables},
    )


def connect(client: Any, arn: str, function: str, **params: Any) -> str:
    """Map a stream from its start and wait until the mapping runs; its UUID."""
    uuid = str(
        client.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=function, StartingPosition="TRIM_HORIZON", **params
        )["UUID"]
    )
    while client.get_event_source_mapping(UUID=uuid)["State"] == "Creating":
        time.sleep(0.005)
    return uuid


class Ear:
    """Notes when the handler ran with each key."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.entered_ns: dict[str, int] = {}
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                entered_ns, keys = json.loads(self.socket.recv(65536))
            except OSError:
                return
            for key in keys:
                self.entered_ns.setdefault(key, entered_ns)

    def wait(self, count: int, seconds: float = 60) -> None:
        """Until so many keys were heard of."""
        deadline = time.monotonic() + seconds
        while len(self.entered_ns) < count and time.monotonic() < deadline:
            time.sleep(0.002)

    def close(self) -> None:
        self.socket.close()


def steady(scale: float) -> dict[str, float]:
    """Puts at a steady rate; each time from the acknowledged write to the handler's first line."""
    ear = Ear()
    with node("--initial-partitions", "4", pin=False) as server:
        caller = Caller(server.port)
        create_table(caller, "bench")
        client = lambda_client(server.url)
        deploy(client, "tells", TELLS, LISTENER=str(ear.port))
        connect(client, stream_arn(caller, "bench"), "tells")
        for number in range(200):
            caller.call("PutItem", TableName="bench", Item=item(number, prefix="warm"))
        ear.wait(200)
        count = int(PUTS_PER_SECOND * STEADY_S * scale)
        acknowledged: dict[str, int] = {}
        begins = time.perf_counter()
        for number in range(count):
            due = begins + number / PUTS_PER_SECOND
            while (ahead := due - time.perf_counter()) > 0:
                time.sleep(min(ahead, 0.001))
            stored = item(number)
            caller.call("PutItem", TableName="bench", Item=stored)
            acknowledged[stored["pk"]["S"]] = time.time_ns()
        took_s = time.perf_counter() - begins
        ear.wait(200 + count)
    heard = ear.entered_ns
    samples = [(heard[key] - at_ns) / 1000 for key, at_ns in acknowledged.items() if key in heard]
    ear.close()
    return {**percentiles(samples), "puts_per_second": count / took_s}


def drain(scale: float) -> dict[str, float]:
    """A backlog on one table of four shards, given to a warm handler that does nothing."""
    with node("--initial-partitions", "4", pin=False) as server:
        caller = Caller(server.port)
        create_table(caller, "bench")
        client = lambda_client(server.url)
        deploy(client, "nothing", NOTHING)
        uuid = connect(client, stream_arn(caller, "bench"), "nothing", BatchSize=1000)
        fill(caller, 0, 1000)
        wait_idle(server.port)
        client.update_event_source_mapping(UUID=uuid, Enabled=False)
        count = int(BACKLOG * scale)
        fill(caller, 1000, count)
        begins = time.perf_counter()
        client.update_event_source_mapping(UUID=uuid, Enabled=True)
        while client.get_event_source_mapping(UUID=uuid)["State"] != "Enabled":
            time.sleep(0.002)
        wait_idle(server.port)
        return {"records_per_second": count / (time.perf_counter() - begins)}


def fill(caller: Caller, first: int, count: int) -> None:
    """Write small items."""
    for start in range(first, first + count, 25):
        puts = [{"PutRequest": {"Item": item(start + n, size_bytes=100)}} for n in range(25)]
        caller.call("BatchWriteItem", RequestItems={"bench": puts})


def wait_idle(port: int) -> None:
    """Until every record was dealt with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=180)
    connection.request("GET", "/_headwater/idle?timeout_ms=120000")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    connection.close()


def idle() -> dict[str, float]:
    """The share of a core that mappings use which have nothing to do."""
    with node(pin=False) as server:
        caller = Caller(server.port)
        client = lambda_client(server.url)
        functions = range(IDLE_MAPPINGS // IDLE_TABLES)
        for function in functions:
            deploy(client, f"nothing{function}", NOTHING)
        for table in range(IDLE_TABLES):
            create_table(caller, f"bench{table}")
            for function in functions:
                client.create_event_source_mapping(
                    EventSourceArn=stream_arn(caller, f"bench{table}"),
                    FunctionName=f"nothing{function}",
                    StartingPosition="LATEST",
                )
        time.sleep(1)
        before = cpu_s(server.pid)
        time.sleep(IDLE_S)
        return {"idle_core_percent": (cpu_s(server.pid) - before) / IDLE_S * 100}


def resume() -> dict[str, float]:
    """From a node that answers again after SIGKILL to the first record at a handler."""
    ear = Ear()
    with node("--initial-partitions", "1", pin=False) as server:
        caller = Caller(server.port)
        create_table(caller, "bench")
        client = lambda_client(server.url)
        deploy(client, "tells", TELLS, LISTENER=str(ear.port))
        uuid = connect(client, stream_arn(caller, "bench"), "tells")
        caller.call("PutItem", TableName="bench", Item=item(0))
        ear.wait(1)
        client.update_event_source_mapping(UUID=uuid, Enabled=False)
        while client.get_event_source_mapping(UUID=uuid)["State"] != "Disabled":
            time.sleep(0.005)
        stored = item(1)
        caller.call("PutItem", TableName="bench", Item=stored)
        begins_ns = time.time_ns()
        client.update_event_source_mapping(UUID=uuid, Enabled=True)
        ear.wait(2)
        enabled_ms = (ear.entered_ns[stored["pk"]["S"]] - begins_ns) / 1e6
        server.kill()
        begins_ns = time.time_ns()
        server.start()
        answers_ns = time.time_ns()
        stored = item(2)
        Caller(server.port).call("PutItem", TableName="bench", Item=stored)
        ear.wait(3)
        delivered_ns = ear.entered_ns[stored["pk"]["S"]]
    ear.close()
    return {
        "enable_to_handler_ms": enabled_ms,
        "start_to_handler_ms": (delivered_ns - begins_ns) / 1e6,
        "answer_to_handler_ms": (delivered_ns - answers_ns) / 1e6,
    }


def main() -> None:
    """Four tables of figures."""
    chosen = options(__doc__)
    report = Report("mappings", __doc__, chosen.runs)
    for _ in range(chosen.runs):
        report.add(f"{PUTS_PER_SECOND} puts a second to a handler", **steady(chosen.scale))
        report.add("draining, 1,000 records a batch", **drain(chosen.scale))
        report.add(f"{IDLE_MAPPINGS} mappings on {IDLE_TABLES} tables", **idle())
        report.add("stopped and started", **resume())
    report.notes.append("The handler's process is warm, except in the last row.")
    report.finish()


if __name__ == "__main__":
    main()
