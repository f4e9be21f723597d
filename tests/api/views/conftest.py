"""What tests of views share: a table of orders, and the node's pages."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from headwater.remote import Remote

ONCE = Config(retries={"total_max_attempts": 1})
SOURCES = Path(__file__).resolve().parents[3] / "src"


@pytest.fixture
def dynamodb(headwater) -> Any:
    """A client that does not retry, and a table Orders with the string key `id`."""
    client = headwater.client("dynamodb", config=ONCE)
    make_table(client)
    return client


def make_table(client: Any) -> None:
    client.create_table(
        TableName="Orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def order(dynamodb) -> Callable[..., None]:
    """order("1", country="CH", total=10): an item; whole numbers become N, the rest S."""

    def write(key: str, **attributes: Any) -> None:
        item = {
            name: {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in attributes.items()
        }
        dynamodb.put_item(TableName="Orders", Item={"id": {"S": key}, **item})

    return write


@pytest.fixture
def pages(headwater):
    """The node's own pages."""
    with Remote(headwater.url) as remote:
        yield remote


@pytest.fixture
def settled(pages) -> Callable[..., Any]:
    """settled("revenue"): what a view has come to when it has taken every change."""

    def ask(name: str, **query: Any) -> Any:
        pages.get("idle", timeout_ms=30_000)
        return pages.get(f"views/{name}", **query)

    return ask


@pytest.fixture
def cli(headwater):
    """cli("view", "list"): what it writes to standard output; its status must be `status`."""

    def run(*words: str, status: int = 0) -> str:
        surroundings = {
            **os.environ,
            "PYTHONPATH": str(SOURCES),
            "HEADWATER_ENDPOINT": headwater.url,
            "COLUMNS": "120",
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "headwater.cli", *words],
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


def by_group(answer: Any) -> dict[Any, Any]:
    """Values by the first value of each group."""
    return {next(iter(one["group"].values())): one["values"] for one in answer["groups"]}


__all__ = ["by_group", "json", "make_table"]
