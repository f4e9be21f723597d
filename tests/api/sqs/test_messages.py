"""Messages: sent, received, hidden, given back, deleted, moved when nobody manages them.

Expected values: SQS API reference and developer guide; texts as users of AWS report them.
"""

import hashlib
import json
import threading
from typing import Any

import pytest
from botocore.config import Config


@pytest.fixture
def receive(sqs) -> Any:
    """receive(url, ...): the messages; all attributes are asked for."""

    def get(url: str, **more: Any) -> list[Any]:
        asked = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"], **more}
        messages: list[Any] = sqs.receive_message(QueueUrl=url, **asked).get("Messages", [])
        return messages

    return get


def test_a_message_comes_as_it_was_sent(sqs, make_queue, receive):
    url = make_queue()
    attributes = {
        "text": {"DataType": "String", "StringValue": "grün"},
        "count": {"DataType": "Number.int", "StringValue": "17"},
        "blob": {"DataType": "Binary.png", "BinaryValue": b"\0\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}}
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="Köln\n",
        MessageAttributes=attributes,
        MessageSystemAttributes=trace,
    )
    (message,) = receive(url)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "Köln\n"
    assert message["MessageAttributes"] == attributes
    digest = hashlib.md5("Köln\n".encode()).hexdigest()
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == digest
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert "MD5OfMessageSystemAttributes" in sent
    system = message["Attributes"]
    assert system["SenderId"] == "000000000000"
    assert system["ApproximateReceiveCount"] == "1"
    assert system["AWSTraceHeader"] == "Root=1-2-3"
    assert int(system["SentTimestamp"]) <= int(system["ApproximateFirstReceiveTimestamp"])


def test_only_what_is_asked_for_comes_with_a_message(sqs, make_queue, receive):
    url = make_queue(VisibilityTimeout=0)
    attributes = {
        name: {"DataType": "String", "StringValue": name} for name in ("shop.id", "shop.name", "x")
    }
    sqs.send_message(QueueUrl=url, MessageBody="b", MessageAttributes=attributes)
    bare = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert set(bare) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    (some,) = receive(
        url,
        MessageSystemAttributeNames=["SentTimestamp"],
        MessageAttributeNames=["shop.*"],
    )
    assert set(some["Attributes"]) == {"SentTimestamp"}
    assert set(some["MessageAttributes"]) == {"shop.id", "shop.name"}
    old = sqs.receive_message(QueueUrl=url, AttributeNames=["SenderId"])["Messages"][0]
    assert old["Attributes"] == {"SenderId": "000000000000"}


def test_messages_come_in_the_order_they_were_sent_in(sqs, make_queue, receive):
    url = make_queue()
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    assert [message["Body"] for message in receive(url)] == ["0"]
    rest = [m["Body"] for _ in range(3) for m in receive(url, MaxNumberOfMessages=10)]
    assert rest == [str(number) for number in range(1, 12)]


def test_a_received_message_is_hidden_and_comes_again(sqs, make_queue, receive, attributes):
    url = make_queue(VisibilityTimeout=600)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (first,) = receive(url)
    assert receive(url) == []
    assert attributes(url)["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=1
    )
    (second,) = receive(url, WaitTimeSeconds=20)
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    times = [m["Attributes"]["ApproximateFirstReceiveTimestamp"] for m in (first, second)]
    assert times[0] == times[1]
    # API reference, DeleteMessage: with an older handle "the request succeeds, but the message
    # might not be deleted"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert attributes(url)["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    assert attributes(url)["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_message_is_given_back_at_once(sqs, make_queue, receive, refusal):
    url = make_queue()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (first,) = receive(url)
    about = {"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"]}
    sqs.change_message_visibility(**about, VisibilityTimeout=60)
    assert receive(url) == []
    sqs.change_message_visibility(**about, VisibilityTimeout=0)
    (second,) = receive(url)
    # The first receive is over: nothing happens.
    sqs.change_message_visibility(**about, VisibilityTimeout=0)
    assert receive(url) == []
    about["ReceiptHandle"] = second["ReceiptHandle"]
    code, text = refusal(sqs.change_message_visibility, **about, VisibilityTimeout=43201)
    assert code == "InvalidParameterValue"
    assert text.endswith("VisibilityTimeout must be an integer between 0 and 43200.")
    sqs.delete_message(**about)
    code, text = refusal(sqs.change_message_visibility, **about, VisibilityTimeout=1)
    assert (code, text) == (
        "InvalidParameterValue",
        f"Value {second['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason: Message "
        "does not exist or is not available for visibility timeout change.",
    )


def test_a_handle_that_nobody_was_given_is_invalid(sqs, make_queue, refusal):
    assert refusal(sqs.delete_message, QueueUrl=make_queue(), ReceiptHandle="x") == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "x" is not a valid receipt handle.',
    )


def test_a_delayed_message_comes_later(sqs, make_queue, receive, attributes):
    url = make_queue(DelaySeconds=900)
    sqs.send_message(QueueUrl=url, MessageBody="much later")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)
    sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
    assert attributes(url)["ApproximateNumberOfMessagesDelayed"] == "2"
    assert [m["Body"] for m in receive(url, MaxNumberOfMessages=10)] == ["now"]
    sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=1)
    assert [m["Body"] for m in receive(url, WaitTimeSeconds=20)] == ["soon"]
    assert attributes(url)["ApproximateNumberOfMessagesDelayed"] == "2"


def test_a_receive_that_waits_is_woken_by_a_send(node, sqs, make_queue):
    url = make_queue(ReceiveMessageWaitTimeSeconds=20)
    got: list[Any] = []
    other = node.client("sqs", config=Config(read_timeout=60))
    receiver = threading.Thread(target=lambda: got.append(other.receive_message(QueueUrl=url)))
    receiver.start()
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    receiver.join(timeout=60)
    assert [message["Body"] for message in got[0]["Messages"]] == ["hello"]


def test_what_is_received_too_often_goes_to_the_dead_letter_queue(
    sqs, make_queue, receive, attributes
):
    dead = make_queue()
    arn = attributes(dead)["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    url = make_queue(VisibilityTimeout=0, RedrivePolicy=policy)
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="poison",
        MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}},
    )
    sqs.send_message(QueueUrl=url, MessageBody="fine")
    for _ in range(2):
        assert receive(url)[0]["Body"] == "poison"
    assert receive(url)[0]["Body"] == "fine"
    (moved,) = receive(dead)
    assert (moved["Body"], moved["MessageId"]) == ("poison", sent["MessageId"])
    assert moved["MessageAttributes"]["a"]["StringValue"] == "b"
    assert moved["Attributes"]["DeadLetterQueueSourceArn"] == attributes(url)["QueueArn"]
    # API reference, ReceiveMessage: the count is "across all queues"
    assert moved["Attributes"]["ApproximateReceiveCount"] == "3"
    assert attributes(url)["ApproximateNumberOfMessages"] == "1"


def test_a_batch_is_answered_entry_by_entry(sqs, make_queue, receive):
    url = make_queue()
    entries = [
        {"Id": "good", "MessageBody": "x"},
        {"Id": "late", "MessageBody": "y", "DelaySeconds": 901},
        {"Id": "empty", "MessageBody": ""},
    ]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in sent["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in sent["Failed"]] == [
        ("late", "InvalidParameterValue"),
        ("empty", "MissingParameter"),
    ]
    handle = receive(url)[0]["ReceiptHandle"]
    given = [{"Id": "a", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "x"}]
    changes = [{**entry, "VisibilityTimeout": 60} for entry in given]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=changes)
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=given)
    for answer in (changed, deleted):
        assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
        (failed,) = answer["Failed"]
        assert (failed["Id"], failed["Code"]) == ("b", "ReceiptHandleIsInvalid")
        assert failed["SenderFault"] is True


@pytest.mark.parametrize(
    ("entries", "code", "text"),
    [
        ([], "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry"),
        (
            [{"Id": str(n), "MessageBody": "x"} for n in range(11)],
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 11.",
        ),
        (
            [{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "x"}],
            "BatchEntryIdsNotDistinct",
            "Id a repeated.",
        ),
        ([{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId", "at most 80 letters long"),
        (
            [{"Id": str(n), "MessageBody": "x" * 524_289} for n in range(2)],
            "BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.",
        ),
    ],
    ids=["none", "eleven", "twice", "blank", "long"],
)
def test_a_batch_that_is_none(sqs, make_queue, refusal, attributes, entries, code, text):
    url = make_queue()
    found = refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries)
    assert found[0] == f"AWS.SimpleQueueService.{code}"
    assert text in found[1]
    assert attributes(url)["ApproximateNumberOfMessages"] == "0"


def test_a_message_has_up_to_a_mebibyte(sqs, make_queue, receive, refusal):
    # developer guide, "Amazon SQS message quotas": 1 MiB since August 2025
    url = make_queue()
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_576)
    assert len(receive(url)[0]["Body"]) == 1_048_576
    found = refusal(sqs.send_message, QueueUrl=url, MessageBody="x" * 1_048_577)
    assert found == (
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    )
    small = make_queue(MaximumMessageSize=1024)
    code, _ = refusal(sqs.send_message, QueueUrl=small, MessageBody="ü" * 513)
    assert code == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"MaxNumberOfMessages": 11},
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and "
            "10, if provided.",
        ),
        (
            {"WaitTimeSeconds": 21},
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if "
            "provided.",
        ),
        ({"VisibilityTimeout": -1}, "Value -1 for parameter VisibilityTimeout is invalid."),
    ],
)
def test_a_receive_that_asks_for_too_much(sqs, make_queue, refusal, params, text):
    code, found = refusal(sqs.receive_message, QueueUrl=make_queue(), **params)
    assert code == "InvalidParameterValue"
    assert text in found
