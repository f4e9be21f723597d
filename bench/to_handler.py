"""How long after a put is acknowledged does a mapped Python function run with its record?"""

import io
import json
import socket
import time
import zipfile
from typing import Any

import boto3

from harness import Report, create_table, item, node, options, percentiles
from streams import stream_arn
from wire import Caller

WRITES = 1000
# Tells the moment it was entered, and which item it was given, to whoever listens.
HANDLER = """
import json, os, socket, time

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener = ("127.0.0.1", int(os.environ["LISTENER"]))


def handle(event, context):
    entered_ns = time.time_ns()
    for record in event["Records"]:
        told = {"key": record["dynamodb"]["Keys"]["pk"]["S"], "entered_ns": entered_ns}
        sender.sendto(json.dumps(told).encode(), listener)
"""
ROLE = "arn:aws:iam::000000000000:role/bench"


def deploy(url: str, arn: str, listener: int) -> None:
    """Create the function, map the stream to it and wait until the mapping runs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("told.py", HANDLER)
    lambda_ = boto3.client(
        "lambda",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    lambda_.create_function(
        FunctionName="told",
        Runtime="python3.11",
        Handler="told.handle",
        Role=ROLE,
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"LISTENER": str(listener)}},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName="told")
    mapping = lambda_.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="told", StartingPosition="TRIM_HORIZON", BatchSize=100
    )
    while lambda_.get_event_source_mapping(UUID=mapping["UUID"])["State"] != "Enabled":
        time.sleep(0.02)
    lambda_.close()


def told(listener: socket.socket) -> dict[str, Any]:
    """The next word of the function."""
    word: dict[str, Any] = json.loads(listener.recv(65536))
    return word


def main() -> None:
    """One put at a time: the next one leaves when the function has told of the last."""
    chosen = options(__doc__)
    report = Report("to_handler", __doc__, chosen.runs)
    for _ in range(chosen.runs):
        with (
            node(pin=False) as server,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener,
        ):
            listener.bind(("127.0.0.1", 0))
            listener.settimeout(20)
            caller = Caller(server.port)
            create_table(caller, "bench")
            deploy(server.url, stream_arn(caller, "bench"), listener.getsockname()[1])
            caller.call("PutItem", TableName="bench", Item=item(0, prefix="warm"))
            told(listener)
            samples = []
            for number in range(int(WRITES * chosen.scale)):
                stored = item(number)
                caller.call("PutItem", TableName="bench", Item=stored)
                acknowledged_ns = time.time_ns()
                word = told(listener)
                assert word["key"] == stored["pk"]["S"], word
                samples.append((word["entered_ns"] - acknowledged_ns) / 1000)
        report.add("acknowledged to handler", **percentiles(samples))
    report.notes.append("Below zero is possible: the handler may run before the reply is read.")
    report.finish()


if __name__ == "__main__":
    main()
