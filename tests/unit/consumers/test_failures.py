"""Retries, ages, splits and reports as a mapping asks for them, and what its destination is told.

Source: AWS, Lambda guide, "Configuring error handling controls" and "Retain discarded records for
a DynamoDB event source"; shapes and counts of messages recorded.
"""

import asyncio
from collections.abc import Callable

import orjson
import pytest

from headwater.arns import Scope
from headwater.consumers.mappings.outbox import Parcel
from headwater.errors import InvalidParameterValue, TooManyRequests
from headwater.outbound.failure import CallFailed

ARN = "arn:aws:lambda:us-east-1:111122223333:function:on-order"
TOPIC = "arn:aws:sns:us-east-1:111122223333:alarms"
BUCKET = "arn:aws:s3:::failures"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:failed"


def to(arn):
    return {"OnFailure": {"Destination": arn}}


def fails_for(world, failed, *bad):
    """A function that raises for batches with one of these values."""

    def behave(records):
        values = {record["dynamodb"]["Keys"]["pk"]["S"] for record in records}
        return failed if values & set(bad) else type(failed)()

    world.functions.behave = behave


def names(*sequences):
    """An answer that reports these records."""
    failures = [{"itemIdentifier": sequence} for sequence in sequences]
    return orjson.dumps({"batchItemFailures": failures})


def test_a_hopeless_batch_is_told_and_passed_after_its_retries(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped_to_queue(MaximumRetryAttempts=2, BatchSize=2)
        await world.write("a", "b")
        await world.pass_time(seconds=30)
        assert world.functions.seen == [["a", "b"]] * 3
        sequences = [record["dynamodb"]["SequenceNumber"] for record in world.functions.events[0]]
        (message,) = await world.messages()
        stamp = message.pop("timestamp")
        assert (stamp[:17], stamp[-1]) == ("2026-03-04T05:06:", "Z")
        shard = world.stream.shards.shards[0].id
        assert message == {
            "requestContext": {
                "requestId": "5b0c2f7e-41d9-4e07-b6f3-2a9d8c1e7f60",
                "functionArn": ARN,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 3,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "DDBStreamBatchInfo": {
                "shardId": shard,
                "startSequenceNumber": sequences[0],
                "endSequenceNumber": sequences[1],
                "approximateArrivalOfFirstRecord": "2026-03-04T05:06:40Z",
                "approximateArrivalOfLastRecord": "2026-03-04T05:06:40Z",
                "batchSize": 2,
                "streamArn": world.arn,
            },
        }
        world.functions.behave = lambda records: type(failed)()
        await world.write("c")
        await world.settle()
        assert world.functions.seen[-1] == ["c"]

    play(story)


def test_without_a_destination_records_are_dropped_and_counted(play, failed):
    async def story(world):
        fails_for(world, failed, "bad")
        await world.mapped(MaximumRetryAttempts=0, BatchSize=1)
        await world.write("bad", "good")
        await world.settle()
        assert world.functions.seen == [["bad"], ["good"]]
        (status,) = world.mappings.status()
        assert status["events"] == {
            "PolledEventCount": 2,
            "FilteredOutEventCount": 0,
            "InvokedEventCount": 2,
            "FailedInvokeEventCount": 1,
            "DroppedEventCount": 1,
            "OnFailureDestinationDeliveredEventCount": 0,
            "IteratorAge": 0,
        }

    play(story)


def test_bisecting_finds_exactly_the_poisoned_record(play, failed):
    async def story(world):
        fails_for(world, failed, "f")
        await world.mapped_to_queue(BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
        await world.write(*"abcdefgh")
        await world.pass_time(seconds=10)
        assert world.functions.seen == [
            list("abcdefgh"),
            list("abcd"),
            list("efgh"),
            list("ef"),
            ["e"],
            ["f"],
            ["f"],
            list("gh"),
        ]
        (message,) = await world.messages()
        assert message["DDBStreamBatchInfo"]["batchSize"] == 1
        assert message["requestContext"]["approximateInvokeCount"] == 2

    play(story)


def test_a_report_leaves_what_is_done_and_its_message_has_no_function_error(play, failed):
    async def story(world):
        def behave(records):
            bad = [
                record["dynamodb"]["SequenceNumber"]
                for record in records
                if record["dynamodb"]["Keys"]["pk"]["S"] == "c"
            ]
            return type(failed)(names(*bad))

        world.functions.behave = behave
        await world.mapped_to_queue(
            FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1
        )
        await world.write(*"abcd")
        await world.pass_time(seconds=10)
        assert world.functions.seen == [list("abcd"), list("cd")]
        (message,) = await world.messages()
        assert message["responseContext"]["functionError"] is None
        assert message["DDBStreamBatchInfo"]["batchSize"] == 2

    play(story)


def test_records_that_are_too_old_are_told_before_a_first_try(play, failed):
    async def story(world):
        uuid = await world.mapped_to_queue(MaximumRecordAgeInSeconds=60, Enabled=False)
        await world.write("old", "older")
        await world.pass_time(seconds=61)
        await world.write("new")
        await world.update(uuid, Enabled=True)
        await world.settle()
        assert world.functions.seen == [["new"]]
        (message,) = await world.messages()
        assert message["requestContext"]["condition"] == "RecordAgeExceeded"
        assert message["requestContext"]["approximateInvokeCount"] == 0
        assert "responseContext" not in message
        assert message["DDBStreamBatchInfo"]["batchSize"] == 2

    play(story)


def test_a_batch_that_grows_too_old_while_it_is_retried_tells_of_its_last_call(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped_to_queue(MaximumRecordAgeInSeconds=60)
        await world.write("a")
        await world.pass_time(seconds=130)
        (message,) = await world.messages()
        assert message["requestContext"]["condition"] == "RecordAgeExceeded"
        tries = message["requestContext"]["approximateInvokeCount"]
        assert tries == len(world.functions.seen) > 3
        assert message["responseContext"]["functionError"] == "Unhandled"

    play(story)


def test_what_leaves_the_stream_undelivered_is_told_too(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped_to_queue()
        await world.write("a")
        await world.pass_time(hours=24, seconds=70)
        (message,) = await world.messages()
        assert message["requestContext"]["condition"] == "RecordAgeExceeded"
        assert world.lanes()[0]["expired"] == 1

    play(story)


def test_throttles_use_no_retry(play, failed):
    async def story(world):
        troubles = [TooManyRequests("Rate Exceeded.")] * 5

        def behave(records):
            if troubles:
                raise troubles.pop()
            return failed

        world.functions.behave = behave
        await world.mapped_to_queue(MaximumRetryAttempts=1)
        await world.write("a")
        await world.pass_time(seconds=60)
        assert len(world.functions.seen) == 7
        (message,) = await world.messages()
        assert message["requestContext"]["approximateInvokeCount"] == 2

    play(story)


def throttled_once(world):
    """The first call finds no room. Returns who is to be told when there is some."""
    hopes: list[Callable[[], bool]] = []

    def when_free(hope: Callable[[], bool]) -> Callable[[], None]:
        hopes.append(hope)
        return lambda: hopes.remove(hope)

    troubles = [TooManyRequests("Rate Exceeded.", when_free=when_free)]

    def behave(records):
        if troubles:
            raise troubles.pop()

    world.functions.behave = behave
    return hopes


def test_a_throttled_batch_is_tried_again_as_soon_as_there_is_room(play):
    async def story(world):
        hopes = throttled_once(world)
        await world.mapped()
        await world.write("a")
        await world.settle()
        assert (world.functions.seen, len(hopes)) == ([["a"]], 1)
        hope = hopes[0]
        assert hope() is True  # and no time has passed
        await world.settle()
        assert world.functions.seen == [["a"], ["a"]]
        assert hope() is False, "it waits for nothing any more: the next one is to be told"
        assert hopes == []

    play(story)


@pytest.mark.parametrize("way", ["skip", "stop"])
def test_who_gives_up_a_throttled_batch_is_not_told_of_room(play, way):
    async def story(world):
        hopes = throttled_once(world)
        await world.mapped()
        await world.write("a")
        await world.settle()
        (hope,) = hopes
        if way == "skip":
            (state,) = world.mappings.status()
            assert world.mappings.skip(state["uuid"], state["lanes"][0]["shard_id"]) == 1
        else:
            closing = asyncio.ensure_future(world.mappings.close())
            await asyncio.sleep(0)
            assert hope() is False, "it stops, and tries nothing more"
            await closing
        await world.settle()
        assert hopes == [], "it is in nobody's way"
        assert hope() is False
        assert world.functions.seen == [["a"]]

    play(story)


def test_a_crash_between_tries_keeps_their_number(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped_to_queue(MaximumRetryAttempts=3)
        await world.write("a")
        for _ in range(5):
            await world.settle()
            await world.crash()
        assert len(world.functions.seen) == 4
        (message,) = await world.messages()
        assert message["requestContext"]["approximateInvokeCount"] == 4

    play(story)


@pytest.mark.parametrize("turns", range(12))
def test_a_crash_at_any_moment_tells_once(play, failed, turns):
    """The message and the position are one transaction."""

    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped_to_queue(MaximumRetryAttempts=0)
        await world.write("a")
        await world.settle(turns)
        await world.crash()
        assert len(await world.messages()) == 1

    play(story)


# --- destinations outside ------------------------------------------------------------------------


def test_a_topic_gets_the_message_as_text(play, failed):
    async def story(world):
        world.caller.services = {"sns"}
        world.functions.behave = lambda records: failed
        await world.mapped(MaximumRetryAttempts=0, DestinationConfig=to(TOPIC))
        await world.write("a")
        await world.settle()
        ((service, operation, region, params),) = world.caller.calls
        assert (service, operation, region) == ("sns", "publish", "us-east-1")
        assert params["TopicArn"] == TOPIC
        assert orjson.loads(params["Message"])["DDBStreamBatchInfo"]["batchSize"] == 1
        (status,) = world.mappings.status()
        assert status["events"]["OnFailureDestinationDeliveredEventCount"] == 1

    play(story)


def test_a_bucket_gets_the_event_too(play, failed):
    async def story(world):
        world.caller.services = {"s3"}
        world.functions.behave = lambda records: failed
        uuid = await world.mapped(MaximumRetryAttempts=0, DestinationConfig=to(BUCKET))
        await world.write("a", "b")
        await world.settle()
        ((service, operation, _, params),) = world.caller.calls
        assert (service, operation, params["Bucket"]) == ("s3", "put_object", "failures")
        shard = world.stream.shards.shards[0].id
        day = "2026/03/04/2026-03-04T05.06.40-"
        assert params["Key"].startswith(f"aws/lambda/{uuid}/{shard}/{day}")
        body = orjson.loads(params["Body"])
        assert body["payload"] == {"Records": world.functions.events[0]}

    play(story)


def test_a_queue_elsewhere_is_found_by_its_name(play, failed):
    async def story(world):
        world.caller.services = {"sqs"}
        world.functions.behave = lambda records: failed
        await world.mapped(MaximumRetryAttempts=0, DestinationConfig=to(QUEUE), BatchSize=1)
        await world.write("a", "b")
        await world.settle(200)
        asked, *sent = world.caller.calls
        assert asked[1:] == (
            "get_queue_url",
            "us-east-1",
            {"QueueName": "failed", "QueueOwnerAWSAccountId": "111122223333"},
        )
        assert [call[1] for call in sent] == ["send_message"] * 2

    play(story)


def test_a_destination_that_is_down_holds_up_no_records_and_gets_its_messages_later(play, failed):
    async def story(world):
        world.caller.services = {"sns"}
        world.caller.trouble = CallFailed("Unreachable", "sns did not answer")
        fails_for(world, failed, "bad")
        uuid = await world.mapped(MaximumRetryAttempts=0, BatchSize=1, DestinationConfig=to(TOPIC))
        await world.write("bad", "good", "bad", "better")
        await world.pass_time(seconds=5)
        assert world.functions.seen == [["bad"], ["good"], ["bad"], ["better"]]
        (status,) = world.mappings.destinations()
        assert (status["waiting"], status["failures"] > 2) == (True, True)
        assert status["trouble"] == "Unreachable: sns did not answer"
        await world.crash()
        await world.delete(uuid)
        await world.settle()
        world.caller.trouble = None
        await world.pass_time(seconds=120)
        assert [call[1] for call in world.caller.calls] == ["publish"] * 2
        (status,) = world.mappings.destinations()
        assert (status["waiting"], status["sent"]) == (False, 2)
        assert await world.engine.run(lambda tx: tx.range(b"o", b"p")) == []

    play(story)


def test_a_destination_that_is_down_does_not_delay_another(play, failed):
    async def story(world):
        world.caller.services = {"sns", "s3"}
        down = asyncio.get_running_loop().create_future()
        call = world.caller.call

        async def hangs_for_sns(service, *given):
            if service == "sns":
                await down
            return await call(service, *given)

        world.caller.call = hangs_for_sns
        world.functions.behave = lambda records: failed
        await world.engine.run(lambda tx: tx.put(b"f111122223333/us-east-1/other", b"{}"))
        await world.mapped(MaximumRetryAttempts=0, DestinationConfig=to(TOPIC))
        await world.mapped(
            MaximumRetryAttempts=0, DestinationConfig=to(BUCKET), FunctionName="other"
        )
        await world.write("a")
        await world.settle(200)
        assert [call[0] for call in world.caller.calls] == ["s3"]

    play(story)


def test_a_queue_that_was_deleted_gets_its_messages_when_it_is_back(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped_to_queue(MaximumRetryAttempts=0)
        world.queues.names.clear()
        await world.write("a")
        await world.settle()
        assert await world.messages() == []
        world.queues.names.add("failed")
        await world.pass_time(seconds=70)
        assert len(await world.messages()) == 1

    play(story)


def test_a_parcel_survives_being_stored():
    parcel = Parcel(TOPIC, Scope("111122223333", "us-east-1"), "0c9a", 3, '{"a":"ü"}', "k")
    assert Parcel.decode(parcel.encode()) == parcel


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        (QUEUE, "not a queue of this node"),
        (TOPIC, "no endpoint for sns"),
        (BUCKET, "no endpoint for s3"),
        (QUEUE + ".fifo", "Unsupported DestinationConfig parameter"),
        (TOPIC + ".fifo", "Unsupported DestinationConfig parameter"),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", "Unsupported DestinationConfig"),
        ("kafka://topic", "Unsupported DestinationConfig parameter"),
    ],
)
def test_a_destination_with_nowhere_to_go_is_refused(play, arn, text):
    async def story(world):
        with pytest.raises(InvalidParameterValue, match=text):
            await world.create(DestinationConfig=to(arn))
        uuid = await world.mapped()
        with pytest.raises(InvalidParameterValue, match=text):
            await world.update(uuid, DestinationConfig=to(arn))

    play(story)
