"""How functions fare: what each has done since the node started, counted by hand here."""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError

MAYBE = """
def handler(event, context):
    if event == "fail":
        raise ValueError("no")
    return event
"""


def standing(node, name):
    """What the node tells of a function; None if it is not among those it knows."""
    with urllib.request.urlopen(f"{node.url}/_headwater/functions") as answer:
        told = json.load(answer)
    found = [one for one in told["functions"] if one["arn"].endswith(f":function:{name}")]
    for one in found:
        assert (one["last_ms"] or 0) <= told["now_ms"]
    return found[0] if found else None


def test_a_function_that_was_not_run_has_done_nothing(node, fn):
    told = standing(node, fn.make(MAYBE))
    assert told["state"] == "Active"
    assert [told[name] for name in ("invocations", "errors", "throttles", "busy")] == [0, 0, 0, 0]
    assert told["last_ms"] is told["failed_ms"] is told["reserved"] is None


def test_invocations_and_failures_are_counted(node, fn):
    name = fn.make(MAYBE)
    fn.invoke(event="fine")
    before = standing(node, name)
    assert before["failed_ms"] is None
    assert fn.answer(event="fail")["FunctionError"] == "Unhandled"
    fn.invoke(event="fine")
    told = standing(node, name)
    assert (told["invocations"], told["errors"], told["processes"]) == (3, 1, 1)
    assert before["last_ms"] <= told["failed_ms"] <= told["last_ms"]


def test_a_reservation_and_what_it_turned_away_are_told(node, fn):
    name = fn.make(MAYBE)
    fn.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError):
        fn.invoke()
    told = standing(node, name)
    assert (told["reserved"], told["throttles"], told["invocations"]) == (0, 1, 0)


def test_a_function_that_is_made_anew_begins_with_nothing(node, fn):
    name = fn.make(MAYBE)
    fn.invoke(event=1)
    fn.client.delete_function(FunctionName=name)
    assert standing(node, name) is None
    assert standing(node, fn.make(MAYBE))["invocations"] == 0
