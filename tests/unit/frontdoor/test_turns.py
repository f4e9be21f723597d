"""Replies of one turn of the loop: one alone leaves at once, many leave together at its end."""

import asyncio

from headwater.frontdoor.turns import Turns


def leaves(counts: list[int]) -> list[list[bool]]:
    """For turns of so many replies, which of them leave at once."""

    async def story() -> list[list[bool]]:
        turns = Turns()
        told = []
        for count in counts:
            told.append([turns.leaves_at_once() for _ in range(count)])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return told

    return asyncio.run(story())


def test_one_client_alone_is_answered_at_once() -> None:
    assert leaves([1, 1, 1]) == [[True]] * 3


def test_many_are_answered_together_once_there_are_many() -> None:
    assert leaves([3, 3, 1, 1]) == [[True, False, False], [False] * 3, [False], [True]]
