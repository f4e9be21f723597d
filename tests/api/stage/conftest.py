"""What tests of the stage share: a table with a stream, a function on it, and the whole stream."""

import io
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests import tables
from tests.tables import create_table

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def dynamodb(headwater) -> Any:
    """A client that does not retry."""
    return headwater.client("dynamodb", config=ONCE)


@pytest.fixture
def streams(headwater) -> Any:
    return headwater.client("dynamodbstreams", config=ONCE)


@pytest.fixture
def table(dynamodb) -> str:
    """The ARN of the stream of a new table Orders with the string key `pk`."""
    made = create_table(dynamodb, "Orders", view="NEW_AND_OLD_IMAGES")
    return str(made["LatestStreamArn"])


@pytest.fixture
def put(dynamodb) -> Callable[..., None]:
    """put("a", "b", n=1): items of those keys, each with the attributes given."""

    def write(*keys: str, **numbers: int) -> None:
        for key in keys:
            more = {name: {"N": str(value)} for name, value in numbers.items()}
            dynamodb.put_item(TableName="Orders", Item={"pk": {"S": key}, **more})

    return write


@pytest.fixture
def deploy(headwater, table) -> Callable[..., str]:
    """deploy(source, **mapping): the UUID of a mapping of the table's stream to a new function."""

    def make(source: str, **mapping: Any) -> str:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", source)
        client = headwater.client("lambda")
        client.create_function(
            FunctionName="app",
            Runtime="python3.11",
            Handler="app.handler",
            Role="arn:aws:iam::000000000000:role/any",
            Code={"ZipFile": package.getvalue()},
            Timeout=60,
        )
        wanted = {"StartingPosition": "TRIM_HORIZON", **mapping}
        made = client.create_event_source_mapping(
            FunctionName="app", EventSourceArn=table, **wanted
        )
        return str(made["UUID"])

    return make


@pytest.fixture
def tried(headwater, eventually) -> Callable[..., dict[str, Any]]:
    """tried(): what waits first, once its function has failed; on a clock that stands still it is
    not tried again."""

    def wait() -> dict[str, Any]:
        def first() -> dict[str, Any] | None:
            waiting = headwater.stage.waiting()["mappings"]
            return waiting[0] if waiting and waiting[0].get("phase") == "pause" else None

        found: dict[str, Any] = eventually(first, what="a first try")
        return found

    return wait


@pytest.fixture
def at_work(headwater, eventually) -> Callable[[], None]:
    """at_work(): returns when a batch is at a function."""

    def invoking() -> bool:
        waiting = headwater.stage.waiting()["mappings"]
        return any(one.get("phase") == "invoking" for one in waiting)

    return lambda: eventually(invoking, what="a batch at a function")


@pytest.fixture
def shards_of(streams, table) -> Callable[[], list[dict[str, Any]]]:
    """The shards of the table's stream."""
    return partial(tables.shards_of, streams, table)


@pytest.fixture
def iterator_of(streams, table) -> Callable[..., str]:
    """iterator_of(shard_id, "LATEST", **more)."""
    return partial(tables.iterator_of, streams, table)


@pytest.fixture
def refusal() -> Callable[..., str]:
    """refusal(call, **params): the code of the error a call must end in."""

    def refused(call: Callable[..., Any], **params: Any) -> str:
        with pytest.raises(ClientError) as caught:
            call(**params)
        return str(caught.value.response["Error"]["Code"])

    return refused
