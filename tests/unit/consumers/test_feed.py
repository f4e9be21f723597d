"""One shard, page by page: nothing is missed, and "not yet" is told from "never again"."""

import asyncio

import pytest

from headwater.changelog.wakeup import Wakeup
from headwater.consumers.checkpoint import Checkpoint
from headwater.consumers.feed import PAGE_RECORDS, Feed


@pytest.fixture
def feed_of():
    """A feed on the first open shard of a world, from its start."""

    def make(world):
        stream = world.stream
        wakeup = Wakeup(world.engine)
        return Feed(world.engine, wakeup, stream.stream, stream.shards.shards[0], Checkpoint(-1))

    return make


def test_a_feed_is_quiet_when_it_has_read_all_and_heard_of_nothing_since(play, feed_of):
    async def story(world):
        feed = feed_of(world)
        assert not feed.quiet
        await world.write("a", "b")
        assert len(await feed.read()) == 2
        # One short page says that there is no more; a second look is not needed.
        assert feed.quiet
        assert await feed.read() == []
        await world.write("c")
        assert not feed.quiet
        assert len(await feed.read()) == 1
        assert feed.quiet
        feed.close()
        await world.write("d")
        assert feed.quiet

    play(story)


def test_a_full_page_is_followed_by_another(play, feed_of):
    async def story(world):
        await world.write(*[str(number) for number in range(PAGE_RECORDS + 1)])
        feed = feed_of(world)
        assert len(await feed.read()) == PAGE_RECORDS
        assert not feed.quiet
        assert len(await feed.read()) == 1
        assert feed.quiet

    play(story)


def test_a_commit_between_look_and_answer_rings_again(play, feed_of):
    """The look meets a group that is not durable, so its answer waits for the flush; what joins
    the group after the look must not be taken for seen."""

    async def story(world):
        feed = feed_of(world)
        loop = asyncio.get_running_loop()
        flush = world.engine.flush
        # A turn later than usual, so that the look and the second write find the group waiting.
        world.engine.flush = lambda: loop.call_soon(flush)
        write_soon(world, "seen")
        reading = asyncio.ensure_future(feed.read())
        loop.call_soon(write_soon, world, "not seen")
        assert len(await reading) == 1
        assert not feed.quiet
        assert len(await feed.read()) == 1

    def write_soon(world, value):
        world.engine.submit(lambda tx: world.put(tx, value), lambda result, trouble: None)

    play(story)


def test_a_closed_shard_ends_only_behind_its_last_record(play, feed_of):
    async def story(world):
        feed = feed_of(world)
        await world.write(*[str(number) for number in range(PAGE_RECORDS + 1)])
        await world.split()
        await feed.read()
        assert not feed.ended
        await feed.read()
        assert feed.ended
        feed.seek(-1)
        assert not feed.ended

    play(story)


def test_an_empty_shard_ends_when_it_is_closed(play, feed_of):
    async def story(world):
        feed = feed_of(world)
        assert await feed.read() == []
        assert not feed.ended
        await world.split()
        assert not feed.quiet
        assert await feed.read() == []
        assert feed.ended

    play(story)


def test_a_shard_that_was_trimmed_has_ended(play, feed_of):
    async def story(world):
        feed = feed_of(world)
        await world.engine.run(lambda tx: tx.delete_range(b"h", b"i"))
        assert await feed.read() == []
        assert feed.ended

    play(story)
