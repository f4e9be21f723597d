"""A batch that fails for ever is given up by hand: told, passed, and nothing else with it.

Source: the contract in stage/mappings_page.py; the message is that of used-up retries
(test_failures.py has AWS's).
"""


def fails_for(world, failed, *bad):
    def behave(records):
        values = {record["dynamodb"]["Keys"]["pk"]["S"] for record in records}
        return failed if values & set(bad) else type(failed)()

    world.functions.behave = behave


def shard_of(world):
    return world.stream.shards.shards[0].id


def test_a_skipped_batch_is_told_and_the_shard_goes_on(play, failed):
    async def story(world):
        fails_for(world, failed, "bad")
        uuid = await world.mapped_to_queue(BatchSize=1)
        await world.write("bad", "good")
        await world.settle()
        assert world.lanes()[0]["phase"] == "pause"
        tries = len(world.functions.seen)
        assert world.mappings.skip(uuid, shard_of(world)) == 1
        await world.settle()
        assert world.functions.seen[tries:] == [["good"]]
        (message,) = await world.messages()
        assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
        assert message["requestContext"]["approximateInvokeCount"] == tries
        assert message["DDBStreamBatchInfo"]["batchSize"] == 1
        assert world.mappings.idle

    play(story)


def test_what_follows_a_skipped_batch_is_tried_as_ever(play, failed):
    async def story(world):
        fails_for(world, failed, "bad", "worse")
        uuid = await world.mapped_to_queue(BatchSize=1)
        await world.write("bad", "worse")
        await world.settle()
        world.mappings.skip(uuid, shard_of(world))
        await world.settle()
        assert world.functions.seen[-1] == ["worse"]
        assert len(await world.messages()) == 1
        assert world.lanes()[0]["phase"] == "pause"
        assert world.lanes()[0]["attempts"] == 1

    play(story)


def test_only_the_piece_that_waits_is_skipped_of_a_batch_that_was_split(play, failed):
    async def story(world):
        fails_for(world, failed, "b")
        uuid = await world.mapped_to_queue(BisectBatchOnFunctionError=True, BatchSize=4)
        await world.write("a", "b", "c", "d")
        await world.pass_time(seconds=1)
        assert world.lanes()[0]["phase"] == "pause"
        assert world.mappings.skip(uuid, shard_of(world)) == 1
        await world.settle()
        assert world.functions.seen[-1] == ["c", "d"]
        (message,) = await world.messages()
        assert message["DDBStreamBatchInfo"]["batchSize"] == 1

    play(story)


def test_nothing_is_skipped_where_nothing_waits(play):
    async def story(world):
        uuid = await world.mapped_to_queue()
        await world.write("a")
        await world.settle()
        assert world.mappings.skip(uuid, shard_of(world)) == 0
        assert world.mappings.skip("nobody", shard_of(world)) == 0
        await world.write("b")
        await world.settle()
        assert world.functions.seen == [["a"], ["b"]]
        assert not await world.messages()

    play(story)


def test_a_retry_by_hand_does_not_wait_for_its_moment(play, failed):
    async def story(world):
        fails_for(world, failed, "bad")
        uuid = await world.mapped()
        await world.write("bad")
        await world.settle()
        tries = len(world.functions.seen)
        world.functions.behave = lambda records: type(failed)()
        assert world.mappings.retry(uuid)
        await world.settle()
        assert len(world.functions.seen) == tries + 1
        assert world.mappings.idle
        assert not world.mappings.retry("nobody")

    play(story)
