"""Queues as things: made, found, described, changed, tagged, emptied, deleted.

Expected values: SQS API reference, and, where it says so, answers of AWS as its users report them.
"""

import json
import urllib.error
import urllib.request

import pytest


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_new_queue_is_described_with_the_defaults_of_aws(node, make_queue, attributes):
    url = make_queue()
    assert url == f"{node.url}/000000000000/{name_of(url)}"
    found = attributes(url)
    assert found.pop("CreatedTimestamp") == found.pop("LastModifiedTimestamp")
    # API reference, CreateQueue: the defaults
    assert found == {
        "QueueArn": f"arn:aws:sqs:us-east-1:000000000000:{name_of(url)}",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "VisibilityTimeout": "30",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "false",
    }
    assert attributes(url, "DelaySeconds", "Policy") == {"DelaySeconds": "0"}


def test_a_queue_is_found_by_its_name(sqs, make_queue, refusal):
    url = make_queue()
    assert sqs.get_queue_url(QueueName=name_of(url))["QueueUrl"] == url
    # the code of the older protocol, which programs know, and the text of the newer
    assert refusal(sqs.get_queue_url, QueueName="nowhere") == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )


def test_an_error_carries_both_of_its_names(sqs):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.delete_queue(QueueUrl="http://127.0.0.1/000000000000/nowhere")
    answer = caught.value.response
    assert answer["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    assert answer["Error"]["Type"] == "Sender"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"


def test_a_queue_is_made_once(sqs, make_queue, refusal):
    url = make_queue(VisibilityTimeout=28)
    assert sqs.create_queue(QueueName=name_of(url))["QueueUrl"] == url
    # reported by a user of AWS
    assert refusal(
        sqs.create_queue, QueueName=name_of(url), Attributes={"VisibilityTimeout": "29"}
    ) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute "
        "VisibilityTimeout",
    )


def test_queues_are_listed_by_prefix_and_page(sqs, make_queue):
    prefix = name_of(make_queue())
    names = [f"{prefix}-{number}" for number in range(3)]
    for name in names:
        sqs.create_queue(QueueName=name)
    found = sqs.list_queues(QueueNamePrefix=f"{prefix}-")["QueueUrls"]
    assert [name_of(url) for url in found] == names
    pages = sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix=f"{prefix}-", PaginationConfig={"PageSize": 2}
    )
    assert [[name_of(url) for url in page["QueueUrls"]] for page in pages] == [names[:2], names[2:]]


def test_a_deleted_queue_is_gone_and_its_name_is_free(sqs, make_queue, refusal):
    url = make_queue(DelaySeconds=1)
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=0)
    sqs.delete_queue(QueueUrl=url)
    code, _ = refusal(sqs.receive_message, QueueUrl=url)
    assert code == "AWS.SimpleQueueService.NonExistentQueue"
    assert sqs.create_queue(QueueName=name_of(url))["QueueUrl"] == url
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_attributes_are_changed(sqs, make_queue, attributes, refusal):
    url = make_queue()
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    assert attributes(url, "VisibilityTimeout") == {"VisibilityTimeout": "7"}
    code, _ = refusal(
        sqs.set_queue_attributes, QueueUrl=url, Attributes={"VisibilityTimeout": "43201"}
    )
    assert code == "InvalidAttributeValue"
    code, text = refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Colour"])
    assert (code, text) == ("InvalidAttributeName", "Unknown Attribute Colour.")


def test_tags_come_and_go(sqs, make_queue):
    url = make_queue()
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "c"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}


def test_a_purge_empties_a_queue_once_a_minute(sqs, make_queue, attributes, refusal):
    url = make_queue()
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), DelaySeconds=number * 10)
    sqs.receive_message(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)
    counts = {value for name, value in attributes(url).items() if name.startswith("Approx")}
    assert counts == {"0"}
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert refusal(sqs.purge_queue, QueueUrl=url) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        f"Only one PurgeQueue operation on {name_of(url)} is allowed every 60 seconds.",
    )
    sqs.send_message(QueueUrl=url, MessageBody="after")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "after"


def test_the_sources_of_a_dead_letter_queue_are_listed(sqs, make_queue, attributes):
    dead = make_queue()
    arn = attributes(dead)["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    sources = [make_queue(RedrivePolicy=policy) for _ in range(2)]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == sorted(sources)
    shown = json.loads(attributes(sources[0])["RedrivePolicy"])
    assert shown == {"deadLetterTargetArn": arn, "maxReceiveCount": 3}
    sqs.set_queue_attributes(QueueUrl=sources[0], Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes(sources[0])
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == sources[1:]


def test_queues_of_another_region_are_of_another_world(node, sqs, make_queue, refusal):
    url = make_queue()
    elsewhere = node.client("sqs", region_name="eu-west-1")
    code, _ = refusal(elsewhere.get_queue_url, QueueName=name_of(url))
    assert code == "AWS.SimpleQueueService.NonExistentQueue"


def test_what_is_not_there_is_refused_by_name(sqs, make_queue, refusal):
    url = make_queue()
    refused = [
        refusal(sqs.create_queue, QueueName="orders.fifo", Attributes={"FifoQueue": "true"}),
        refusal(sqs.create_queue, QueueName="x", Attributes={"KmsMasterKeyId": "alias/aws/sqs"}),
        refusal(sqs.start_message_move_task, SourceArn="arn:aws:sqs:us-east-1:000000000000:x"),
        refusal(sqs.add_permission, QueueUrl=url, Label="x", AWSAccountIds=["1"], Actions=["*"]),
        refusal(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g"),
    ]
    assert {code for code, _ in refused} == {"ValidationException"}
    words = ("FIFO", "KmsMasterKeyId", "StartMessageMoveTask", "AddPermission", "MessageGroupId")
    assert all(word in text for word, (_, text) in zip(words, refused, strict=True))


def test_the_older_protocol_is_refused_in_its_own_words(node):
    form = b"Action=ListQueues&Version=2012-11-05"
    request = urllib.request.Request(node.url, form)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert b"<ErrorResponse" in (page := caught.value.read())
    assert b"not the older query protocol" in page
    caught.value.close()
