"""What black-box tests of DynamoDB Streams share: a table with a stream, and reading it whole."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from tests import tables


@pytest.fixture
def streams(node) -> Any:
    """A client of the Streams API that sends whatever it is given."""
    return node.client("dynamodbstreams", config=Config(parameter_validation=False))


@pytest.fixture
def make_table(dynamodb, table_name) -> Callable[..., tuple[str, str]]:
    """make_table("NEW_IMAGE"): name and stream ARN of a new table with the string key `pk`.

    No view: a table without a stream, and "" for its ARN.
    """
    made: list[str] = []

    def make(view: str | None = "NEW_AND_OLD_IMAGES", **more: Any) -> tuple[str, str]:
        name = f"{table_name}.{len(made)}"
        made.append(name)
        answer = tables.create_table(dynamodb, name, view=view or "", **more)
        return name, answer.get("LatestStreamArn", "")

    return make


@pytest.fixture
def shards_of(streams) -> Callable[..., list[dict[str, Any]]]:
    """shards_of(arn): all shards of a stream, in the order they are listed."""
    return partial(tables.shards_of, streams)


@pytest.fixture
def iterator_of(streams) -> Callable[..., str]:
    """iterator_of(arn, shard, "LATEST", **more)."""
    return partial(tables.iterator_of, streams)


@pytest.fixture
def drain(streams) -> Callable[..., list[dict[str, Any]]]:
    """drain(iterator, Limit=2): all records from there to the end of what there is now."""
    return partial(tables.drain, streams)


@pytest.fixture
def records_of(streams) -> Callable[..., list[dict[str, Any]]]:
    """records_of(arn): every record of a stream, in the order of sequence numbers."""
    return partial(tables.records_of, streams)
