"""A console in a real Chromium: one browser for each file, one node and console for each worker.

    HEADWATER_SCREENSHOTS=DIR pytest tests/console     keeps a picture of every page there
    HEADWATER_CHROMIUM=PATH                            another Chromium than those that are found

Without a browser these tests are skipped, except where CI is set: there it is a failure.
"""

import contextlib
import http.client
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect, sync_playwright
from tests.servers import Handler, serving

from headwater.testing import Stage
from headwater.testing.process import NodeProcess

# Read when this file is: tests see nothing of what a machine is set to.
SCREENSHOTS = os.environ.get("HEADWATER_SCREENSHOTS")
CHOSEN = os.environ.get("HEADWATER_CHROMIUM")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing in the background asks for hosts of Google's, which a closed network does not have.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE_MS = 60_000
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 375, "height": 720},
}
LISTENING = re.compile(r"headwater console on (\S+)")

expect.set_options(timeout=PATIENCE_MS)


class Console:
    """A console as a process of its own."""

    def __init__(self, endpoint: str, *flags: str) -> None:
        words = [sys.executable, "-m", "headwater.console", "--endpoint", endpoint, "--port", "0"]
        source = str(Path(__file__).resolve().parents[2] / "src")
        self.process = subprocess.Popen(
            [*words, "--with-parent", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": source},
        )
        assert self.process.stdout is not None
        said = LISTENING.search(self.process.stdout.readline())
        assert said, "the console did not start"
        self.url = said[1]

    def leave(self) -> None:
        """Let it end: several do at once."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def stop(self) -> None:
        assert self.process.stdout is not None
        self.leave()
        self.process.wait(60)
        self.process.stdout.close()


class Place:
    """A node, and the console that looks at it."""

    def __init__(self, directory: Path, *flags: str) -> None:
        self.node = NodeProcess(*flags, data=None, log=directory / "node.log")
        self.endpoint = self.node.start()
        self.stage = Stage(self.endpoint)
        self.consoles: list[Console] = []
        self.clients: dict[str, Any] = {}
        self.url = self.console().url

    def console(self, *flags: str) -> Console:
        """One more console for this node."""
        self.consoles.append(Console(self.endpoint, *flags))
        return self.consoles[-1]

    def client(self, service: str) -> Any:
        """A boto3 client of the node."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        return self.clients[service]

    def make_table(self, name: str, **more: Any) -> str:
        """A table with the string key `id` and a stream of both images; its stream's ARN."""
        made = self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            **more,
        )
        return str(made["TableDescription"]["LatestStreamArn"])

    def put(self, table: str, **texts: str) -> None:
        """Put an item of texts; `id` among them."""
        item = {name: {"S": text} for name, text in texts.items()}
        self.client("dynamodb").put_item(TableName=table, Item=item)

    def close(self) -> None:
        for console in self.consoles:
            console.leave()
        for console in self.consoles:
            console.stop()
        for client in self.clients.values():
            client.close()
        self.stage.close()
        self.node.stop()


def chromium() -> str | None:
    """Where a Chromium is on this machine."""
    if CHOSEN:
        return CHOSEN
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The one browser of a file. It ends with it: while it runs, its driver's event loop is this
    thread's, and no test could run another."""
    path = chromium()
    if path is None:
        why = "there is no Chromium on this machine: .ci/chromium installs it, or says how"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The node and the console that all tests of a worker share; they keep apart by names."""
    made = Place(tmp_path_factory.mktemp("console"))
    yield made
    made.close()


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """make_place("--clock", "virtual"): a node with these flags and a console of the test's own."""
    made: list[Place] = []

    def make(*flags: str) -> Place:
        made.append(Place(tmp_path, *flags))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def open_page(browser: Browser, place: Place) -> Iterator[Callable[..., Page]]:
    """open_page("/tables"): a new browser's page, 1280 wide and light.

    base    of another console
    size    "phone" is 375 wide
    scheme  "dark": as the system says
    A test fails if a page has thrown an error, or asked anybody but its own console.
    """
    pages: list[Page] = []
    wrong: list[str] = []

    def opened(
        address: str, *, base: str = "", size: str = "desktop", scheme: Any = "light"
    ) -> Page:
        url = base or place.url
        context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda trouble: wrong.append(str(trouble)))
        page.on("request", partial(_note_others, url, wrong))
        page.goto(url + address)
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.context.close()
    assert not wrong


def _note_others(url: str, wrong: list[str], request: Request) -> None:
    """Write a request down that did not go to the console at `url`."""
    if not request.url.startswith((f"{url}/", "data:")):
        wrong.append(request.url)


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """picture(page, "tables"): a screenshot, where the environment says that they are wanted."""
    directory = SCREENSHOTS

    def taken(page: Page, name: str) -> None:
        if directory:
            Path(directory).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(directory) / f"{name}.png")

    return taken


@pytest.fixture(scope="module")
def bare_endpoint(place: Place) -> Iterator[str]:
    """A URL that leads to the node but for what is under /_headwater/, as other endpoints are."""
    node = urlsplit(place.endpoint)

    class TablesAlone(Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(404, b"no such page")

        def do_POST(self) -> None:
            body = self.body()
            kept = ("X-Amz-Target", "Authorization", "Content-Type", "X-Amz-Date")
            headers = {name: self.headers[name] for name in kept}
            onward = http.client.HTTPConnection(node.hostname or "", node.port, timeout=60)
            with contextlib.closing(onward) as connection:
                connection.request("POST", "/", body, headers)
                answer = connection.getresponse()
                self.answer(answer.status, answer.read())

    with serving(TablesAlone) as url:
        yield url
