"""States and their transitions, and what a mapping says of its last batch.

Source: states and LastProcessingResult recorded; wording of ResourceInUse unsure.
"""

import urllib.request

import pytest


def test_a_mapping_goes_through_its_states(desk):
    assert desk.create()["State"] == "Creating"
    desk.settle()
    assert desk.get()["State"] == "Enabled"
    for change, passing, settled in (
        ({"BatchSize": 3}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"BatchSize": 4}, "Updating", "Disabled"),
        ({"Enabled": True}, "Enabling", "Enabled"),
    ):
        answer = desk.update(**change)
        assert (answer["State"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (passing, 202)
        desk.settle()
        assert (desk.get()["State"], desk.get()["StateTransitionReason"]) == (
            settled,
            "User action",
        )
    answer = desk.functions.delete_event_source_mapping(UUID=desk.uuid)
    assert (answer["State"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("Deleting", 202)
    desk.settle()
    code, status, _ = desk.refusal(desk.get)
    assert (code, status) == ("ResourceNotFoundException", 404)


def test_created_disabled_it_becomes_disabled_and_reads_nothing(desk):
    desk.put("a")
    assert desk.create(Enabled=False)["State"] == "Creating"
    desk.settle()
    assert desk.get()["State"] == "Disabled"
    desk.pass_time(10)
    assert desk.seen() == []


def test_disabled_it_keeps_its_place(desk):
    desk.map()
    desk.put("a")
    desk.settle()
    desk.update(Enabled=False)
    desk.settle()
    desk.put("b")
    desk.pass_time(3600)
    desk.update(Enabled=True)
    desk.settle()
    assert desk.seen() == [["a"], ["b"]]


def test_disabled_during_retries_it_keeps_their_number(desk):
    desk.does(fails="all")
    desk.map(MaximumRetryAttempts=1, DestinationConfig=desk.to_queue())
    desk.put("a")
    desk.settle()
    desk.update(Enabled=False)
    desk.settle()
    desk.update(Enabled=True)
    desk.settle()
    assert desk.seen() == [["a"], ["a"]]
    (message,) = desk.messages()
    assert message["requestContext"]["approximateInvokeCount"] == 2


def test_deleted_while_it_retries_it_is_gone_and_calls_no_more(desk):
    desk.does(fails="all")
    desk.map()
    desk.put("a")
    desk.settle()
    desk.functions.delete_event_source_mapping(UUID=desk.uuid)
    desk.settle()
    calls = len(desk.seen())
    desk.pass_time(120)
    assert len(desk.seen()) == calls


def test_deleted_and_made_again_it_starts_anew(desk):
    desk.map()
    desk.put("a")
    desk.settle()
    desk.functions.delete_event_source_mapping(UUID=desk.uuid)
    desk.settle()
    desk.map()
    assert desk.seen() == [["a"], ["a"]]


@pytest.mark.parametrize("call", ["update", "delete"])
def test_a_mapping_in_transition_is_in_use(desk, house, call, tmp_path, eventually):
    """A function that takes its time keeps a mapping Disabling."""
    slow = f"slow-{desk.table}"
    gate = tmp_path / "gate"
    source = (
        "import os, time\ndef handler(event, context):\n"
        f"    while not os.path.exists({str(gate)!r}):\n        time.sleep(0.01)\n"
    )
    house.make_function(slow, source, Timeout=60)
    desk.create(FunctionName=slow)
    desk.settle()
    desk.put("a")

    def invoking():
        waiting = house.stage.waiting()["mappings"]
        return [one for one in waiting if (one["function"], one.get("phase")) == (slow, "invoking")]

    eventually(invoking, what="a batch at the function")
    desk.update(Enabled=False)
    method = getattr(desk.functions, f"{call}_event_source_mapping")
    code, status, text = desk.refusal(method, UUID=desk.uuid)
    gate.touch()
    assert (code, status) == ("ResourceInUseException", 400)
    assert text == f"Cannot {call} the event source mapping because it is in use."


@pytest.mark.parametrize(
    ("does", "result"),
    [
        ({}, "OK"),
        ({"fails": "all"}, "PROBLEM: Function call failed"),
        ({"dies": True}, "PROBLEM: Function call failed"),
    ],
)
def test_it_tells_how_the_last_batch_went(desk, does, result):
    desk.map()
    assert desk.get()["LastProcessingResult"] == "No records processed"
    desk.does(**does)
    desk.put("a")
    desk.settle()
    assert desk.get()["LastProcessingResult"] == result


def test_a_function_that_is_gone_is_waited_for_and_called_as_soon_as_it_is_back(desk, house):
    name = f"gone-{desk.table}"
    house.make_function(name)
    desk.map(FunctionName=name, MaximumRetryAttempts=0)
    house.functions.delete_function(FunctionName=name)
    desk.put("a")
    desk.pass_time(100)
    result = desk.get()["LastProcessingResult"]
    assert result == "PROBLEM: Function not found under accountId 000000000000"
    house.make_function(name)
    desk.settle()
    assert desk.seen() == [["a"]]
    assert desk.get()["LastProcessingResult"] == "OK"


def test_new_code_ends_the_pause_before_a_retry(desk, house):
    name = f"mended-{desk.table}"
    house.make_function(name, "def handler(event, context):\n    raise ValueError\n")
    desk.map(FunctionName=name)
    desk.put("a")
    desk.pass_time(100)
    house.make_function(f"good-{desk.table}")
    location = house.functions.get_function(FunctionName=f"good-{desk.table}")["Code"]["Location"]
    with urllib.request.urlopen(location) as answer:
        package = answer.read()
    house.functions.update_function_code(FunctionName=name, ZipFile=package)
    desk.settle()
    assert desk.seen() == [["a"]]


def test_a_stream_that_has_expired_disables_its_mapping(desk, house):
    """24 hours after a stream was turned off nothing of it is left; the reason is ours."""
    desk.map()
    house.dynamodb.update_table(TableName=desk.table, StreamSpecification={"StreamEnabled": False})
    desk.pass_time(24 * 3600 + 2)
    found = desk.get()
    assert (found["State"], found["StateTransitionReason"]) == (
        "Disabled",
        f"Stream not found: {desk.arn}",
    )
