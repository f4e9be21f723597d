"""What tests of views share: a table of orders, and the node's pages."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from tests.tables import create_table
from tests.terminal import said

from headwater.remote import Remote

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def dynamodb(headwater) -> Any:
    """A client that does not retry, and a table Orders with the string key `id`."""
    client = headwater.client("dynamodb", config=ONCE)
    make_table(client)
    return client


def make_table(client: Any) -> None:
    create_table(client, "Orders", key="id")


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
    """cli("view", "list"): what it writes, at 120 columns."""
    return partial(said, endpoint=headwater.url, columns=120)


def by_group(answer: Any) -> dict[Any, Any]:
    """Values by the first value of each group."""
    return {next(iter(one["group"].values())): one["values"] for one in answer["groups"]}


__all__ = ["by_group", "json", "make_table"]
