"""Functions made through boto3, for tests that look at a node from outside."""

import io
import itertools
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

OWN_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/r"

_numbers = itertools.count()


def zipped(files: dict[str, str], mode: int = 0o755) -> bytes:
    """A package with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            about = zipfile.ZipInfo(name)
            about.external_attr = mode << 16
            archive.writestr(about, content)
    return buffer.getvalue()


class Bench:
    """A client, and short ways to make and call functions; `close` deletes what was made."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.client = node.client("lambda")
        self.ROLE = ROLE
        self.OWN_RUNTIME = OWN_RUNTIME
        self.zipped = zipped
        self.name = f"fn-{os.getpid()}-{next(_numbers)}"
        self._made: list[str] = []

    def make(self, source: str | dict[str, str], name: str = "", **params: Any) -> str:
        """A function whose module `app` is `source` (or of these files); returns its name."""
        files = {"app.py": source} if isinstance(source, str) else source
        given = {
            "FunctionName": name or self.name,
            "Runtime": OWN_RUNTIME,
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped(files)},
        }
        answer = self.client.create_function(**(given | params))
        self._made.append(answer["FunctionName"])
        return str(answer["FunctionName"])

    def invoke(self, name: str = "", event: Any = None, **params: Any) -> Any:
        """What it answers; an assertion fails if that is an error."""
        answer = self.answer(name, event, **params)
        assert "FunctionError" not in answer, answer["Payload"]
        return answer["Payload"]

    def answer(self, name: str = "", event: Any = None, **params: Any) -> Any:
        """The whole answer, its Payload read as JSON."""
        function = name or self.name
        answer = self.client.invoke(FunctionName=function, Payload=json.dumps(event), **params)
        answer["Payload"] = json.loads(answer["Payload"].read())
        return answer

    def send(self, name: str = "", event: Any = None, **params: Any) -> Any:
        """An asynchronous event."""
        return self.client.invoke(
            FunctionName=name or self.name,
            Payload=json.dumps(event),
            InvocationType="Event",
            **params,
        )

    def messages(self, name: str = "", pattern: str = "") -> list[str]:
        """What it has logged."""
        logs = self.node.client("logs")
        group = f"/aws/lambda/{name or self.name}"
        try:
            found = logs.filter_log_events(logGroupName=group, filterPattern=pattern)
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found["events"]]

    @staticmethod
    def refusal(call: Any, **params: Any) -> tuple[str, str]:
        """Code and text of the error that a call must end in."""
        with pytest.raises(ClientError) as caught:
            call(**params)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def close(self) -> None:
        """Delete the functions."""
        for name in self._made:
            try:
                self.client.delete_function(FunctionName=name)
            except self.client.exceptions.ResourceNotFoundException:
                pass


@pytest.fixture
def fn(node: Any) -> Iterator[Bench]:
    """A bench on the shared node."""
    bench = Bench(node)
    yield bench
    bench.close()


@pytest.fixture
def bench_of() -> Any:
    """bench_of(node): a bench on a node of the test's own."""
    return Bench


@pytest.fixture
def node_js() -> None:
    """Skips where there is no Node.js."""
    if shutil.which("node") is None:
        pytest.skip("no Node.js here")
