"""GET /_headwater/idle?timeout_ms=N: has everything that was committed come to where it should?

200 when each mapping has dealt with every change of its stream, each Kinesis destination and each
view has every change of its table, every region has the writes of this node, no event waits for an
asynchronous invocation and no message for an on-failure destination, no item is past its time to
live, no index is being filled and no backup, restore, export or import is under way. Else, when N
milliseconds of real time have passed, 409 and what is still on its way.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from headwater.clock import SystemClock, monotonic_ns, sleep_ms
from headwater.frontdoor.admin import AdminRequest
from headwater.moments import iso
from headwater.stage.arguments import whole_number
from headwater.stage.house import House
from headwater.stage.waiting import COUNTED_MAX, lanes_of, undelivered
from headwater.storage import function_keys, keyspace
from headwater.storage.engine import Transaction
from headwater.tables.schema import CREATING
from headwater.wire.reply import Reply

TIMEOUT_MS_MAX = 10 * 60 * 1000
_POLL_MS_MAX = 20


async def idle(house: House, request: AdminRequest) -> Reply:
    """timeout_ms: 0, the default, answers how things stand now."""
    timeout_ms = min(whole_number(request.query, "timeout_ms", 0), TIMEOUT_MS_MAX)
    deadline_ns = monotonic_ns() + timeout_ms * 1_000_000
    poll_ms = 1
    while True:
        waiting = await _waiting(house)
        is_idle = not any(waiting.values())
        if is_idle or monotonic_ns() >= deadline_ns:
            break
        await sleep_ms(SystemClock(), poll_ms)
        poll_ms = min(poll_ms * 2, _POLL_MS_MAX)
    now_ms = house.services.clock.now_ms()
    shown = {"idle": is_idle, "now": iso(now_ms), "now_ms": now_ms, **waiting}
    return Reply(shown, status=200 if is_idle else 409)


async def _waiting(house: House) -> dict[str, list[Any]]:
    """What is on its way, by kind; all empty when nothing is."""
    now_ms = house.services.clock.now_ms()
    stored = await house.services.engine.run(partial(_look, house=house, now_ms=now_ms))
    due = [] if house.expirer.idle else ["items whose time to live has ended are being deleted"]
    kinesis = _undelivered_to_kinesis(house.services.kinesis)
    backups = house.services.backups
    work = [] if backups is None else backups.in_hand()
    regions = house.services.regions.undone()
    views = house.services.views.busy()
    told = {"kinesis": kinesis, "views": views, "expiry": due, "work": work, "regions": regions}
    return {**stored, **told}


def _undelivered_to_kinesis(destinations: Any) -> list[dict[str, Any]]:
    """Each destination that waits for something, with the lanes that do."""
    if destinations.idle:
        return []
    waiting = [
        status | {"lanes": [lane for lane in status["lanes"] if not lane["idle"]]}
        for status in destinations.status()
        if not status["idle"]
    ]
    return waiting or [{"trouble": "a destination is being enabled, changed or disabled"}]


def _look(tx: Transaction, house: House, now_ms: int) -> dict[str, list[Any]]:
    services = house.services
    lanes = lanes_of(services.mappings.status())
    indexes = [
        {"table": table.name, "index": index.name}
        for table in services.catalog.every(tx)
        for index in table.schema.indexes
        if index.status == CREATING and table.schema.settles_ms is None
    ]
    events = function_keys.all_events_prefix()
    return {
        "mappings": undelivered(tx, lanes, now_ms),
        "events": _counted(tx, events, keyspace.successor(events), _function_of),
        "messages": _counted(tx, *keyspace.all_outboxes_range(), keyspace.outbox_destination),
        "indexes": indexes,
    }


def _counted(
    tx: Transaction, start: bytes, end: bytes, name_of: Callable[[bytes], str]
) -> list[dict[str, Any]]:
    """How many wait there, by what for; those beyond the first COUNTED_MAX are not counted."""
    counts = Counter(name_of(key) for key, _ in tx.range(start, end, limit=COUNTED_MAX))
    return [{"for": name, "count": count} for name, count in sorted(counts.items())]


def _function_of(key: bytes) -> str:
    return key[1:].partition(b"\0")[0].decode()
