"""Tumbling windows: whose state goes where, when they end, and that no crash loses one.

Source: AWS, Lambda guide, "Tumbling windows" of DynamoDB streams. Windows begin at multiples of
their length since the epoch, and the last call has no records: both are unsure. The world's clock
starts at 2026-03-04T05:06:40Z, a multiple of 100 s since the epoch and 40 s into a minute.
"""

import orjson
import pytest

from headwater.errors import InvalidParameterValue

MINUTE = 60


def summing(world, failed):
    """A function that counts records into its state, and fails while world.broken is set."""
    world.broken = False

    def behave(records):
        if world.broken:
            return failed
        state = dict(world.functions.frames[-1]["state"])
        state["seen"] = state.get("seen", 0) + len(records)
        return type(failed)(orjson.dumps({"state": state}))

    world.functions.behave = behave


def calls(world):
    """(values, state seen so far, final) of each call."""
    return [
        (values, frame["state"].get("seen", 0), frame["isFinalInvokeForWindow"])
        for values, frame in zip(world.functions.seen, world.functions.frames, strict=True)
    ]


def test_a_state_is_carried_from_call_to_call_and_handed_over_at_the_end(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE)
        await world.write("a", "b")
        await world.settle()
        await world.write("c")
        await world.pass_time(seconds=19)
        assert calls(world) == [(["a", "b"], 0, False), (["c"], 2, False)]
        await world.pass_time(seconds=1)
        assert calls(world)[2:] == [([], 3, True)]
        await world.write("d")
        await world.settle()
        assert calls(world)[3:] == [(["d"], 0, False)]

    play(story)


def test_an_event_says_which_window_it_belongs_to(play, failed):
    """Source: the guide's sample event."""

    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE)
        await world.write("a")
        await world.settle()
        assert world.functions.frames == [
            {
                "window": {"start": "2026-03-04T05:06:00Z", "end": "2026-03-04T05:07:00Z"},
                "state": {},
                "shardId": world.stream.shards.shards[0].id,
                "eventSourceARN": world.arn,
                "isFinalInvokeForWindow": False,
                "isWindowTerminatedEarly": False,
            }
        ]

    play(story)


def test_records_of_two_windows_are_never_in_one_batch(play, failed):
    async def story(world):
        summing(world, failed)
        uuid = await world.mapped(TumblingWindowInSeconds=MINUTE, Enabled=False)
        await world.write("a", "b")
        await world.pass_time(seconds=20)
        await world.write("c")
        await world.pass_time(seconds=60)
        await world.write("d")
        await world.update(uuid, Enabled=True)
        await world.settle(120)
        assert calls(world) == [
            (["a", "b"], 0, False),
            ([], 2, True),
            (["c"], 0, False),
            ([], 1, True),
            (["d"], 0, False),
        ]

    play(story)


def test_a_window_without_records_makes_no_call(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE)
        await world.pass_time(seconds=300)
        assert calls(world) == []
        assert world.mappings.idle

    play(story)


def test_the_end_of_a_shard_closes_its_window_and_children_begin_anew(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE)
        await world.write("a")
        await world.settle()
        await world.split()
        await world.settle(120)
        await world.write("b")
        await world.settle(120)
        assert calls(world) == [(["a"], 0, False), ([], 1, True), (["b"], 0, False)]
        assert world.functions.frames[1]["isWindowTerminatedEarly"] is False

    play(story)


def test_a_window_that_fails_to_close_is_tried_again_and_holds_its_shard(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE)
        await world.write("a")
        await world.settle()
        world.broken = True
        await world.pass_time(seconds=25)
        await world.write("next")
        await world.pass_time(seconds=5)
        tries = calls(world)[1:]
        assert len(tries) > 3
        assert set(map(str, tries)) == {str(([], 1, True))}
        world.broken = False
        await world.pass_time(seconds=70)
        assert calls(world)[1 + len(tries) :][:2] == [([], 1, True), (["next"], 0, False)]

    play(story)


def test_a_window_that_cannot_be_closed_is_told_and_left_when_its_retries_are_used_up(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped_to_queue(TumblingWindowInSeconds=MINUTE, MaximumRetryAttempts=2)
        await world.write("a")
        await world.settle()
        world.broken = True
        await world.pass_time(seconds=30)
        assert calls(world)[1:] == [([], 1, True)] * 3
        (message,) = await world.messages()
        assert message["DDBStreamBatchInfo"]["batchSize"] == 0
        assert message["requestContext"]["approximateInvokeCount"] == 3
        world.broken = False
        await world.write("b")
        await world.settle()
        assert calls(world)[-1] == (["b"], 0, False)

    play(story)


def test_a_state_over_1_mb_ends_the_window_early(play, failed):
    """Source: the guide: "Each shard's state can be at most 1 MB; if it exceeds that size, Lambda
    terminates the window early"."""

    async def story(world):
        def behave(records):
            large = "x" * (1024 * 1024) if records else ""
            return type(failed)(orjson.dumps({"state": {"large": large}}))

        world.functions.behave = behave
        await world.mapped(TumblingWindowInSeconds=MINUTE, BatchSize=1)
        await world.write("a", "b")
        await world.settle(200)
        told = [
            (values, len(frame["state"].get("large", "")), frame["isWindowTerminatedEarly"])
            for values, frame in zip(world.functions.seen, world.functions.frames, strict=True)
        ]
        large = 1024 * 1024
        assert told == [(["a"], 0, False), ([], large, True), (["b"], 0, False), ([], large, True)]

    play(story)


def test_an_answer_without_state_is_a_failure(play, failed):
    async def story(world):
        world.functions.behave = lambda records: type(failed)(b"{}")
        await world.mapped_to_queue(TumblingWindowInSeconds=MINUTE, MaximumRetryAttempts=1)
        await world.write("a")
        await world.pass_time(seconds=2)
        assert world.functions.seen == [["a"], ["a"]]
        assert len(await world.messages()) == 1

    play(story)


def test_a_report_within_a_window_keeps_the_state_of_what_is_done(play, failed):
    async def story(world):
        asked = []

        def behave(records):
            state = dict(world.functions.frames[-1]["state"])
            asked.append(state)
            if len(records) == 3:
                bad = records[1]["dynamodb"]["SequenceNumber"]
                failures = [{"itemIdentifier": bad}]
                return type(failed)(
                    orjson.dumps({"state": {"seen": 1}, "batchItemFailures": failures})
                )
            return type(failed)(orjson.dumps({"state": {"seen": 3}}))

        world.functions.behave = behave
        await world.mapped(
            TumblingWindowInSeconds=MINUTE, FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        await world.write("a", "b", "c")
        await world.pass_time(seconds=2)
        assert world.functions.seen == [["a", "b", "c"], ["b", "c"]]
        assert asked == [{}, {"seen": 1}]

    play(story)


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21])
def test_a_crash_loses_no_state(play, failed, turns):
    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE, BatchSize=1)
        await world.write(*"abcdef")
        await world.settle(turns)
        await world.crash()
        await world.pass_time(seconds=10)
        await world.crash()
        await world.pass_time(seconds=15)
        final = [call for call in calls(world) if call[2]]
        assert final == [([], 6, True)]

    play(story)


def test_a_retried_close_keeps_its_attempts_through_a_crash(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped_to_queue(TumblingWindowInSeconds=MINUTE, MaximumRetryAttempts=4)
        await world.write("a")
        await world.settle()
        world.broken = True
        await world.pass_time(seconds=20)
        for _ in range(6):
            await world.crash()
        assert len(calls(world)) == 1 + 5
        assert len(await world.messages()) == 1

    play(story)


def test_other_windows_by_an_update_close_the_open_one(play, failed):
    async def story(world):
        summing(world, failed)
        uuid = await world.mapped(TumblingWindowInSeconds=MINUTE)
        await world.write("a")
        await world.settle()
        await world.update(uuid, TumblingWindowInSeconds=0)
        await world.settle()
        assert calls(world)[1] == ([], 1, True)
        world.functions.behave = lambda records: type(failed)()
        await world.write("b")
        await world.settle()
        assert world.functions.frames[-1] == {}

    play(story)


def test_a_batching_window_ends_with_the_tumbling_one(play, failed):
    async def story(world):
        summing(world, failed)
        await world.mapped(TumblingWindowInSeconds=MINUTE, MaximumBatchingWindowInSeconds=300)
        await world.write("a")
        await world.pass_time(seconds=19)
        await world.write("b")
        await world.pass_time(seconds=1)
        assert calls(world) == [(["a", "b"], 0, False), ([], 2, True)]

    play(story)


def test_windows_need_a_shard_to_be_one_lane(play):
    """Source: windows and a ParallelizationFactor above 1 exclude each other on AWS; text ours."""

    async def story(world):
        with pytest.raises(InvalidParameterValue, match="ParallelizationFactor of 1"):
            await world.create(TumblingWindowInSeconds=1, ParallelizationFactor=2)
        uuid = await world.mapped(ParallelizationFactor=2)
        with pytest.raises(InvalidParameterValue, match="ParallelizationFactor of 1"):
            await world.update(uuid, TumblingWindowInSeconds=1)
        await world.update(uuid, TumblingWindowInSeconds=1, ParallelizationFactor=1)

    play(story)
