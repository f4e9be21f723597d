"""`headwater top` in a process of its own, asking a node."""

import re
from functools import partial

from tests.terminal import ran

top = partial(ran, "top", columns=120)


def test_a_node_is_shown_with_its_readers_and_logs(watched, function_that_fails, eventually):
    table = watched.table("Topped")
    arn = watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    watched.node.client("lambda").create_event_source_mapping(
        FunctionName=function_that_fails, EventSourceArn=arn, StartingPosition="TRIM_HORIZON"
    )
    watched.dynamodb.put_item(TableName=table, Item={"k": {"S": "1"}})
    watched.advance("3m")
    done = top("--once", "--interval", "0.2", "--endpoint", watched.node.url)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].startswith(watched.node.url)
    (reader,) = [line for line in lines if line.startswith("failing ")]
    assert re.fullmatch(r"failing [0-9a-f]{8} 180 s 1 \d+", reader)
    assert any(line.startswith("Topped 1 ") for line in lines)


def test_who_asks_nobody_is_told_what_to_do():
    done = top("--once", "--endpoint", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert "no node answers at http://127.0.0.1:9" in done.stderr
