"""One node in memory for all the hostility of this room, and a watch over it."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from tests.hostile.wire import MIB, TABLE, Bystander, Line, request, resident_bytes

from headwater.testing.process import NodeProcess

GROWTH_MIB = 48  # more than three requests of the largest size
# A few ms where nothing else runs; what holds a node up for whole requests of 16 MB shows still.
LATENCY_MS = 1000


@pytest.fixture(scope="session")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node with one table; its log must not know of any bug when all is over."""
    log = tmp_path_factory.mktemp("victim") / "node.log"
    with NodeProcess("--region", "us-east-1", data=None, log=log) as process:
        table = {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        }
        with Line(process.port) as line:
            assert line.ask(request("CreateTable", table)).status == 200
        yield process
    assert "Traceback" not in log.read_text()


@pytest.fixture
def undisturbed(
    victim: NodeProcess,
) -> Callable[..., contextlib.AbstractContextManager[None]]:
    """with undisturbed(growth_mib=...): what happens inside leaves the node's memory bounded and
    other clients served in time."""

    @contextlib.contextmanager
    def watched(growth_mib: int = GROWTH_MIB, latency_ms: int = LATENCY_MS) -> Iterator[None]:
        before = resident_bytes(victim.pid)
        with Bystander(victim.port) as bystander:
            yield
            peak = resident_bytes(victim.pid)
        assert bystander.latency_ms() < latency_ms
        assert peak - before < growth_mib * MIB, f"{(peak - before) / MIB:.0f} MiB more"
        with Line(victim.port) as line:
            assert line.ask(request("ListTables", {})).status == 200

    return watched


@pytest.fixture
def line(victim: NodeProcess) -> Iterator[Line]:
    """A connection to the victim."""
    with Line(victim.port) as opened:
        yield opened
