"""`headwater serve --console`: the console beside its node, and gone with it. Source:
docs/console.md."""

import contextlib
import json
import re
import signal
import urllib.request

import pytest

from headwater.testing.process import NodeProcess


@pytest.fixture
def node(tmp_path):
    """A node with its console, and where the console is."""
    process = NodeProcess("--console", "--console-port", "0", data=None, log=tmp_path / "node.log")
    process.start()
    yield process
    process.stop()


def console_url(node, eventually):
    def told():
        found = re.search(r"^headwater console on (\S+)$", node.log.read_text(), re.MULTILINE)
        return found and found[1]

    return eventually(told, seconds=60, what="the console tells where it is")


def answers(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/api/session") as answer:
        return json.load(answer)
    return None


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_console_of_a_node_is_gone_with_it(node, eventually, ending):
    url = console_url(node, eventually)
    assert answers(url)["endpoint"] == node.url
    if ending == signal.SIGTERM:
        assert node.stop() == 0
    else:
        node.kill()
    eventually(lambda: answers(url) is None, seconds=60, what="the console ends")
