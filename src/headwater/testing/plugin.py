"""The pytest plugin: a fixture `headwater`, a node that is as new in every test.

    def test_an_order_is_kept(headwater):
        dynamodb = headwater.client("dynamodb")

    @pytest.mark.headwater("--initial-partitions", "1", clock="virtual")
    def test_a_day_passes(headwater):
        headwater.stage.clock.advance("24h")

Nodes are processes that keep everything in memory. Tests with the same flags share one, which is
reset before each; it is started for the first and stopped after the last of the session.
"""

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.arns import DEFAULT_REGION
from headwater.testing.process import NodeProcess
from headwater.testing.stage import Stage

_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Headwater:
    """A running node.

    url      http://127.0.0.1:PORT
    stage    moves its time, ends its shards, makes its calls fail
    process  kills it, tells its log
    """

    def __init__(self, process: NodeProcess) -> None:
        self.process = process
        self.url = process.start()
        self.stage = Stage(self.url)
        self._clients: list[Any] = []

    def client(self, service: str, **more: Any) -> Any:
        """A boto3 client of the node: dynamodb, dynamodbstreams, lambda. Needs boto3.

        more  as boto3.client takes it, over what points at the node
        """
        return self._made("client", service, more)

    def resource(self, service: str, **more: Any) -> Any:
        """A boto3 resource of the node: dynamodb. Needs boto3."""
        return self._made("resource", service, more)

    def _made(self, kind: str, service: str, more: dict[str, Any]) -> Any:
        if importlib.util.find_spec("boto3") is None:
            pytest.skip("needs boto3: pip install boto3")
        boto3 = importlib.import_module("boto3")
        given = {"endpoint_url": self.url, "region_name": DEFAULT_REGION, **_CREDENTIALS, **more}
        made = getattr(boto3, kind)(service, **given)
        self._clients.append(made if kind == "client" else made.meta.client)
        return made

    def renew(self) -> None:
        """As new: no tables, no functions, no faults, no clients; running, if it was killed."""
        self.let_go()
        if not self.process.running:
            self.process.start()
        self.stage.reset()

    def let_go(self) -> None:
        """Close the clients that were made."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def close(self) -> None:
        """End the node."""
        self.let_go()
        self.stage.close()
        self.process.stop()


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line(
        "markers",
        "headwater(*flags, clock='system'): flags of `headwater serve` for this test's node",
    )


@pytest.fixture(scope="session")
def _headwaters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, ...], Any]]:
    """The nodes of the whole run, by their flags."""
    nodes: dict[tuple[str, ...], Headwater] = {}
    yield nodes
    for node in nodes.values():
        node.close()


@pytest.fixture
def headwater(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _headwaters: dict[tuple[str, ...], Headwater],
) -> Iterator[Headwater]:
    """A node of its own flags (marker `headwater`), without anything in it."""
    marker = request.node.get_closest_marker("headwater")
    flags = tuple(marker.args) if marker else ()
    clock = marker.kwargs.get("clock", "system") if marker else "system"
    flags = ("--clock", clock, *flags)
    node = _headwaters.get(flags)
    if node is None:
        log = Path(tmp_path_factory.mktemp("headwater")) / "node.log"
        node = _headwaters[flags] = Headwater(NodeProcess(*flags, data=None, log=log))
    else:
        node.renew()
    yield node
    node.let_go()
