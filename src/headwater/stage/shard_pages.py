"""POST /_headwater/shards/{split,roll,trim}: what AWS does to shards in its own time, done now.

    split  {"table": "T"}                     the widest open shard, or "shard": its id or the end
                                              of it; at its middle, or at the hash "at"
    roll   {"table": "T"}                     every open shard, or "shard"
    trim   {"table": "T", "older_than": "1h"} records older than that; all there are if not said

Each may name "account" and "region". Everything goes through the same code as when it is due.
"""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from headwater.changelog.retention import is_shard_gone
from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream, load_shards
from headwater.errors import OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.ids import Ids
from headwater.moments import duration_ms
from headwater.stage.arguments import find_table, whole_number
from headwater.stage.house import House
from headwater.storage.engine import Transaction
from headwater.storage.sequence import at_ms
from headwater.tables.partitions import roll_over, split, trim
from headwater.tables.schema import Table

Step = Callable[[Transaction, House, dict[str, Any], Table], dict[str, Any]]


_KNOWN = {
    "split": {"table", "account", "region", "shard", "at"},
    "roll": {"table", "account", "region", "shard"},
    "trim": {"table", "account", "region", "shard", "older_than"},
}


async def change_shards(name: str, house: House, request: AdminRequest) -> dict[str, Any]:
    """Take one of the steps below. Raises OperatorError."""
    given = request.json()
    step, known = STEPS[name], _KNOWN[name]
    if unknown := sorted(given.keys() - known):
        raise OperatorError(
            f"unknown: {', '.join(unknown)}. There are: {', '.join(sorted(known))}."
        )

    def work(tx: Transaction) -> dict[str, Any]:
        table = find_table(tx, house.services.catalog, given, house.region)
        return {"table": table.name, **step(tx, house, given, table)}

    answer = await house.services.engine.run(work)
    # A retry of the caller finds what it was told, because readers have seen it too by now.
    await house.keeper.settle(0)
    return answer


def split_step(
    tx: Transaction, house: House, given: dict[str, Any], table: Table
) -> dict[str, Any]:
    """Close one open shard and open two."""
    services = house.services
    open_shards = _open_shards(table)
    shard = _named(open_shards, given["shard"], "open") if "shard" in given else None
    if shard is None:
        shard = max(open_shards, key=lambda one: (one.end_hash - one.first_hash, -one.first_hash))
    at_hash = whole_number(given, "at", (shard.first_hash + shard.end_hash) // 2)
    if not shard.first_hash < at_hash < shard.end_hash:
        raise OperatorError(
            f'"at" is {at_hash}, and shard {shard.id} can be split between {shard.first_hash} and '
            f"{shard.end_hash}. Give a hash between them, or none to split it in the middle."
        )
    now_ms = services.clock.now_ms()
    changed = split(tx, services.catalog, services.ids, table, shard, now_ms, at_hash)
    return _ended(table, changed)


def roll_step(tx: Transaction, house: House, given: dict[str, Any], table: Table) -> dict[str, Any]:
    """Close one open shard, or all, and open one child of each."""
    services = house.services
    wanted = _open_shards(table)
    if "shard" in given:
        wanted = [_named(wanted, given["shard"], "open")]
    changed = table
    now_ms = services.clock.now_ms()
    for shard in wanted:
        changed = roll_over(tx, services.catalog, services.ids, changed, shard, now_ms)
    return _ended(table, changed)


def trim_step(tx: Transaction, house: House, given: dict[str, Any], table: Table) -> dict[str, Any]:
    """Forget records before their 24 hours are over."""
    stream = _stream(table)
    now_ms = house.services.clock.now_ms()
    shards = [shard for shard in load_shards(tx, stream) if not is_shard_gone(shard, now_ms)]
    if "shard" in given:
        shards = [_named(shards, given["shard"], "kept")]
    # Above every record there is, also those of this very millisecond.
    before = tx.sequence()
    if "older_than" in given:
        age_ms = duration_ms(str(given["older_than"]))
        if age_ms is None:
            raise OperatorError(
                f'"older_than" is {given["older_than"]!r}: give a duration as 90s, 1h30m or 2d.'
            )
        before = min(before, at_ms(max(0, now_ms - age_ms)))
    trim(tx, house.services.catalog, table, shards, before)
    return {"trimmed": [shard.id for shard in shards]}


STEPS: dict[str, Step] = {"split": split_step, "roll": roll_step, "trim": trim_step}


async def staged_step(
    house: House, name: str, place: dict[str, Any], dice: Ids
) -> Callable[[], Awaitable[None]]:
    """What takes a step at a shard that the dice choose, and splits it at a hash they choose.

    place  "table", and "account" and "region" if they are needed

    Choices are by the shards' places in the space of hashes, so that a seed makes the same ones in
    every run. Where there is no open shard any more, nothing is done. Raises OperatorError if
    there is none now.
    """

    def choose(tx: Transaction) -> dict[str, Any]:
        table = find_table(tx, house.services.catalog, place, house.region)
        shards = sorted(_open_shards(table), key=lambda one: one.first_hash)
        if name == "split":
            shards = [one for one in shards if one.end_hash - one.first_hash > 1]
        shard = shards[int(dice.fraction() * len(shards))]
        given = {**place, "shard": shard.id}
        if name == "split":
            width = shard.end_hash - shard.first_hash - 1
            given["at"] = shard.first_hash + 1 + int(dice.fraction() * width)
        return STEPS[name](tx, house, given, table)

    async def act() -> None:
        with contextlib.suppress(OperatorError):
            await house.services.engine.run(choose)

    def look(tx: Transaction) -> None:
        _open_shards(find_table(tx, house.services.catalog, place, house.region))

    await house.services.engine.run(look)
    return act


def pages(house: House) -> dict[str, Any]:
    """Path under /_headwater/ -> what answers a POST of it."""
    return {f"shards/{name}": partial(change_shards, name, house) for name in STEPS}


def _stream(table: Table) -> Stream:
    if table.stream is None:
        raise OperatorError(
            f"the stream of table {table.name} is off, so it has no open shards. Turn it on with "
            "UpdateTable and a StreamSpecification."
        )
    return table.stream.stream


def _open_shards(table: Table) -> list[Shard]:
    _stream(table)
    assert table.stream is not None
    return list(table.stream.shards.shards)


def _named(shards: list[Shard], name: Any, kind: str) -> Shard:
    """The shard whose id ends in `name`. kind: of shards are these, for the complaint."""
    found = [shard for shard in shards if isinstance(name, str) and shard.id.endswith(name)]
    if len(found) != 1 or not name:
        known = ", ".join(shard.id for shard in shards)
        many = "several shards end" if found else f"no {kind} shard ends"
        raise OperatorError(f"{many} in {name!r}. There are: {known}.")
    return found[0]


def _ended(before: Table, after: Table) -> dict[str, Any]:
    old = {shard.id for shard in _open_shards(before)}
    new = {shard.id for shard in _open_shards(after)}
    return {"closed": sorted(old - new), "opened": sorted(new - old)}
