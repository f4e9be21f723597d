"""A real listener on a loopback port, with made-up operations behind it, and a raw socket to it.

async def story():
    async with open_door() as door, door.connect() as line:
        await line.send(rpc("PutItem", {...}))
        assert (await line.reply()).status == 200
run(story())
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import orjson
import pytest

from headwater.clock import ManualClock
from headwater.config.settings import Settings
from headwater.errors import ResourceNotFound
from headwater.frontdoor.gate import Limits
from headwater.frontdoor.listener import Listener
from headwater.frontdoor.pipeline import Pipeline
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.operations.services import Services
from headwater.tables.catalog import Catalog
from headwater.wire.reply import Reply

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260304/eu-west-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00"
)
SIGNED = {
    "Host": "127.0.0.1",
    "Authorization": AUTHORIZATION,
    "X-Amz-Date": "20260304T050607Z",
}
WAIT_S = 60


class NextTurnEngine:
    """Runs work at once and tells on the loop's next turn, as an engine that groups commits."""

    trouble = None

    def submit(self, work: Callable[[Any], Any], done: Callable[[Any, Any], None]) -> None:
        outcome: tuple[Any, BaseException | None]
        try:
            outcome = (work(None), None)
        except BaseException as error:
            outcome = (None, error)
        asyncio.get_running_loop().call_soon(done, *outcome)


class Answer(NamedTuple):
    """One HTTP reply; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Line:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, *, head_only: bool = False) -> Answer:
        async with asyncio.timeout(WAIT_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status_line, *lines = head.decode().split("\r\n")[:-2]
            headers = {}
            for line in lines:
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            length = 0 if head_only else int(headers.get("content-length", "0"))
            body = await self.reader.readexactly(length)
        return Answer(int(status_line.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Everything until the other side closes."""
        async with asyncio.timeout(WAIT_S):
            return await self.reader.read()


class Door:
    """A listener that runs."""

    def __init__(self, listener: Listener, pipeline: Pipeline, port: int) -> None:
        self.listener = listener
        self.pipeline = pipeline
        self.port = port
        self.waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.clock = pipeline.real_clock

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop turn until `condition` holds."""
        async with asyncio.timeout(WAIT_S):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0)

    async def settle(self) -> None:
        """Let the loop turn until what was sent on loopback has been read and handled."""
        for _ in range(20):
            await asyncio.sleep(0)


def made_up_operations(door: list[Door]) -> dict[str, dict[str, Any]]:
    """put_item and get_item echo; describe_table has an AWS error, list_tables a bug, scan a long
    answer; query waits until the test answers it."""

    def describe_table(call: Call) -> dict[str, Any]:
        raise ResourceNotFound(f"no {call.params['TableName']}")

    def list_tables(call: Call) -> dict[str, Any]:
        raise RuntimeError("a bug of ours")

    async def query(call: Call) -> dict[str, Any]:
        future = asyncio.get_running_loop().create_future()
        door[0].waiting[call.params["TableName"]] = future
        return dict(await future)

    async def invoke(call: Call) -> Reply:
        return Reply(call.params["Payload"], headers={"X-Amz-Executed-Version": "$LATEST"})

    return {
        "dynamodb": {
            "PutItem": lambda call: {},
            "GetItem": lambda call: {"Item": call.params["Key"], "Scope": list(call.scope)},
            "DescribeTable": describe_table,
            "ListTables": list_tables,
            "Scan": lambda call: b'{"Items":"' + b"x" * call.params.get("Limit", 1) + b'"}',
            "Query": query,
        },
        "lambda": {
            "Invoke": invoke,
            "ListFunctions": lambda call: {"Params": call.params},
            "CreateFunction": lambda call: {"Params": call.params},
            "DeleteFunction": lambda call: Reply(),
            "GetFunction": lambda call: Reply({"a": 1}, headers={"X-Odd": "a\r\nb"}),
        },
    }


@pytest.fixture
def open_door() -> Callable[..., contextlib.AbstractAsyncContextManager[Door]]:
    """A function: limits= and settings= as keywords."""

    @contextlib.asynccontextmanager
    async def opened(*, limits: Limits | None = None, **settings: Any) -> AsyncIterator[Door]:
        doors: list[Door] = []
        # 2026-03-04T05:06:07Z; stands still unless a test moves it.
        clock = ManualClock(1_772_600_767_000)
        services = Services(
            engine=NextTurnEngine(),  # type: ignore[arg-type]
            clock=clock,
            ids=SeededIds(1),
            settings=Settings(**settings),
            catalog=Catalog(),
        )
        pipeline = Pipeline(services, made_up_operations(doors), limits=limits, real_clock=clock)
        listener = Listener(pipeline)
        door = Door(listener, pipeline, await listener.start("127.0.0.1", 0))
        doors.append(door)
        try:
            yield door
        finally:
            for future in door.waiting.values():
                future.cancel()
            await listener.stop(1000)

    return opened


def _request(what: str, lines: dict[str, str], headers: dict[str, str], body: bytes) -> bytes:
    given = {name.replace("_", "-").title(): value for name, value in headers.items()}
    sent = {**SIGNED, **lines, "Content-Length": str(len(body)), **given}
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
    return f"{what} HTTP/1.1\r\n{head}\r\n".encode() + body


def _rpc(
    operation: str, params: Any = None, *, target: str = "DynamoDB_20120810", **headers: str
) -> bytes:
    body = params if isinstance(params, bytes) else orjson.dumps(params or {})
    lines = {
        "X-Amz-Target": f"{target}.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    return _request("POST /", lines, headers, body)


@pytest.fixture
def rpc() -> Callable[..., bytes]:
    """A request as bytes: rpc("GetItem", params, header_name="value"); "" leaves a header out."""
    return _rpc


def _rest(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = {"Authorization": AUTHORIZATION.replace("dynamodb", "lambda")}
    return _request(f"{method} {path}", lines, headers, body)


@pytest.fixture
def rest() -> Callable[..., bytes]:
    """A REST request as bytes."""
    return _rest
