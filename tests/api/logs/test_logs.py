"""What functions write, through the CloudWatch Logs operations, as boto3 sees them."""

import io
import itertools
import json
import os
import subprocess
import sys
import time
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError
from tests.terminal import line, said, surroundings

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/r"
SOURCE = "def handler(event, context):\n    for line in event:\n        print(line)\n"

_numbers = itertools.count()


@pytest.fixture
def name():
    return f"logged-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def logs(node):
    return node.client("logs")


@pytest.fixture
def group(logs):
    made = f"group/{os.getpid()}-{next(_numbers)}"
    logs.create_log_group(logGroupName=made)
    return made


def make(node, name):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", SOURCE)
    client = node.client("lambda")
    client.create_function(
        FunctionName=name,
        Runtime=RUNTIME,
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
    )

    def write(*lines):
        client.invoke(FunctionName=name, Payload=json.dumps(lines))

    return write


def refusal(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_what_a_function_writes_is_in_its_stream_with_the_lines_of_lambda(node, logs, name):
    write = make(node, name)
    write("one", "zwei ü", "two\nlines")
    group = f"/aws/lambda/{name}"
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert "/[$LATEST]" in stream["logStreamName"]
    found = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
    messages = [event["message"] for event in found["events"]]
    assert messages[0].startswith("INIT_START Runtime Version: python:")
    assert messages[1].startswith("START RequestId: ")
    assert messages[2:6] == ["one\n", "zwei ü\n", "two\n", "lines\n"]
    assert messages[6].startswith("END RequestId: ")
    assert messages[7].startswith("REPORT RequestId: ")
    times = [event["timestamp"] for event in found["events"]]
    assert times == sorted(times)
    assert stream["firstEventTimestamp"] == times[0]
    assert stream["lastEventTimestamp"] == times[-1]
    groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [one["logGroupName"] for one in groups] == [group]
    assert groups[0]["storedBytes"] > 0


def test_a_reader_goes_forward_to_the_end_and_on_when_there_is_more(node, logs, group):
    stream = {"logGroupName": group, "logStreamName": "s"}
    logs.create_log_stream(**stream)
    put = [{"timestamp": 1_772_600_000_000 + n, "message": f"m{n}"} for n in range(5)]
    logs.create_log_stream(logGroupName=group, logStreamName="other")
    logs.put_log_events(**stream, logEvents=put[:4])
    logs.put_log_events(logGroupName=group, logStreamName="other", logEvents=put[:1])
    first = logs.get_log_events(**stream, startFromHead=True, limit=3)
    assert [one["message"] for one in first["events"]] == ["m0", "m1", "m2"]
    second = logs.get_log_events(**stream, nextToken=first["nextForwardToken"])
    assert [one["message"] for one in second["events"]] == ["m3"]
    end = logs.get_log_events(**stream, nextToken=second["nextForwardToken"])
    assert (end["events"], end["nextForwardToken"]) == ([], second["nextForwardToken"])
    logs.put_log_events(**stream, logEvents=put[4:])
    more = logs.get_log_events(**stream, nextToken=end["nextForwardToken"])
    assert [one["message"] for one in more["events"]] == ["m4"]
    back = logs.get_log_events(**stream, nextToken=second["nextBackwardToken"], limit=2)
    assert [one["message"] for one in back["events"]] == ["m1", "m2"]
    newest = logs.get_log_events(**stream, limit=2)
    assert [one["message"] for one in newest["events"]] == ["m3", "m4"]
    timed = logs.get_log_events(
        **stream, startTime=put[1]["timestamp"], endTime=put[3]["timestamp"]
    )
    assert [one["message"] for one in timed["events"]] == ["m1", "m2"]


def test_a_search_is_by_pattern_stream_and_time_and_in_pages(logs, group):
    for stream, words in (("a1", ("ERROR disk", "fine")), ("b1", ("ERROR net", "WARN net"))):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [
            {"timestamp": 1_772_600_000_000 + n, "message": word} for n, word in enumerate(words)
        ]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def found(**params):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, PaginationConfig={"PageSize": 1}, **params
        )
        return [event["message"] for page in pages for event in page["events"]]

    assert found() == ["ERROR disk", "fine", "ERROR net", "WARN net"]
    assert found(filterPattern="ERROR") == ["ERROR disk", "ERROR net"]
    assert found(filterPattern="ERROR -disk") == ["ERROR net"]
    assert found(filterPattern="?WARN ?fine") == ["fine", "WARN net"]
    assert found(filterPattern='"ERROR net"') == ["ERROR net"]
    assert found(filterPattern="%E.*k%") == ["ERROR disk"]
    assert found(logStreamNamePrefix="b") == ["ERROR net", "WARN net"]
    assert found(logStreamNames=["a1"]) == ["ERROR disk", "fine"]
    assert found(startTime=1_772_600_000_001) == ["fine", "WARN net"]
    assert found(endTime=1_772_600_000_000) == ["ERROR disk", "ERROR net"]
    _, text = refusal(logs.filter_log_events, logGroupName=group, filterPattern="{ $.a = 1 }")
    assert "JSON events are not supported" in text


def test_groups_and_streams_are_made_told_and_deleted(logs, group):
    assert refusal(logs.create_log_group, logGroupName=group) == (
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    )
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    assert refusal(logs.create_log_stream, logGroupName=group, logStreamName="s") == (
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    )
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["logStreamName"] == "s" and "firstEventTimestamp" not in stream
    assert refusal(logs.get_log_events, logGroupName=group, logStreamName="none") == (
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    (told,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert told["retentionInDays"] == 7
    code, _ = refusal(logs.put_retention_policy, logGroupName=group, retentionInDays=2)
    assert code == "InvalidParameterException"
    logs.delete_retention_policy(logGroupName=group)
    logs.delete_log_group(logGroupName=group)
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    assert refusal(logs.delete_log_group, logGroupName=group) == missing
    assert refusal(logs.filter_log_events, logGroupName=group) == missing
    assert not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]


def test_the_newest_streams_come_first_where_that_is_asked(logs, group):
    for number, stream in enumerate(("c", "a", "b")):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": 1_772_600_000_000 + number, "message": "m"}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    found = logs.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True, limit=2
    )
    assert [one["logStreamName"] for one in found["logStreams"]] == ["b", "a"]
    rest = logs.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True, nextToken=found["nextToken"]
    )
    assert [one["logStreamName"] for one in rest["logStreams"]] == ["c"]


def test_logs_survive_a_kill_of_the_node(node_factory, name):
    node = node_factory()
    make(node, name)("before")
    # Output is written behind the answer; who has read it, reads it again after a kill.
    node.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
    node.kill()
    node.start()
    found = node.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{name}", filterPattern="before"
    )
    assert [event["message"] for event in found["events"]] == ["before\n"]


def test_old_events_are_forgotten(node_factory, name):
    node = node_factory("--clock", "virtual", "--function-log-days", "1", in_memory=True)
    write = make(node, name)
    write("old")
    logs, group = node.client("logs"), f"/aws/lambda/{name}"
    advance(node, "23h")
    write("new")
    assert len(logs.filter_log_events(logGroupName=group, filterPattern="?old ?new")["events"]) == 2
    advance(node, "2h")
    found = logs.filter_log_events(logGroupName=group, filterPattern="?old ?new")["events"]
    assert [event["message"] for event in found] == ["new\n"]
    advance(node, "72h")
    assert logs.filter_log_events(logGroupName=group)["events"] == []
    (told,) = logs.describe_log_groups()["logGroups"]
    assert told["storedBytes"] == 0


def advance(node, text):
    body = json.dumps({"advance": text}).encode()
    urllib.request.urlopen(f"{node.url}/_headwater/clock", body).close()


def test_the_command_prints_and_follows(node, name, eventually, tmp_path):
    write = make(node, name)
    write("first", "ERROR second")
    shown = said("logs", name, endpoint=node.url).splitlines()
    assert shown[2:4] == ["first", "ERROR second"]
    out = tmp_path / "out"
    with out.open("wb") as stream:
        words = line("logs", name, "-f", "--filter", "ERROR")
        follower = subprocess.Popen(words, env=surroundings(node.url), stdout=stream)
    try:
        eventually(lambda: out.read_text() == "ERROR second\n")
        write("third", "ERROR fourth")
        eventually(lambda: out.read_text() == "ERROR second\nERROR fourth\n")
    finally:
        follower.terminate()
        follower.wait()
    assert "Function not found" in said("logs", "none", status=2, endpoint=node.url)


def test_a_group_whose_name_is_a_step_in_a_path_is_a_group_like_any_other(logs, group):
    """CloudWatch's pattern for names allows them."""
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "kept"}
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])
    for name in ("..", "."):
        logs.create_log_group(logGroupName=name)
        logs.delete_log_group(logGroupName=name)
    found = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)
    assert [one["message"] for one in found["events"]] == ["kept"]


def test_what_events_are_about_is_not_kept_and_that_is_said(logs, group):
    """Source: API reference, PutLogEvents: the events are taken, the entity is rejected."""
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "m"}
    about = {"keyAttributes": {"Type": "Service", "Name": "shop"}}
    answer = logs.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[event], entity=about
    )
    assert answer["rejectedEntityInfo"] == {"errorType": "UnsupportedLogGroupType"}
