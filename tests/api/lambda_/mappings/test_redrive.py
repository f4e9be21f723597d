"""`headwater redrive`: what was given up is delivered once more, by the message that told of it."""

import json

import pytest
from tests.terminal import ran

SNS_WRAP = "Message"


@pytest.fixture
def redrive(desk):
    """redrive(*words, stdin=""): (exit status, what was printed)."""

    def run(*words, stdin=""):
        made = ran("redrive", *words, endpoint=desk.house.url, stdin=stdin)
        return made.returncode, made.stdout + made.stderr

    return run


@pytest.fixture
def given_up(desk):
    """given_up(*keys, **mapping): those records are in a message in the desk's queue."""

    def make(*keys, **params):
        desk.does(fails=list(keys))
        desk.map(MaximumRetryAttempts=0, DestinationConfig=desk.to_queue(), **params)
        desk.put(*keys)
        desk.settle()
        assert desk.messages()

    return make


def test_a_queue_is_emptied_when_the_function_is_mended(desk, given_up, redrive):
    given_up("a", "b", "c", BatchSize=2)
    desk.does()
    status, said = redrive("--queue", desk.table)
    assert (status, "2 messages redriven, 0 failed" in said) == (0, True), said
    assert desk.seen()[-2:] == [["a", "b"], ["c"]]
    assert desk.events()[-2] == desk.events()[0]
    assert desk.messages() == []


def test_what_fails_again_stays_in_the_queue(desk, given_up, redrive):
    given_up("a", "b", BatchSize=1)
    desk.does(fails=["b"])
    status, said = redrive("--queue", desk.table)
    assert (status, "1 message redriven, 1 failed" in said) == (1, True), said
    assert "actor failed: ValueError: boom" in said
    assert len(desk.messages()) == 1
    desk.does()
    assert redrive("--queue", desk.table)[0] == 0
    assert desk.messages() == []


def test_only_the_records_of_the_message_are_delivered(desk, redrive):
    """Neither what the filters drop nor what other lanes had."""
    pattern = {"dynamodb": {"NewImage": {"n": {"N": ["1"]}}}}
    desk.does(fails="all")
    desk.map(
        MaximumRetryAttempts=0,
        ParallelizationFactor=3,
        DestinationConfig=desk.to_queue(),
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )
    for number in range(12):
        desk.put(f"k{number}", n={"N": str(number % 2)})
    desk.settle()
    tried = sorted(desk.seen())
    desk.does()
    status, said = redrive("--queue", desk.table)
    assert status == 0, said
    assert sorted(desk.seen()[len(tried) :]) == tried


def test_messages_come_from_a_file_or_stdin_too(desk, given_up, redrive, tmp_path):
    given_up("a", BatchSize=1)
    (message,) = desk.messages()
    desk.does()
    file = tmp_path / "failed.json"
    file.write_text(json.dumps(message))
    assert redrive(str(file))[0] == 0
    wrapped = json.dumps([message, {SNS_WRAP: json.dumps(message)}])
    assert redrive("-", stdin=wrapped)[0] == 0
    assert desk.seen()[1:] == [["a"]] * 3


def test_a_message_with_its_payload_needs_no_stream(desk, given_up, redrive):
    given_up("a", BatchSize=1)
    (message,) = desk.messages()
    message["payload"] = desk.events()[0]
    desk.does()
    desk.pass_time(25 * 3600)
    status, said = redrive("-", stdin=json.dumps(message))
    assert status == 0, said
    assert desk.events()[-1] == desk.events()[0]


def test_records_that_have_left_the_stream_are_told_as_gone(desk, given_up, redrive):
    given_up("a", BatchSize=1)
    (message,) = desk.messages()
    desk.pass_time(25 * 3600)
    status, said = redrive("-", stdin=json.dumps(message))
    assert (status, "have left the stream" in said) == (1, True), said


@pytest.mark.parametrize("text", ["[]x", '{"a":1}', "nothing"])
def test_what_is_no_message_is_refused_and_the_rest_goes_on(redrive, text):
    status, said = redrive("-", stdin=text)
    assert (status, "1 failed" in said) == (1, True), said


def test_either_a_queue_or_a_file_is_asked_for(redrive):
    assert redrive()[0] == 2
    assert redrive("--queue", "q", "-")[0] == 2


def test_a_file_that_cannot_be_read_is_told(redrive, tmp_path):
    missing, binary = tmp_path / "none.json", tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert redrive(str(missing)) == (
        2,
        f"headwater: cannot read {missing}: No such file or directory\n",
    )
    assert redrive(str(binary)) == (2, f"headwater: cannot read {binary}: it is not text\n")


def test_a_queue_that_is_not_there_is_told(redrive):
    status, said = redrive("--queue", "nobody")
    assert (status, "queue nobody" in said) == (2, True), said
