"""What whoever starts a node can rely on: one line, exit statuses, data that stays.

Source of every expectation: the contract in cli/serve.py and the README.
"""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.testing.process import NodeProcess, NodeTrouble

TABLE = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def run_to_its_end(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "headwater.cli", "serve", *words]
    own = {**os.environ, **variables}
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False, env=own)


def test_standard_output_is_one_line_with_the_url(node_factory):
    line = [sys.executable, "-m", "headwater.cli", "serve", "--port", "0", "--in-memory"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
        rest = process.stdout.read()
    assert re.fullmatch(r"headwater \S+ listening on http://127\.0\.0\.1:\d+\n", first)
    assert (rest, process.returncode) == ("", 0)


def test_asked_to_stop_it_ends_with_status_0(node_factory):
    assert node_factory(in_memory=True).stop() == 0


@pytest.mark.parametrize("ending", ["kill", "stop"])
def test_what_was_acknowledged_is_there_in_the_next_life(node_factory, ending):
    node = node_factory()
    dynamodb = node.client("dynamodb")
    dynamodb.create_table(TableName="Kept", **TABLE)
    dynamodb.get_waiter("table_exists").wait(TableName="Kept", WaiterConfig={"Delay": 1})
    dynamodb.put_item(TableName="Kept", Item={"pk": {"S": "a"}, "v": {"N": "1"}})
    getattr(node, ending)()
    node.start()
    found = dynamodb.get_item(TableName="Kept", Key={"pk": {"S": "a"}}, ConsistentRead=True)
    assert found["Item"] == {"pk": {"S": "a"}, "v": {"N": "1"}}


def test_a_node_in_memory_forgets(node_factory):
    node = node_factory(in_memory=True)
    node.client("dynamodb").create_table(TableName="Gone", **TABLE)
    node.restart()
    assert node.client("dynamodb").list_tables()["TableNames"] == []


def test_a_port_that_is_taken_is_named_and_ends_the_start_with_status_2(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run_to_its_end("--port", port, "--in-memory", TMPDIR=str(tmp_path))
    assert ended.returncode == 2
    assert port in ended.stderr and "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs Linux's /proc")
def test_a_shell_that_gives_few_open_files_does_not_bound_the_node(tmp_path):
    few = ("sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh")
    with NodeProcess("--in-memory", data=None, log=tmp_path / "log", before=few) as node:
        limits = Path(f"/proc/{node.pid}/limits").read_text()
    soft, hard = re.findall(r"^Max open files +(\w+) +(\w+)", limits, re.MULTILINE)[0]
    assert int(soft) == (65_536 if hard == "unlimited" else min(int(hard), 65_536))


def test_two_nodes_never_share_a_directory(node_factory, tmp_path):
    node_factory(data=tmp_path / "one")
    ended = run_to_its_end("--port", "0", "--data", str(tmp_path / "one"))
    assert ended.returncode == 2
    assert str(tmp_path / "one") in ended.stderr and "Traceback" not in ended.stderr


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    ended = run_to_its_end("--port", "0", "--data", str(tmp_path / "file"))
    assert ended.returncode == 2
    assert str(tmp_path / "file") in ended.stderr and "Traceback" not in ended.stderr


def test_a_command_line_of_dynamodb_local_starts_a_node():
    line = [sys.executable, "-m", "headwater.cli", "-inMemory", "-sharedDb", "-port", "0"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.terminate()
    assert "listening on http://127.0.0.1:" in said


def test_a_start_that_fails_shows_the_last_words_of_the_node(tmp_path: Path):
    process = NodeProcess("--host", "0.0.0.0", data=None, log=tmp_path / "log")
    with pytest.raises(NodeTrouble, match=r"status 2 while starting.*\n.*will not listen"):
        process.start()
