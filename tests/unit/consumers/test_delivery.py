"""Records on their way to a function: order, batches, retries, restarts, the shard tree.

Source of the rules: AWS, Lambda guide, "Polling and batching streams"; time is a ManualClock's.
"""

import asyncio
import gc
import itertools

from headwater.consumers.mappings.batch import Batch
from headwater.errors import ResourceNotFound, TooManyRequests


def test_records_are_delivered_as_soon_as_they_are_committed_in_order(play):
    async def story(world):
        await world.mapped()
        await world.write("a")
        await world.settle()
        assert world.functions.seen == [["a"]]
        await world.write("b", "c")
        await world.settle()
        assert world.functions.seen == [["a"], ["b", "c"]]
        assert world.functions.names == ["on-order", "on-order"]
        assert world.mappings.idle

    play(story)


def test_a_record_has_the_form_of_a_handlers_event(play):
    """Source: the Lambda guide's sample event of DynamoDB."""

    async def story(world):
        await world.mapped()
        await world.write("a")
        await world.settle()
        ((record,),) = world.functions.events
        assert record["eventName"] == "INSERT"
        assert record["eventSourceARN"] == world.arn
        assert record["dynamodb"]["NewImage"] == {"pk": {"S": "a"}}
        assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)

    play(story)


def test_trim_horizon_sees_what_was_written_before_and_latest_does_not(play):
    async def story(world):
        await world.write("before")
        await world.mapped()
        await world.engine.run(lambda tx: tx.put(b"f111122223333/us-east-1/other", b"{}"))
        await world.mapped(StartingPosition="LATEST", FunctionName="other")
        assert world.functions.names == ["on-order"]
        await world.write("after")
        await world.settle()
        assert sorted(zip(world.functions.names, world.functions.seen, strict=True)) == [
            ("on-order", ["after"]),
            ("on-order", ["before"]),
            ("other", ["after"]),
        ]

    play(story)


def test_latest_is_decided_when_the_mapping_is_created_not_when_it_starts_to_read(play):
    """The position is durable with the mapping, so a crash before the first read skips nothing."""

    async def story(world):
        await world.create(StartingPosition="LATEST")
        await world.write("right after the answer")
        await world.crash()
        assert ["right after the answer"] in world.functions.seen

    play(story)


def test_latest_reads_the_children_of_open_shards_whole(play, half):
    async def story(world):
        await world.write("old")
        uuid = await world.mapped(StartingPosition="LATEST", Enabled=False)
        await world.split()
        await world.write("low")
        await world.write("high", hash_value=half)
        await world.update(uuid, Enabled=True)
        await world.settle()
        assert sorted(world.functions.seen) == [["high"], ["low"]]

    play(story)


def test_a_batch_is_full_at_batch_size(play):
    async def story(world):
        await world.write(*"abcdefg")
        await world.mapped(BatchSize=3)
        assert world.functions.seen == [list("abc"), list("def"), ["g"]]

    play(story)


def test_more_records_than_a_page_come_in_one_batch_if_it_is_large_enough(play):
    """10,000 is BatchSize's maximum; a page of the log has 1,000."""

    async def story(world):
        values = [str(number) for number in range(2500)]
        await world.write(*values)
        await world.mapped(BatchSize=10_000)
        assert world.functions.seen == [values]

    play(story)


def test_an_event_stays_below_6_mb(play):
    async def story(world):
        large = "x" * (1024 * 1024)
        # Each record shows its key twice (Keys, NewImage): 2 MiB and a little, so 2 fit into 6.
        await world.write(*[large + str(number) for number in range(5)])
        await world.mapped()
        assert [len(batch) for batch in world.functions.seen] == [2, 2, 1]

    play(story)


def test_a_batching_window_gathers_until_it_is_over(play):
    async def story(world):
        await world.mapped(MaximumBatchingWindowInSeconds=10, BatchSize=3)
        await world.write("a")
        await world.pass_time(seconds=6)
        await world.write("b")
        await world.pass_time(seconds=3)
        assert world.functions.seen == []
        await world.pass_time(seconds=1)
        assert world.functions.seen == [["a", "b"]]
        await world.write(*"cde")
        await world.settle()
        assert world.functions.seen == [["a", "b"], list("cde")]

    play(story)


def test_a_failing_batch_is_retried_whole_and_holds_its_shard_up(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped(BatchSize=2)
        await world.write("a", "b", "c")
        await world.settle()
        assert world.functions.seen == [["a", "b"]]
        await world.pass_time(seconds=5)
        assert len(world.functions.seen) > 2
        assert all(batch == ["a", "b"] for batch in world.functions.seen)
        world.functions.behave = lambda records: type(failed)()
        await world.pass_time(seconds=60)
        assert world.functions.seen[-2:] == [["a", "b"], ["c"]]

    play(story)


def test_pauses_between_tries_double_up_to_a_minute(play, failed):
    async def story(world):
        moments = []

        def behave(records):
            moments.append(world.clock.now_ms())
            return failed

        world.functions.behave = behave
        await world.mapped()
        await world.write("a")
        await world.pass_time(seconds=600)
        pauses = [after - before for before, after in itertools.pairwise(moments)]
        longest = [min(60_000, 250 * 2**number) for number in range(len(pauses))]
        assert len(pauses) > 10
        assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))

    play(story)


def test_a_failing_shard_does_not_hold_up_another(play, failed, half):
    async def story(world):
        world.functions.behave = lambda records: (
            failed if records[0]["dynamodb"]["Keys"]["pk"]["S"] == "bad" else type(failed)()
        )
        await world.mapped()
        await world.write("bad")
        await world.settle()
        await world.write("good", hash_value=half)
        await world.settle()
        assert world.functions.seen == [["bad"], ["good"]]

    play(story, partitions=2)


def test_children_wait_for_their_parent(play, failed, half):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped()
        await world.write("parent")
        await world.split()
        await world.write("child")
        await world.write("other child", hash_value=half)
        await world.pass_time(seconds=10)
        assert {batch[0] for batch in world.functions.seen} == {"parent"}
        world.functions.behave = lambda records: type(failed)()
        tries = len(world.functions.seen)
        await world.pass_time(seconds=60)
        assert world.functions.seen[tries] == ["parent"]
        assert sorted(world.functions.seen[tries + 1 :]) == [["child"], ["other child"]]

    play(story)


def test_a_shard_that_is_closed_while_idle_is_followed_into_its_children(play):
    async def story(world):
        await world.mapped()
        for number in range(4):
            await world.write(f"value {number}")
            await world.split()
            await world.settle()
        await world.write("last")
        await world.settle()
        expected = [[f"value {number}"] for number in range(4)] + [["last"]]
        assert world.functions.seen == expected

    play(story)


def test_a_restart_goes_on_behind_the_last_batch_that_was_done(play):
    async def story(world):
        await world.mapped()
        await world.write("a")
        await world.settle()
        await world.crash()
        await world.write("b")
        await world.settle()
        assert world.functions.seen == [["a"], ["b"]]

    play(story)


def test_a_batch_in_flight_at_a_crash_is_delivered_again(play, failed):
    async def story(world):
        never = asyncio.get_running_loop().create_future()
        world.functions.behave = lambda records: never
        await world.mapped()
        await world.write("a")
        await world.settle()
        world.functions.behave = lambda records: type(failed)()
        await world.crash()
        assert world.functions.seen == [["a"], ["a"]]

    play(story)


def test_a_retry_after_a_restart_has_the_same_records_though_more_were_written(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped()
        await world.write("a", "b")
        await world.settle()
        await world.write("c")
        await world.crash()
        assert world.functions.seen == [["a", "b"], ["a", "b"]]
        assert world.lanes()[0]["attempts"] == 2

    play(story)


def test_filtered_records_are_not_delivered_and_not_looked_at_again(play):
    async def story(world):
        pattern = '{"dynamodb":{"Keys":{"pk":{"S":["yes"]}}}}'
        await world.mapped(FilterCriteria={"Filters": [{"Pattern": pattern}]})
        await world.write("no", "yes", "no")
        await world.settle()
        await world.write("no")
        await world.settle()
        assert world.functions.seen == [["yes"]]
        assert world.mappings.idle
        await world.pass_time(seconds=2)
        await world.crash()
        (lane,) = world.lanes()
        assert (lane["filtered"], world.functions.seen) == (0, [["yes"]])

    play(story)


def test_a_stop_in_order_saves_where_filters_have_got_to(play):
    async def story(world):
        pattern = '{"eventName":["REMOVE"]}'
        uuid = await world.mapped(FilterCriteria={"Filters": [{"Pattern": pattern}]})
        await world.write("a", "b")
        await world.settle()
        await world.update(uuid, Enabled=False)
        await world.settle()
        await world.update(uuid, FilterCriteria={})
        await world.settle()
        await world.update(uuid, Enabled=True)
        await world.settle()
        assert world.functions.seen == []

    play(story)


def test_records_that_expire_before_they_are_delivered_are_counted_and_passed(play, failed):
    """Source: AWS, "Data retention limit for DynamoDB Streams": 24 hours."""

    async def story(world):
        world.functions.behave = lambda records: failed
        await world.mapped(BatchSize=2)
        await world.write("a", "b")
        await world.pass_time(hours=1)
        await world.write("c")
        await world.pass_time(hours=23, seconds=70)
        assert world.functions.seen[-1] == ["c"]
        (lane,) = world.lanes()
        assert lane["expired"] == 2

    play(story)


def test_a_function_that_is_missing_is_waited_for(play, failed):
    async def story(world):
        def missing(records):
            raise ResourceNotFound("Function not found: on-order")

        world.functions.behave = missing
        uuid = await world.mapped()
        await world.write("a")
        await world.settle()
        answer = await world.get(uuid)
        assert answer["LastProcessingResult"].startswith("PROBLEM: Function not found")
        await world.pass_time(seconds=100)
        assert world.lanes()[0]["attempts"] == 0
        world.functions.behave = lambda records: type(failed)()
        tries = len(world.functions.seen)
        world.mappings.function_changed(world.stream.stream.scope, "on-order")
        await world.settle()
        assert len(world.functions.seen) == tries + 1
        assert (await world.get(uuid))["LastProcessingResult"] == "OK"

    play(story)


def test_a_throttled_or_broken_call_is_retried_and_uses_no_attempt(play, failed):
    async def story(world):
        troubles = [TooManyRequests("Rate Exceeded."), RuntimeError("a bug of ours")]

        def behave(records):
            if troubles:
                raise troubles.pop(0)
            return type(failed)()

        world.functions.behave = behave
        await world.mapped()
        await world.write("a")
        await world.pass_time(seconds=3)
        assert world.functions.seen == [["a"]] * 3
        assert world.mappings.idle

    play(story)


def test_a_disabled_stream_is_read_to_its_end_and_its_mapping_ends_when_it_has_expired(play):
    async def story(world):
        uuid = await world.mapped()
        await world.write("last words")
        await world.turn_off()
        await world.settle()
        assert world.functions.seen == [["last words"]]
        assert (await world.get(uuid))["State"] == "Enabled"
        await world.pass_time(hours=24, seconds=1)
        answer = await world.get(uuid)
        assert answer["State"] == "Disabled"
        assert answer["StateTransitionReason"] == f"Stream not found: {world.arn}"
        assert world.mappings.status() == []

    play(story)


def test_last_processing_result_tells_how_the_last_batch_went(play, failed):
    """Source: recorded answers for the three texts."""

    async def story(world):
        uuid = await world.mapped()
        assert (await world.get(uuid))["LastProcessingResult"] == "No records processed"
        world.functions.behave = lambda records: failed
        await world.write("a")
        await world.settle()
        answer = await world.get(uuid)
        assert answer["LastProcessingResult"] == "PROBLEM: Function call failed"
        world.functions.behave = lambda records: type(failed)()
        await world.pass_time(seconds=1)
        assert (await world.get(uuid))["LastProcessingResult"] == "OK"

    play(story)


def test_an_idle_mapping_sets_no_timer(play):
    async def story(world):
        await world.mapped()
        await world.write("a")
        await world.settle()
        timers = []
        world.clock.call_at = lambda when_ms, action: timers.append(when_ms)
        await world.settle()
        assert world.mappings.idle
        assert timers == []

    play(story, partitions=4)


def test_mappings_are_never_called_idle_while_a_record_is_on_its_way(play):
    async def story(world):
        def said_too_early(records):
            return world.mappings.idle and len(world.functions.events) < records

        await world.write("before")
        await world.create()
        early = []
        for _ in range(60):
            early.append(said_too_early(1))
            await world.settle(1)
        await world.split()
        await world.write("after")
        for _ in range(60):
            early.append(said_too_early(2))
            await world.settle(1)
        assert world.mappings.idle
        assert not any(early)

    play(story)


def test_an_orderly_close_lets_a_batch_in_flight_end_so_that_it_is_not_repeated(play, failed):
    async def story(world):
        answer = asyncio.get_running_loop().create_future()
        world.functions.behave = lambda records: answer
        await world.mapped()
        await world.write("a")
        await world.settle()
        asyncio.get_running_loop().call_soon(answer.set_result, type(failed)())
        await world.mappings.close(grace_ms=1000)
        await world.crash()
        assert world.functions.seen == [["a"]]

    play(story)


def test_an_idle_lane_holds_no_records(play):
    async def story(world):
        await world.mapped()
        await world.write("recognizable")
        await world.settle()
        world.functions.events.clear()
        gc.collect()
        kept = [one for one in gc.get_objects() if isinstance(one, Batch) and one.records]
        assert kept == []

    play(story)
