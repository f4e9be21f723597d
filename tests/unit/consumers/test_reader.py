"""Following the shard tree when it is not as simple as usual."""

import logging

from headwater.changelog.read import read_log
from headwater.changelog.stream import OpenStream, close_shard, load_shards, open_shard
from headwater.consumers.checkpoint import Checkpoint, Piece, load_checkpoints, save_checkpoint
from headwater.consumers.mappings import ledger as ledger_module
from headwater.storage import keyspace


def test_children_that_are_listed_later_than_their_parent_ends_are_found(play):
    """Source: AWS, DescribeStream may for a moment show a closed leaf without its child."""

    async def story(world):
        await world.mapped()
        await world.write("parent")
        stream = world.stream.stream
        parent = world.stream.shards.shards[0]

        def close(tx):
            return close_shard(tx, stream, parent, world.clock.now_ms())

        closed = await world.engine.run(close)
        await world.settle()

        def continue_it(tx):
            now_ms = world.clock.now_ms()
            open_shard(tx, world.ids, stream, closed, closed.first_hash, closed.end_hash, now_ms)
            world.stream = OpenStream(stream, load_shards(tx, stream))
            world.put(tx, "child")

        await world.engine.run(continue_it)
        await world.settle()
        assert world.functions.seen == [["parent"]]
        await world.pass_time(seconds=1)
        assert world.functions.seen == [["parent"], ["child"]]

    play(story)


def test_latest_skips_the_shards_that_were_closed_before(play):
    async def story(world):
        await world.write("old")
        await world.split()
        await world.write("newer, but old")
        await world.mapped(StartingPosition="LATEST")
        await world.write("new")
        await world.settle()
        assert world.functions.seen == [["new"]]

    play(story)


def test_a_lane_that_dies_of_a_bug_is_started_again_after_a_while(play, caplog):
    async def story(world):
        await world.mapped()
        log = world.stream.shards.shards[0].log
        sequence = await world.engine.run(lambda tx: tx.append(log, b"not a record"))
        with caplog.at_level(logging.ERROR):
            await world.settle()
            await world.pass_time(seconds=4)
        assert [record.message for record in caplog.records] == ["lane died"]
        await world.engine.run(lambda tx: tx.delete(keyspace.record_key(log, sequence)))
        await world.write("after it")
        await world.pass_time(seconds=2)
        assert world.functions.seen == [["after it"]]

    play(story)


def test_positions_of_shards_that_are_no_longer_kept_are_forgotten(play):
    async def story(world):
        uuid = await world.mapped()
        await world.write("a")
        parent = world.stream.shards.shards[0].id
        await world.split()
        await world.settle()
        key = keyspace.shard_key(world.stream.stream.id, parent)
        await world.engine.run(lambda tx: tx.delete(key))
        await world.write("b")
        await world.crash()
        found = await world.engine.run(lambda tx: load_checkpoints(tx, f"mapping/{uuid}"))
        assert parent not in found
        assert world.functions.seen == [["a"], ["b"]]

    play(story)


def test_a_piece_whose_last_records_are_gone_ends_before_the_next_record(play):
    async def story(world):
        uuid = await world.mapped(Enabled=False)
        await world.write(*"abcd")
        shard = world.stream.shards.shards[0]

        def lose_the_second(tx):
            sequences = [entry.sequence for entry in read_log(tx, shard.log, -1, 4)]
            tx.delete(keyspace.record_key(shard.log, sequences[1]))
            checkpoint = Checkpoint(-1, pieces=(Piece(sequences[1], 1),))
            save_checkpoint(tx, f"mapping/{uuid}", shard.id, checkpoint)

        await world.engine.run(lose_the_second)
        await world.update(uuid, Enabled=True)
        await world.settle()
        assert world.functions.seen == [["a"], ["c", "d"]]

    play(story)


def test_a_trickle_of_filtered_records_is_saved_once_a_second(play, monkeypatch):
    saved = []
    save = save_checkpoint

    def count(*given):
        saved.append(given)
        save(*given)

    monkeypatch.setattr(ledger_module, "save_checkpoint", count)

    async def story(world):
        pattern = '{"eventName":["REMOVE"]}'
        await world.mapped(FilterCriteria={"Filters": [{"Pattern": pattern}]})
        for _ in range(30):
            await world.write("not wanted")
            await world.pass_time(ms=100)
        # 3 seconds of writes, and one second after the last of them.
        await world.pass_time(seconds=5)
        assert 2 <= len(saved) <= 4

    play(story)


def test_a_long_run_of_filtered_records_lets_others_work(play):
    async def story(world):
        values = [str(number) for number in range(5000)]
        await world.write(*values)
        pattern = '{"eventName":["REMOVE"]}'
        await world.create(FilterCriteria={"Filters": [{"Pattern": pattern}]})
        turns = 0
        while not world.lanes() or not world.lanes()[0]["idle"]:
            await world.settle(1)
            turns += 1
        assert world.lanes()[0]["filtered"] == 5000
        assert turns >= 5  # pages

    play(story)
