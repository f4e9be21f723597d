"""ParallelizationFactor: several lanes of one shard, each item in one of them.

Source: AWS, Lambda guide, ParallelizationFactor: up to so many batches of a shard at once, and
records with the same partition key in order.
"""

import asyncio
from collections import defaultdict
from zlib import crc32

import orjson
import pytest

from headwater.changelog.record import Change, pack
from headwater.consumers.checkpoint import Checkpoint, Cut, Place
from headwater.consumers.mappings.share import (
    Share,
    divided,
    key_spread,
    partition_key_of,
    place_of,
)


def lane_of(value, lanes):
    """The lane of an item, by the rule of share.py."""
    return crc32(orjson.dumps({"pk": {"S": value}})) % lanes


def in_lane(number, lanes, count):
    """Some values whose items are in a lane."""
    values = (f"v{n}" for n in range(10_000))
    return [value for value in values if lane_of(value, lanes) == number][:count]


def test_one_lane_stands_still_and_the_others_do_not(play, failed):
    async def story(world):
        (bad,), good = in_lane(0, 2, 1), in_lane(1, 2, 3)

        def behave(records):
            values = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
            return failed if bad in values else type(failed)()

        world.functions.behave = behave
        await world.mapped(ParallelizationFactor=2)
        await world.write(bad, *good)
        await world.settle(120)
        assert sorted(world.functions.seen) == sorted([[bad], good])
        await world.write(good[0])
        await world.settle(120)
        assert world.functions.seen[-1] == [good[0]]
        (shard,) = world.lanes()
        assert shard["position"] < world.functions.events[0][0]["dynamodb"]["SequenceNumber"]
        assert [lane["phase"] for lane in shard["lanes"]] == ["pause", "idle"]

    play(story)


def test_lanes_invoke_at_the_same_time_but_each_one_batch_at_once(play, failed):
    async def story(world):
        running: dict[int, int] = defaultdict(int)
        most = 0

        async def behave(records):
            nonlocal most
            (lane,) = {lane_of(record["dynamodb"]["Keys"]["pk"]["S"], 4) for record in records}
            running[lane] += 1
            assert running[lane] == 1
            most = max(most, sum(running.values()))
            for _ in range(5):
                await asyncio.sleep(0)
            running[lane] -= 1
            return type(failed)()

        world.functions.behave = behave
        await world.mapped(ParallelizationFactor=4, BatchSize=2)
        await world.write(*(f"v{n}" for n in range(40)))
        await world.settle(600)
        assert sum(map(len, world.functions.seen)) == 40
        assert most == 4

    play(story)


def test_a_restart_goes_on_in_each_lane_where_it_was(play, failed):
    async def story(world):
        (bad,), good = in_lane(0, 3, 1), [*in_lane(1, 3, 2), *in_lane(2, 3, 2)]

        def behave(records):
            values = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
            return failed if bad in values else type(failed)()

        world.functions.behave = behave
        await world.mapped_to_queue(ParallelizationFactor=3, MaximumRetryAttempts=3)
        await world.write(bad, *good)
        await world.settle(200)
        seen = len(world.functions.seen)
        assert seen == 3
        for _ in range(5):
            await world.crash()
            await world.settle(100)
        assert world.functions.seen[seen:] == [[bad]] * 3
        (message,) = await world.messages()
        assert message["requestContext"]["approximateInvokeCount"] == 4

    play(story)


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (2, 3), (10, 2)])
def test_a_new_factor_delivers_nothing_twice_and_misses_nothing(play, failed, before, after):
    async def story(world):
        (bad,) = in_lane(0, before, 1)

        def behave(records):
            values = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
            return failed if bad in values and not world.mended else type(failed)()

        world.mended = False
        world.functions.behave = behave
        uuid = await world.mapped(ParallelizationFactor=before, BatchSize=1)
        values = [bad, *(f"w{n}" for n in range(20))]
        await world.write(*values)
        await world.settle(900)
        await world.update(uuid, ParallelizationFactor=after)
        await world.settle(900)
        world.mended = True
        await world.pass_time(seconds=60)
        await world.settle(900)
        done = [batch[0] for batch in world.functions.seen if batch[0] != bad]
        assert sorted(done) == sorted(values[1:])
        await world.crash()
        await world.write("more")
        await world.settle(300)
        assert world.functions.seen[-1] == ["more"]
        assert world.mappings.idle

    play(story)


def test_a_shard_is_finished_when_all_its_lanes_are(play, failed):
    async def story(world):
        (bad,), (good,) = in_lane(0, 2, 1), in_lane(1, 2, 1)
        world.bad = True

        def behave(records):
            values = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
            return failed if bad in values and world.bad else type(failed)()

        world.functions.behave = behave
        await world.mapped(ParallelizationFactor=2)
        await world.write(bad, good)
        await world.split()
        await world.write("child")
        await world.settle(300)
        assert sorted(world.functions.seen) == sorted([[bad], [good]])
        world.bad = False
        await world.pass_time(seconds=60)
        assert world.functions.seen[-1] == ["child"]
        assert world.mappings.idle

    play(story)


# --- shares, as values ---------------------------------------------------------------------------


def stored(keys):
    return pack(Change(0, orjson.dumps(keys), 9, b"{}", 9, b"", 0))


def test_items_of_one_partition_key_are_in_one_lane():
    schema = [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    name = partition_key_of(schema)
    assert name == "pk"
    for number in range(5):
        for lanes in (2, 7):
            keys = [{"pk": {"N": str(number)}, "sk": {"S": sort}} for sort in "abc"]
            takers = {
                tuple(lane for lane in range(lanes) if Share(lane, lanes, (), name).takes(1, one))
                for one in map(stored, keys)
            }
            assert len(takers) == 1
            assert len(takers.pop()) == 1


def test_a_cut_passes_over_what_its_lanes_had_done():
    keys = {"pk": {"S": "a"}}
    lane = key_spread(orjson.dumps(keys), None) % 3
    upto = [5, 5, 5]
    upto[lane] = 8
    share = Share(0, 1, (Cut(tuple(upto)),), None)
    assert not share.is_all
    assert [share.takes(sequence, stored(keys)) for sequence in (5, 8, 9)] == [False, False, True]


def test_cuts_pile_up_while_they_say_something_and_go_when_they_do_not():
    once = divided(Checkpoint.of((Place(3), Place(9))), 3)
    assert once.cuts == (Cut((3, 9)),)
    moved = once.with_place(0, Place(5)).with_place(1, Place(4)).with_place(2, Place(7))
    twice = divided(moved, 2)
    assert twice.cuts == (Cut((3, 9)), Cut((5, 4, 7)))
    assert twice.after == 4
    done = twice.with_place(0, Place(9)).with_place(1, Place(9))
    assert done.cuts == ()
    assert Checkpoint.decode(twice.encode()) == twice


def test_a_record_is_where_its_own_lane_stands_or_where_an_earlier_one_had_got_to():
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    one = stored({"pk": {"S": "a"}})
    spread = key_spread(orjson.dumps({"pk": {"S": "a"}}), None)
    afters = [3, 4]
    checkpoint = Checkpoint.of(tuple(Place(after) for after in afters))
    number, place = place_of(checkpoint, one, schema)
    assert (number, place.after) == (spread % 2, afters[spread % 2])
    assert place_of(divided(checkpoint, 3), one, schema)[1].after == afters[spread % 2]
