"""GET /_headwater/mappings, and what may be done to a batch that fails. Source: the contract in
stage/mappings_page.py."""

import json

import pytest

from headwater.testing import Refused

FAILS = (
    "def handler(event, context):\n"
    "    if event['Records'][0]['dynamodb']['Keys']['pk']['S'] == 'bad':\n"
    "        raise ValueError('no such country')\n"
)
ONE = pytest.mark.headwater("--initial-partitions", "1")


def failing(headwater, eventually):
    """The mapping's status, and of the one lane of it, when its batch waits for another try."""

    def looked():
        (status,) = headwater.stage.remote.get("mappings")["mappings"]
        lane = status["lanes"][0] if status["lanes"] else None
        return (status, lane) if lane and lane["phase"] == "pause" else None

    return eventually(looked, what="a failed batch waits")


@ONE
def test_a_failing_batch_is_shown_and_skipped(headwater, deploy, put, eventually):
    sqs = headwater.client("sqs")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:000000000000:failed"
    uuid = deploy(FAILS, BatchSize=1, DestinationConfig={"OnFailure": {"Destination": queue}})
    put("bad", "good")
    status, lane = failing(headwater, eventually)
    assert (status["uuid"], status["function"]) == (uuid, "app")
    assert "no such country" in lane["trouble"]
    assert lane["attempts"] >= 1

    def skipped():
        # It may be at the function in this moment: then there is nothing to skip.
        try:
            return headwater.stage.remote.post(
                "mappings/skip", mapping=uuid, shard=lane["shard_id"]
            )
        except Refused:
            return None

    assert eventually(skipped)["skipped"] == 1
    headwater.stage.idle()
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1


@ONE
def test_what_cannot_be_skipped_is_refused_with_the_reason(headwater, deploy, put):
    uuid = deploy(FAILS)
    put("good")
    headwater.stage.idle()
    remote = headwater.stage.remote
    (status,) = remote.get("mappings")["mappings"]
    (lane,) = status["lanes"]
    with pytest.raises(Refused, match=r"nothing of shard \w+ waits"):
        remote.post("mappings/skip", mapping=uuid, shard=lane["shard_id"][-8:])
    with pytest.raises(Refused, match="which shard"):
        remote.post("mappings/skip", mapping=uuid)
    with pytest.raises(Refused, match="no mapping 'x' runs"):
        remote.post("mappings/retry", mapping="x")
    assert remote.post("mappings/retry", mapping=uuid) == {"mapping": uuid}


def test_a_tail_names_the_shard_of_each_change(headwater, table, put, streams, iterator_of):
    put("a", "b", "c", "d")
    page = headwater.stage.remote.get("tail", table="Orders", since="TRIM_HORIZON")
    for record, shard in zip(page["records"], page["shards"], strict=True):
        found = streams.get_records(ShardIterator=iterator_of(shard))["Records"]
        assert record["eventID"] in {one["eventID"] for one in found}
