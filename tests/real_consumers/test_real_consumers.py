"""Consumers that others wrote for AWS, unmodified, follow a stream through splits and roll-overs.

Each must hand over every record once, those of an item in the order of its changes. Versions and
what was seen: docs/consumers.md.
"""

import json
import shutil
import subprocess
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

DRIVERS = Path(__file__).with_name("drivers")
TABLE = "Followed"
KEYS = [f"k{number}" for number in range(8)]
ROUNDS = 12  # versions of each key between two changes of the shards
STEPS = ("split", "roll", "split", "roll", "roll")
RECORDS = ROUNDS * len(KEYS) * (len(STEPS) + 1)


class Consumer:
    """A driver's process; it says `ready`, then a line for each record, then it ends."""

    def __init__(self, *line: str, errors: Path, **how: Any) -> None:
        with errors.open("wb") as sink:
            self.process = subprocess.Popen(
                line, stdout=subprocess.PIPE, stderr=sink, text=True, **how
            )
        self.errors = errors
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            self.process.wait()
            pytest.fail(errors.read_text())

    def records(self) -> list[dict[str, Any]]:
        """Everything it handed over, once it has ended by itself."""
        told, _ = self.process.communicate(timeout=270)
        assert self.process.returncode == 0, self.errors.read_text()
        return [json.loads(line) for line in told.splitlines()]


def create_table(node: Any) -> None:
    node.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def write_through_changes(node: Any) -> None:
    """Every version of every key, while shards are split and rolled over."""
    dynamodb = node.client("dynamodb")
    version = 0
    for step in (*STEPS, None):
        for _ in range(ROUNDS):
            version += 1
            for key in KEYS:
                item = {"pk": {"S": key}, "v": {"N": str(version)}}
                dynamodb.put_item(TableName=TABLE, Item=item)
        if step is not None:
            body = json.dumps({"table": TABLE}).encode()
            page = f"{node.url}/_headwater/shards/{step}"
            asked = urllib.request.Request(page, data=body, method="POST")
            urllib.request.urlopen(asked, timeout=60).close()


def check(records: list[dict[str, Any]]) -> None:
    """All, once, and the versions of each key in order."""
    versions: dict[str, list[int]] = defaultdict(list)
    for record in records:
        versions[record["pk"]].append(record["v"])
    expected = list(range(1, ROUNDS * (len(STEPS) + 1) + 1))
    assert dict(versions) == dict.fromkeys(KEYS, expected)
    assert len({record["number"] for record in records}) == RECORDS


@pytest.fixture
def node(node_factory: Any) -> Any:
    return node_factory("--initial-partitions", "2")


def test_bloop_follows_its_stream_while_it_is_written(
    node: Any, consumers: Path, tmp_path: Path
) -> None:
    python = str(consumers / "bin" / "python")
    driver = str(DRIVERS / "bloop_stream.py")
    line = (python, driver, node.url, TABLE, str(RECORDS))
    reading = Consumer(*line, errors=tmp_path / "errors")
    write_through_changes(node)
    check(reading.records())


def test_dynamodb_streams_readable_follows_while_it_is_written(
    node: Any, consumers: Path, tmp_path: Path
) -> None:
    binary = shutil.which("node")
    modules = consumers / "npm" / "node_modules"
    if binary is None or not modules.is_dir():
        pytest.skip("needs node and npm")
    create_table(node)
    driver = str(DRIVERS / "readable_stream.js")
    line = (binary, driver, node.url, TABLE, str(RECORDS))
    environment = {"NODE_PATH": str(modules), "PATH": str(Path(binary).parent)}
    reading = Consumer(*line, errors=tmp_path / "errors", env=environment)
    write_through_changes(node)
    check(reading.records())


def test_the_aws_cli_reads_what_was_written(node: Any, consumers: Path, tmp_path: Path) -> None:
    create_table(node)
    write_through_changes(node)
    python = str(consumers / "bin" / "python")
    driver = str(DRIVERS / "cli_loop.py")
    reading = Consumer(python, driver, node.url, TABLE, str(RECORDS), errors=tmp_path / "errors")
    check(reading.records())
