"""Each client makes a table, writes, reads, pages, batches, transacts, meets an error, cleans up.

Their own code parses the answers, so that a member that is missing or mistyped shows here. The
drivers assert; this file starts them.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

DRIVERS = Path(__file__).with_name("drivers")
PLAIN = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
SURROUNDINGS = {**PLAIN, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def drive(*line: str, **environment: str) -> str:
    """What a driver said, once it has ended well."""
    ended = subprocess.run(
        line, capture_output=True, text=True, timeout=270, env={**SURROUNDINGS, **environment}
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    return ended.stdout


@pytest.mark.parametrize("driver", ["aiobotocore_story.py", "pynamodb_story.py"])
def test_a_python_client_tells_its_story(node: Any, clients: Path, driver: str) -> None:
    python = str(clients / "bin" / "python")
    assert drive(python, str(DRIVERS / driver), node.url).endswith("done\n")


def test_the_document_client_of_javascript_tells_its_story(node: Any, clients: Path) -> None:
    binary = shutil.which("node")
    modules = clients / "npm" / "node_modules"
    if binary is None or not modules.is_dir():
        pytest.skip("needs node and npm")
    told = drive(binary, str(DRIVERS / "document_client.js"), node.url, NODE_PATH=str(modules))
    assert told.endswith("done\n")


class Cli:
    """The AWS CLI, one command at a time."""

    def __init__(self, clients: Path, url: str) -> None:
        self._line = [str(clients / "bin" / "python"), "-m", "awscli"]
        self._url = url

    def __call__(self, service: str, command: str, **options: Any) -> Any:
        """The answer of a command; options: underscores for dashes, JSON where it is no text."""
        words = []
        for name, value in options.items():
            words.append(f"--{name.replace('_', '-')}")
            if value is not True:
                words.append(value if isinstance(value, str) else json.dumps(value))
        told = drive(
            *self._line, service, command, *words, "--endpoint-url", self._url, "--output", "json"
        )
        return json.loads(told) if told.strip() else {}


def key(number: int) -> dict[str, Any]:
    return {"pk": {"S": "cli"}, "sk": {"N": str(number)}}


def test_the_aws_cli_tells_its_story(node: Any, clients: Path) -> None:
    cli = Cli(clients, node.url)
    made = cli(
        "dynamodb",
        "create-table",
        table_name="cli",
        attribute_definitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        key_schema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        billing_mode="PAY_PER_REQUEST",
        stream_specification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    cli("dynamodb", "put-item", table_name="cli", item={**key(1), "v": {"S": "one"}})
    got = cli("dynamodb", "get-item", table_name="cli", key=key(1))
    assert got["Item"]["v"] == {"S": "one"}
    updated = cli(
        "dynamodb",
        "update-item",
        table_name="cli",
        key=key(1),
        update_expression="SET v = :v",
        expression_attribute_values={":v": {"S": "two"}},
        return_values="ALL_NEW",
    )
    assert updated["Attributes"]["v"] == {"S": "two"}
    puts = [{"PutRequest": {"Item": key(number)}} for number in range(2, 9)]
    cli("dynamodb", "batch-write-item", request_items={"cli": puts})
    # The CLI pages by itself, three items at a time.
    found = cli(
        "dynamodb",
        "query",
        table_name="cli",
        key_condition_expression="pk = :p",
        expression_attribute_values={":p": {"S": "cli"}},
        page_size="3",
    )
    assert [item["sk"]["N"] for item in found["Items"]] == [str(n) for n in range(1, 9)]
    assert cli("dynamodb", "scan", table_name="cli", page_size="2")["Count"] == 8
    with pytest.raises(AssertionError, match="ConditionalCheckFailedException"):
        cli(
            "dynamodb",
            "put-item",
            table_name="cli",
            item=key(1),
            condition_expression="attribute_not_exists(pk)",
        )
    actions = [
        {"Put": {"TableName": "cli", "Item": key(9)}},
        {"Delete": {"TableName": "cli", "Key": key(8)}},
    ]
    cli("dynamodb", "transact-write-items", transact_items=actions)
    deleted = cli("dynamodb", "delete-item", table_name="cli", key=key(9), return_values="ALL_OLD")
    assert deleted["Attributes"] == key(9)
    stream = made["LatestStreamArn"]
    shards = cli("dynamodbstreams", "describe-stream", stream_arn=stream)["StreamDescription"]
    names = []
    for shard in shards["Shards"]:
        told = cli(
            "dynamodbstreams",
            "get-shard-iterator",
            stream_arn=stream,
            shard_id=shard["ShardId"],
            shard_iterator_type="TRIM_HORIZON",
        )
        page = cli("dynamodbstreams", "get-records", shard_iterator=told["ShardIterator"])
        names += [record["eventName"] for record in page["Records"]]
    assert sorted(names) == sorted(["INSERT", "MODIFY", *["INSERT"] * 8, "REMOVE", "REMOVE"])
    cli("dynamodb", "delete-table", table_name="cli")
