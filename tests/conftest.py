"""A real node for black-box tests: its own process, its own data, killed and started at will.

    def test_a_table_is_listed(node, table_name):
        dynamodb = node.client("dynamodb")

`pytest --endpoint http://127.0.0.1:8000 tests/api` runs the same tests against a node (or anything
that claims to be one) that is running already; tests that kill it or choose its flags are skipped.
"""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, settings

from headwater.testing.process import NodeProcess

# How long an example takes, or its making, says more of the machine than of the code; `deadline`
# bounds a test. The same examples in each run, so that a change is judged by itself and not by
# luck: HYPOTHESIS_PROFILE=anew tries others.
settings.register_profile(
    "headwater", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("anew", settings.get_profile("headwater"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "headwater"))

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
CLIENT = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=60,
    read_timeout=120,
    parameter_validation=True,
)
POLL_S = 0.01

_numbers = itertools.count(1)


class Node:
    """An endpoint and the clients that talk to it; with a process behind it unless it is foreign.

    url, client(service, **kw)      for every test
    kill(), restart(), stop(), log  where the process is ours
    """

    def __init__(self, url: str, process: NodeProcess | None = None) -> None:
        self.url = url
        self.process = process
        self._clients: list[Any] = []
        self._plain: dict[str, Any] = {}

    def client(self, service: str, **kw: Any) -> Any:
        """A boto3 client that does not retry, so that a test sees each answer.

        kw  as boto3.client takes it; `config` is merged over the one used here
        """
        if not kw and service in self._plain:
            return self._plain[service]
        config = CLIENT.merge(kw.pop("config")) if "config" in kw else CLIENT
        given = {"endpoint_url": self.url, "region_name": REGION, **CREDENTIALS, **kw}
        client = boto3.client(service, config=config, **given)
        self._clients.append(client)
        if not kw:
            self._plain[service] = client
        return client

    def kill(self) -> None:
        """SIGKILL: what a power cut would leave."""
        self._own().kill()

    def start(self) -> None:
        """Start again on the same data and port, after kill() or stop()."""
        self._own().start()

    def stop(self) -> int:
        """SIGTERM, and wait; returns the exit status."""
        return self._own().stop()

    def restart(self) -> None:
        """End it in order (if it still runs) and start it again on the same data and port."""
        self._own().restart()

    @property
    def log(self) -> str:
        """The end of what the node logged."""
        return self.process.last_words() if self.process else "(a node of somebody else's)"

    def close(self) -> None:
        """Let go of clients and process."""
        for client in self._clients:
            client.close()
        if self.process is not None:
            self.process.stop()

    def _own(self) -> NodeProcess:
        if self.process is None:
            pytest.skip("needs a node of its own, and --endpoint names another")
        return self.process


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option of ours."""
    parser.addoption(
        "--endpoint", metavar="URL", help="run black-box tests against this instead of a new node"
    )


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a developer's machine is set to must not decide what a test sees."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "HEADWATER_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        nowhere = tmp_path_factory.mktemp("aws") / "none"
        patch.setenv("AWS_CONFIG_FILE", str(nowhere))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """The node that all tests of a worker share; tests keep apart by the names of their tables."""
    if endpoint := request.config.getoption("--endpoint"):
        foreign = Node(str(endpoint).rstrip("/"))
        yield foreign
        foreign.close()
        return
    directory = tmp_path_factory.mktemp("node")
    process = NodeProcess("--region", REGION, data=directory / "data", log=directory / "node.log")
    own = Node(process.start(), process)
    yield own
    own.close()


@pytest.fixture
def node_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Makes nodes of a test's own: node_factory("--initial-partitions", "1", in_memory=True).

    data         directory to use; a fresh one if not given
    environment  variables the process sees
    Each is stopped when the test ends, however it ends.
    """
    if request.config.getoption("--endpoint"):
        pytest.skip("needs a node of its own, and --endpoint names another")
    nodes: list[Node] = []

    def make(*flags: str, in_memory: bool = False, data: Path | None = None, **kw: Any) -> Node:
        number = len(nodes)
        where = None if in_memory else data or tmp_path / f"data{number}"
        process = NodeProcess(*flags, data=where, log=tmp_path / f"node{number}.log", **kw)
        nodes.append(Node("", process))
        nodes[-1].url = process.start()
        return nodes[-1]

    yield make
    for made in nodes:
        made.close()


@pytest.fixture
def table_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses, and that says which test does."""
    test = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    return f"{test[:80]}.{os.getpid()}.{next(_numbers)}"


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """eventually(probe, seconds=60): the first truthy answer of `probe`, asked until a deadline.

    For what another process does in its own time. The test fails when the deadline has passed,
    with the last answer and, if given, `what` was waited for. It is far: who passes does not wait
    for it, and on a machine that is busy with other things everything takes long.
    """

    def wait(probe: Callable[[], Any], *, seconds: float = 60.0, what: str = "") -> Any:
        asked = time.monotonic()
        deadline = asked + seconds
        while not (answer := probe()):
            answered = time.monotonic()
            if answered > deadline:
                pytest.fail(f"{what or 'it'} did not happen in {seconds:g} s; last: {answer!r}")
            # Who asks much must not keep from happening what it waits for.
            time.sleep(max(POLL_S, answered - asked))
            asked = time.monotonic()
        return answer

    return wait


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the log of each node a failed test used under its report."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Node):
                report.sections.append((f"log of {name}", value.log))
    return report


@pytest.fixture(autouse=True)
def _deadline(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test hangs: 300 s, or what the marker `deadline(seconds)` says."""
    marker = request.node.get_closest_marker("deadline")
    seconds = marker.args[0] if marker else 300

    def give_up(number: int, frame: object) -> None:
        pytest.fail(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    with contextlib.ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGALRM, before)
        stack.callback(signal.alarm, 0)
        yield
