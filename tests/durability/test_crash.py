"""SIGKILL at random moments under load: what was acknowledged is there, and tells its story.

Several writers, each the only one of its keys, put, update, delete and transact as fast as they
can; the node is killed, started again, and looked at from outside:

- the table holds, for every key, its last acknowledged change or one that was under way;
- the stream, replayed from its beginning, gives exactly the table: no change without its record,
  no record without its change;
- every acknowledged change has its record, and the records of a key are in the order of its
  changes;
- a mapped function was handed every record, those of a key in order.

CRASH_ROUNDS says how often (`make crash`: 50).
"""

import itertools
import os
import random
import threading
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.tables import create_table

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "3"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
WRITERS = 4
KEYS_OF_A_WRITER = 5
TABLE = "Crash"
HANDLER = """
import os
def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        for record in event["Records"]:
            key = record["dynamodb"]["Keys"]["pk"]["S"]
            print(key, record["dynamodb"]["SequenceNumber"], file=seen)
"""


class Writer(threading.Thread):
    """Changes its own keys until the node is gone; remembers what it was told.

    acknowledged  per key, the versions whose change was acknowledged, in order
    under_way     the (key, version) pairs of the request that was never answered
    A version is a number that grows with every request; deletes have one too.
    """

    versions = itertools.count(1)

    def __init__(self, client: Any, number: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.keys = [f"w{number}-k{key}" for key in range(KEYS_OF_A_WRITER)]
        self.random = random.Random(seed)
        self.acknowledged: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        self.under_way: dict[str, tuple[int, bool]] = {}
        self.trouble: BaseException | None = None

    def run(self) -> None:
        while True:
            kind = self.random.choice(("put", "put", "update", "delete", "transact"))
            keys = self.random.sample(self.keys, 3) if kind == "transact" else [self.pick()]
            version = next(self.versions)
            exists = kind != "delete"
            self.under_way = dict.fromkeys(keys, (version, exists))
            try:
                self.send(kind, keys, version)
            except ClientError as error:
                self.trouble = error
                return
            except (BotoCoreError, OSError):
                return
            for key in keys:
                self.acknowledged[key].append((version, exists))
            self.under_way = {}

    def pick(self) -> str:
        return self.random.choice(self.keys)

    def send(self, kind: str, keys: list[str], version: int) -> None:
        key = {"pk": {"S": keys[0]}}
        changed = {"v": {"N": str(version)}, "pad": {"S": "x" * self.random.randrange(2000)}}
        if kind == "put":
            self.client.put_item(TableName=TABLE, Item=key | changed)
        elif kind == "update":
            self.client.update_item(
                TableName=TABLE,
                Key=key,
                UpdateExpression="SET v = :v",
                ExpressionAttributeValues={":v": changed["v"]},
            )
        elif kind == "delete":
            self.client.delete_item(TableName=TABLE, Key=key)
        else:
            puts = [{"Put": {"TableName": TABLE, "Item": {"pk": {"S": k}} | changed}} for k in keys]
            self.client.transact_write_items(TransactItems=puts)


def records_of(streams: Any, arn: str) -> Iterator[dict[str, Any]]:
    """Every record of a stream, shard by shard."""
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert "LastEvaluatedShardId" not in description
    for shard in description["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while True:
            page = streams.get_records(ShardIterator=iterator)
            yield from page["Records"]
            if not page["Records"]:
                break
            iterator = page["NextShardIterator"]


def version_of(image: dict[str, Any] | None) -> int | None:
    return None if image is None else int(image["v"]["N"])


def check_story(
    writers: list[Writer], table: dict[str, Any], records: list[dict[str, Any]]
) -> None:
    """The four claims of this module's head, but for the function."""
    replayed: dict[str, Any] = {}
    told: dict[str, list[int | None]] = defaultdict(list)
    last: dict[str, int] = {}
    for record in records:
        change = record["dynamodb"]
        key = change["Keys"]["pk"]["S"]
        assert replayed.get(key) == change.get("OldImage"), f"{key}: a change is missing"
        assert int(change["SequenceNumber"]) > last.get(key, 0), f"{key}: out of order"
        last[key] = int(change["SequenceNumber"])
        replayed[key] = change.get("NewImage")
        told[key].append(version_of(change.get("NewImage")))
    assert {key: image for key, image in replayed.items() if image} == table
    for writer in writers:
        for key in writer.keys:
            check_key(writer, key, version_of(table.get(key)), told[key])


def check_key(writer: Writer, key: str, found: int | None, told: list[int | None]) -> None:
    acknowledged = writer.acknowledged[key]
    allowed: set[int | None] = set()
    if acknowledged:
        version, exists = acknowledged[-1]
        allowed.add(version if exists else None)
    else:
        allowed.add(None)
    if key in writer.under_way:
        version, exists = writer.under_way[key]
        allowed.add(version if exists else None)
    assert found in allowed, f"{key}: {found}, but acknowledged was {acknowledged[-1:]}"
    wanted = [version for version, exists in acknowledged if exists]
    present = [version for version in told if version is not None]
    assert [version for version in present if version in set(wanted)] == wanted


def zipped(source: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", source)
    return buffer.getvalue()


def seen_by_function(path: Path) -> dict[str, list[int]]:
    seen: dict[str, list[int]] = defaultdict(list)
    for line in path.read_text().splitlines():
        key, _, sequence = line.partition(" ")
        if sequence:
            seen[key].append(int(sequence))
    return seen


def first_deliveries(sequences: list[int]) -> list[int]:
    """The sequences in the order in which each was delivered for the first time."""
    return list(dict.fromkeys(sequences))


@pytest.mark.deadline(1200)
def test_nothing_acknowledged_is_lost_and_every_change_has_its_record(
    node_factory: Any, tmp_path: Path, eventually: Any
) -> None:
    dice = random.Random(SEED)
    node = node_factory()
    seen = tmp_path / "seen"
    seen.touch()
    dynamodb, streams, functions = (
        node.client(service) for service in ("dynamodb", "dynamodbstreams", "lambda")
    )
    arn = create_table(dynamodb, TABLE, view="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
    functions.create_function(
        FunctionName="seen",
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="app.handler",
        Code={"ZipFile": zipped(HANDLER)},
        Environment={"Variables": {"SEEN": str(seen)}},
    )
    functions.create_event_source_mapping(
        FunctionName="seen", EventSourceArn=arn, StartingPosition="TRIM_HORIZON", BatchSize=50
    )
    writers: list[Writer] = []
    for round_number in range(ROUNDS):
        fresh = [
            Writer(node.client("dynamodb"), number, SEED * 1000 + round_number * 10 + number)
            for number in range(WRITERS)
        ]
        for old, new in zip(writers, fresh, strict=False):
            new.acknowledged = old.acknowledged
        writers = fresh
        for writer in writers:
            writer.start()
        threading.Event().wait(dice.uniform(0.05, 0.8))
        node.kill()
        for writer in writers:
            writer.join(timeout=120)
            assert writer.trouble is None, writer.trouble
        node.start()
        table = {
            item["pk"]["S"]: item
            for page in dynamodb.get_paginator("scan").paginate(TableName=TABLE)
            for item in page["Items"]
        }
        check_story(writers, table, list(records_of(streams, arn)))
        settle(writers, table)
    sequences = sequences_by_key(records_of(streams, arn))
    eventually(
        lambda: {k: sorted(set(v)) for k, v in seen_by_function(seen).items()} == sequences,
        seconds=300,
        what="delivery of every record to the function",
    )
    for key, delivered in seen_by_function(seen).items():
        assert first_deliveries(delivered) == sequences[key], f"{key}: handed over out of order"


def settle(writers: list[Writer], table: dict[str, Any]) -> None:
    """What was under way has been decided by now: remember it as the key's last change."""
    for writer in writers:
        for key, (version, exists) in writer.under_way.items():
            found = version_of(table.get(key))
            if found == (version if exists else None):
                writer.acknowledged[key].append((version, exists))
        writer.under_way = {}


def sequences_by_key(records: Iterator[dict[str, Any]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        found[key].append(int(record["dynamodb"]["SequenceNumber"]))
    return dict(found)


def test_the_check_itself_notices_a_missing_record() -> None:
    """The story with one of its records taken out does not pass."""
    writer = Writer(None, 0, 1)
    image = {"pk": {"S": "w0-k0"}, "v": {"N": "2"}}
    first = {"pk": {"S": "w0-k0"}, "v": {"N": "1"}}
    writer.acknowledged["w0-k0"] = [(1, True), (2, True)]
    keys = {"pk": {"S": "w0-k0"}}
    one = {"dynamodb": {"Keys": keys, "NewImage": first, "SequenceNumber": "1"}}
    two = {"dynamodb": {"Keys": keys, "OldImage": first, "NewImage": image, "SequenceNumber": "2"}}
    check_story([writer], {"w0-k0": image}, [one, two])
    with pytest.raises(AssertionError):
        check_story([writer], {"w0-k0": image}, [two])
    with pytest.raises(AssertionError):
        check_story([writer], {"w0-k0": first}, [one])
