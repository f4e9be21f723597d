"""What tests of mappings share: a node whose clock is moved by hand, with one function that does
what each test writes into a file, so that a test needs no process of its own.
"""

import io
import itertools
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.tables import create_table

from headwater.testing.process import NodeProcess
from headwater.testing.stage import Stage

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/r"
ACTOR = "actor"

# Notes each event, then does what the file beside it says: fails (keys), names (keys that are
# reported), answer (returned as it is), sums (counts records into the window's state), dies.
SOURCE = """
import json, os

def handler(event, context):
    records = event["Records"]
    arn = event.get("eventSourceARN") or records[0]["eventSourceARN"]
    path = os.path.join(os.environ["DESK"], arn.split("/")[1])
    with open(path + ".seen", "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    with open(path + ".does") as file:
        does = json.load(file)
    key = lambda record: record["dynamodb"]["Keys"]["pk"]["S"]
    if does.get("dies"):
        os._exit(3)
    if does.get("fails") == "all" or any(key(one) in does.get("fails", ()) for one in records):
        raise ValueError("boom")
    if "sums" in does:
        state = event["state"]
        state["seen"] = state.get("seen", 0) + len(records)
        return {"state": state}
    if "names" in does:
        named = [one["dynamodb"]["SequenceNumber"] for one in records if key(one) in does["names"]]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in named]}
    return does.get("answer")
"""

_numbers = itertools.count()


class House:
    """The node of a worker, its clients, and the function `actor`."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.directory = directory
        self.stage = Stage(url)
        self._clients: list[Any] = []
        self.dynamodb, self.functions, self.streams, self.sqs = (
            self.client(name) for name in ("dynamodb", "lambda", "dynamodbstreams", "sqs")
        )
        self.make_function(ACTOR)

    def client(self, service: str) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Let go of connections; a socket left open fails whichever test runs when it is found."""
        self.stage.close()
        for client in self._clients:
            client.close()

    def make_function(self, name: str, source: str = SOURCE, **params: Any) -> None:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", source)
        given = {
            "FunctionName": name,
            "Runtime": RUNTIME,
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": package.getvalue()},
            "Timeout": 10,
            "Environment": {"Variables": {"DESK": str(self.directory)}},
        }
        self.functions.create_function(**(given | params))


class Desk:
    """One test's table, mapping and queue; what its function saw, and what it is to do."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.functions = house.functions
        self.table = f"desk-{os.getpid()}-{next(_numbers)}"
        self.uuid = ""
        self.does()
        made = create_table(house.dynamodb, self.table, view="NEW_AND_OLD_IMAGES")
        self.arn = made["LatestStreamArn"]

    # --- the mapping -----------------------------------------------------------------------------

    def create(self, **params: Any) -> dict[str, Any]:
        """CreateEventSourceMapping, for the desk's stream and the actor unless said otherwise."""
        given = {
            "EventSourceArn": self.arn,
            "FunctionName": ACTOR,
            "StartingPosition": "TRIM_HORIZON",
        } | params
        wanted = {name: value for name, value in given.items() if value is not None}
        answer = self.functions.create_event_source_mapping(**wanted)
        self.uuid = answer["UUID"]
        return dict(answer)

    def map(self, **params: Any) -> dict[str, Any]:
        """As `create`, and wait until it is settled."""
        answer = self.create(**params)
        self.settle()
        return answer

    def get(self) -> dict[str, Any]:
        answer = dict(self.functions.get_event_source_mapping(UUID=self.uuid))
        del answer["ResponseMetadata"]
        return answer

    def update(self, **params: Any) -> dict[str, Any]:
        return dict(self.functions.update_event_source_mapping(UUID=self.uuid, **params))

    def refusal(self, call: Any, **params: Any) -> tuple[str, int, str]:
        """(code, status, text) of the error a call is answered with."""
        with pytest.raises(ClientError) as refused:
            call(**params)
        response = refused.value.response
        error = response["Error"]
        return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]

    def to_queue(self) -> dict[str, Any]:
        """DestinationConfig of a new queue of the node's, named as the table."""
        self.house.sqs.create_queue(QueueName=self.table)
        arn = f"arn:aws:sqs:us-east-1:000000000000:{self.table}"
        return {"OnFailure": {"Destination": arn}}

    def messages(self) -> list[dict[str, Any]]:
        """What lies in the queue, and stays there."""
        url = self.house.sqs.get_queue_url(QueueName=self.table)["QueueUrl"]
        found = self.house.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [json.loads(one["Body"]) for one in found.get("Messages", ())]

    # --- the function ----------------------------------------------------------------------------

    def does(self, **what: Any) -> None:
        """What the function is to do from now on."""
        (self.house.directory / f"{self.table}.does").write_text(json.dumps(what))

    def events(self) -> list[dict[str, Any]]:
        """Every event it saw."""
        file = self.house.directory / f"{self.table}.seen"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def seen(self) -> list[list[str]]:
        """The keys of each event's records."""
        return [
            [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]
            for event in self.events()
        ]

    # --- changes and time ------------------------------------------------------------------------

    def put(self, *keys: str, **attributes: Any) -> None:
        """One change for each key, in one transaction: a reader sees all or none."""
        puts = [
            {"Put": {"TableName": self.table, "Item": {"pk": {"S": key}, **attributes}}}
            for key in keys
        ]
        self.house.dynamodb.transact_write_items(TransactItems=puts)

    def delete(self, key: str) -> None:
        self.house.dynamodb.delete_item(TableName=self.table, Key={"pk": {"S": key}})

    def settle(self) -> None:
        """Let everything happen that does not need time to pass."""
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        self.house.stage.clock.advance(seconds=seconds)

    def close(self) -> None:
        if self.uuid:
            self.settle()
            try:
                self.functions.delete_event_source_mapping(UUID=self.uuid)
            except ClientError:
                pass  # the test did so


@pytest.fixture(scope="session")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """One for each worker, in memory, at 2026-03-04T05:06:40Z and one shard a table."""
    if request.config.getoption("--endpoint"):
        pytest.skip("needs a node whose clock can be moved")
    directory = tmp_path_factory.mktemp("house")
    flags = ("--clock", "virtual", "--clock-start", "2026-03-04T05:06:40Z")
    process = NodeProcess(
        *flags, "--initial-partitions", "1", data=None, log=directory / "node.log"
    )
    with process:
        made = House(process.url, directory)
        yield made
        made.close()


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    opened = Desk(house)
    yield opened
    opened.close()
