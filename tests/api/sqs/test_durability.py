"""What was answered is there after a crash: messages, receives, deletions, and what they await."""

import http.client
import json
import socket
from typing import Any


def received(sqs: Any, url: str, **more: Any) -> list[tuple[str, str]]:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"], **more
    )
    return [
        (message["Body"], message["Attributes"]["ApproximateReceiveCount"])
        for message in answer.get("Messages", [])
    ]


def test_a_queue_is_after_a_crash_what_it_was_before(node_factory, make_queue):
    node = node_factory()
    sqs = node.client("sqs")
    url = make_queue(sqs, VisibilityTimeout=600)
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=900)
    handles = [
        message["ReceiptHandle"]
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
    ]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handles[0])
    node.kill()
    node.start()
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "2"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "2"
    assert counts["ApproximateNumberOfMessagesDelayed"] == "1"
    # What was received is still hidden, and the handles are still good.
    assert received(sqs, url) == [("3", "1"), ("4", "1")]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handles[1], VisibilityTimeout=0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handles[2])
    assert received(sqs, url) == [("1", "2")]


def test_a_receive_that_waits_does_not_hold_up_the_end_of_a_node(node_factory, make_queue):
    node = node_factory()
    url = make_queue(node.client("sqs"))
    waiting = start_waiting(node, url)
    assert node.stop() == 0
    answer = waiting.getresponse()
    assert (answer.status, json.loads(answer.read())) == (200, {})
    waiting.close()


def test_the_poll_of_a_consumer_that_is_gone_takes_no_message(node, sqs, make_queue, eventually):
    url = make_queue()
    waiting = start_waiting(node, url)
    assert waiting.sock is not None
    waiting.sock.shutdown(socket.SHUT_RDWR)
    waiting.close()
    # Two round trips on other connections: by then the node has read the end of that one.
    sqs.list_queues()
    sqs.list_queues()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert eventually(lambda: received(sqs, url)) == [("x", "1")]


def start_waiting(node: Any, url: str) -> http.client.HTTPConnection:
    """A receive that waits for 20 s, sent to the URL of the queue; it has been read by the node."""
    scope = "20260304/us-east-1/sqs/aws4_request"
    headers = {
        "X-Amz-Target": "AmazonSQS.ReceiveMessage",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20260304T050607Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, "
        f"Signature={'0' * 64}",
    }
    connection = http.client.HTTPConnection(node.url.removeprefix("http://"))
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
    connection.request("POST", url.removeprefix(node.url), body, headers)
    node.client("sqs").list_queues()
    return connection
