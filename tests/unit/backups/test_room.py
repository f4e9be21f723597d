"""Restores while the disk is nearly full: they leave the rest of it to what frees and reads."""

import asyncio

import pytest

from headwater.backups.restoring import restore_step
from headwater.backups.room import PAUSE_MS, when_there_is_room
from headwater.errors import ServiceUnavailable


def test_a_restore_waits_for_room_and_is_whole_then(world, monkeypatch):
    world.table()
    world.recover()
    for key in range(3):
        world.put(key, key)
    world.clock.move(seconds=1)
    world.restore("Made", world.clock.now_ms())
    ((step, job),) = world.work.begun
    assert step is restore_step
    has_room = False
    monkeypatch.setattr(world.engine, "has_room", lambda: has_room)
    with pytest.raises(ServiceUnavailable, match="nearly full"):
        world.step()
    node = world.node

    async def story() -> None:
        nonlocal has_room

        def one(tx):
            return step(tx, node.catalog, node.ids, world.clock.now_ms(), job)

        task = asyncio.ensure_future(when_there_is_room(world.engine, world.clock, "one", one))
        for room in (False, True):
            while world.clock.next_ms is None:
                await asyncio.wait([task], timeout=0.01)
                assert not task.done(), "it ended without room"
            has_room = room
            world.clock.move(ms=PAUSE_MS)
        await task

    world.loop.run(asyncio.wait_for(story(), 60))
    world.finish()
    assert world.items("Made") == {0: 0, 1: 1, 2: 2}
