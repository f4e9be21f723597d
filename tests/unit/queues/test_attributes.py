"""Attributes of queues: their bounds, their normal form, and what is refused by name."""

import json

import pytest

from headwater.arns import Scope
from headwater.errors import (
    AwsError,
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValue,
    NotSupported,
    QueueNameExists,
    ReceiptHandleIsInvalid,
)
from headwater.queues.attributes import normal_attributes
from headwater.queues.names import check_name, name_in_url
from headwater.queues.receipts import Receipt, from_handle, to_handle
from headwater.queues.redrive import allows, normal_redrive

SCOPE = Scope("000000000000", "us-east-1")
DEAD = "arn:aws:sqs:us-east-1:000000000000:dead"


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        # SQS API reference, CreateQueue
        ("VisibilityTimeout", 0, 43_200),
        ("DelaySeconds", 0, 900),
        ("MaximumMessageSize", 1024, 1_048_576),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
    ],
)
def test_numbers_have_bounds(name, least, most):
    for value in (least, most):
        assert normal_attributes({name: str(value)}) == {name: str(value)}
    for wrong in (str(least - 1), str(most + 1), "", "x", "1.5"):
        with pytest.raises(InvalidAttributeValue, match=f"Invalid value for the parameter {name}."):
            normal_attributes({name: wrong})


def test_what_cannot_be_set_is_no_attribute():
    for name in ("QueueArn", "ApproximateNumberOfMessages", "Colour"):
        with pytest.raises(InvalidAttributeName, match=f"Unknown Attribute {name}."):
            normal_attributes({name: "1"})


def test_what_is_not_there_is_refused_by_name_and_may_be_off():
    for name, value in (("FifoQueue", "true"), ("Policy", "{}"), ("KmsMasterKeyId", "x")):
        with pytest.raises(NotSupported, match=name):
            normal_attributes({name: value})
    assert normal_attributes({"SqsManagedSseEnabled": "false", "Policy": ""}) == {}


def test_a_redrive_policy_is_shown_with_a_number():
    given = json.dumps({"maxReceiveCount": "5", "deadLetterTargetArn": DEAD})
    assert json.loads(normal_redrive(given)) == {"deadLetterTargetArn": DEAD, "maxReceiveCount": 5}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x", "Redrive policy is not a valid JSON map."),
        ("[]", "Redrive policy is not a valid JSON map."),
        ("{}", "does not contain mandatory attribute: deadLetterTargetArn."),
        (f'{{"deadLetterTargetArn":"{DEAD}"}}', "mandatory attribute: maxReceiveCount."),
        (
            f'{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":0}}',
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            f'{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":1001}}',
            "Invalid value for maxReceiveCount: 1001",
        ),
    ],
)
def test_a_redrive_policy_that_is_none(text, reason):
    with pytest.raises(InvalidParameterValue) as caught:
        normal_redrive(text)
    assert f"Value {text} for parameter RedrivePolicy is invalid. Reason: " in caught.value.message
    assert reason in caught.value.message


def test_the_target_must_be_there_be_another_and_allow_it(rig):
    policy = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 1})
    with pytest.raises(InvalidParameterValue, match="Dead letter target does not exist"):
        rig.create("q", RedrivePolicy=policy)
    with pytest.raises(InvalidParameterValue, match="its own dead letter target"):
        rig.create("dead", RedrivePolicy=policy)
    only = json.dumps(
        {
            "redrivePermission": "byQueue",
            "sourceQueueArns": ["arn:aws:sqs:us-east-1:000000000000:friend"],
        }
    )
    rig.create("dead", RedriveAllowPolicy=only)
    with pytest.raises(InvalidParameterValue, match="does not allow this queue"):
        rig.create("q", RedrivePolicy=policy)
    rig.create("friend", RedrivePolicy=policy)
    assert not allows('{"redrivePermission":"denyAll"}', "x")
    assert allows('{"redrivePermission":"allowAll"}', "x")


def test_a_message_stays_if_its_dead_letter_queue_has_gone(rig):
    dead = rig.create("dead")
    policy = json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 1})
    rig.create("q", RedrivePolicy=policy)
    rig.send("q", "stays")
    assert rig.bodies("q", visibility_s=0) == ["stays"]
    rig.tx(lambda tx: rig.queues.drop(tx, dead))
    assert rig.bodies("q", visibility_s=0) == ["stays"]


def test_a_queue_of_the_same_name_must_be_the_same_in_what_is_asked(rig):
    made = rig.create("q", VisibilityTimeout="10")
    assert rig.create("q").number == made.number
    assert rig.create("q", VisibilityTimeout="10", DelaySeconds="0").number == made.number
    # the text of AWS, as reported by its users
    text = (
        "A queue already exists with the same name and a different value for attribute "
        "VisibilityTimeout"
    )
    with pytest.raises(QueueNameExists, match=text):
        rig.create("q", VisibilityTimeout="29")


def test_names_are_letters_digits_hyphens_and_underscores():
    check_name("a-Z_09" + "x" * 74)
    for wrong in ("", "a.b", "ü", "x" * 81):
        with pytest.raises(InvalidParameterValue, match="1 to 80 in length"):
            check_name(wrong)
    with pytest.raises(NotSupported, match="FIFO"):
        check_name("orders.fifo")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://127.0.0.1:8000/000000000000/q", "q"),
        ("https://sqs.us-east-1.amazonaws.com/000000000000/q", "q"),
        ("http://host/queue/000000000000/q/", "q"),
        ("q", "q"),
        ("http://127.0.0.1:8000/111111111111/q", "QueueDoesNotExist"),
        ("http://127.0.0.1:8000/q", "InvalidAddress"),
        ("http://127.0.0.1:8[000/000000000000/q", "InvalidAddress"),
        ("", "MissingParameter"),
    ],
)
def test_of_a_queues_url_the_path_counts(url, found):
    try:
        assert name_in_url(SCOPE, url) == found
    except AwsError as error:
        assert error.code == found


def test_a_receipt_handle_that_is_damaged_or_of_another_queue_is_none():
    handle = to_handle(Receipt(7, 1 << 60, 3))
    assert from_handle(handle, 7) == (7, 1 << 60, 3)
    other = handle.replace(handle[5], "A" if handle[5] != "A" else "B")
    for wrong, queue in ((handle, 8), (other, 7), ("", 7), ("garbage", 7), (handle + "AAAA", 7)):
        with pytest.raises(ReceiptHandleIsInvalid, match="is not a valid receipt handle"):
            from_handle(wrong, queue)
