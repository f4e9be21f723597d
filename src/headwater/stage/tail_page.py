"""GET /_headwater/tail?table=T: the changes of a table as they commit, by long poll.

    since    where to begin: a duration (10m), a moment, or TRIM_HORIZON; now if not given
    cursor   from the answer before: go on there. It carries where to begin, too
    wait_ms  how long to wait if there is nothing yet, in real time
    limit    records at most
    filter   a pattern, as in a mapping's FilterCriteria

Answers {"table": "T", "records": [...], "shards": [...], "cursor": "...", "more": false,
"now_ms": N}: records as a function sees them, in the order of their commits, and the shard of each;
`more` says that there are further ones already.
A commit wakes who waits here; nothing polls.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import orjson

from headwater.changelog.read import horizon
from headwater.changelog.record import Renderer, kind_of
from headwater.changelog.retention import readable_from
from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream, load_shards
from headwater.clock import SystemClock
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.mappings.filters import Filter, compile_filters
from headwater.errors import InvalidParameterValue, OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.limits import MIB
from headwater.moments import duration_ms, moment_ms
from headwater.stage.arguments import whole_number
from headwater.stage.house import House
from headwater.stage.shards_page import stream_asked_for
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.sequence import at_ms

WAIT_MS_MAX = 60_000
LIMIT = 1000
_CURSOR = "a cursor is what the answer before gave; leave it out to begin anew."


class Cursor(NamedTuple):
    """Everything up to `base` has been told, and of a log in `after`, up to there."""

    stream_arn: str
    base: int
    after: dict[int, int]

    def encode(self) -> str:
        logs = [[log, after] for log, after in self.after.items()]
        return base64.urlsafe_b64encode(orjson.dumps([self.stream_arn, self.base, logs])).decode()

    @staticmethod
    def decode(text: str) -> "Cursor":
        try:
            arn, base, logs = orjson.loads(base64.urlsafe_b64decode(text))
            return Cursor(str(arn), int(base), {int(log): int(after) for log, after in logs})
        except (binascii.Error, ValueError, TypeError):
            raise OperatorError(_CURSOR) from None


class _Found(NamedTuple):
    records: list[bytes]
    shards: list[str]  # of each record
    cursor: Cursor
    logs: list[int]  # open ones, to wait at
    is_cut: bool  # there is more already
    table: str


async def tail(house: House, request: AdminRequest) -> bytes:
    """Raises OperatorError."""
    query = request.query
    wait_ms = min(whole_number(query, "wait_ms", 0), WAIT_MS_MAX)
    limit = max(1, min(whole_number(query, "limit", LIMIT), LIMIT))
    admitting = _filter(query)
    cursor = Cursor.decode(query["cursor"]) if "cursor" in query else None
    real = SystemClock()
    deadline_ms = real.now_ms() + wait_ms
    services = house.services
    assert services.wakeup is not None
    bell = Doorbell()
    subscriptions: dict[int, Callable[[], None]] = {}
    try:
        while True:
            bell.answer()
            look = partial(
                _look, house=house, query=query, cursor=cursor, limit=limit, admitting=admitting
            )
            found = await services.engine.run(look)
            cursor = found.cursor
            news = [log for log in found.logs if log not in subscriptions]
            for log in news:
                subscriptions[log] = services.wakeup.subscribe(log, bell.ring)
            if found.records or real.now_ms() >= deadline_ms:
                return _answer(found, services.clock.now_ms())
            # What was committed between the look and the subscription has rung for nobody.
            if not news and not found.is_cut:
                await bell.wait(real, deadline_ms)
            await asyncio.sleep(0)
    finally:
        for unsubscribe in subscriptions.values():
            unsubscribe()


def _answer(found: _Found, now_ms: int) -> bytes:
    facts = {
        "table": found.table,
        "shards": found.shards,
        "cursor": found.cursor.encode(),
        "more": found.is_cut,
        "now_ms": now_ms,
    }
    return b'{"records":[' + b",".join(found.records) + b"]," + orjson.dumps(facts)[1:]


def _filter(query: dict[str, str]) -> Filter | None:
    try:
        return compile_filters((query["filter"],) if "filter" in query else ())
    except InvalidParameterValue as trouble:
        raise OperatorError(
            f'{trouble.message} Give one as {{"eventName": ["INSERT"]}}, in the language of '
            "FilterCriteria."
        ) from None


def _look(
    tx: Transaction,
    house: House,
    query: dict[str, str],
    cursor: Cursor | None,
    limit: int,
    admitting: Filter | None,
) -> _Found:
    now_ms = house.services.clock.now_ms()
    asked = query if cursor is None else {"stream_arn": cursor.stream_arn}
    stream = stream_asked_for(tx, house, asked)
    if stream.hidden:
        raise OperatorError(
            f"the stream of table {stream.table} is off. Turn it on with UpdateTable and a "
            "StreamSpecification."
        )
    if cursor is None:
        cursor = Cursor(stream.arn, _begin(tx, query.get("since"), now_ms), {})
    shards = load_shards(tx, stream)
    page, is_cut = _page(tx, shards, cursor, limit, now_ms)
    kept = {shard.log for shard in shards}
    after = {log: at for log, at in cursor.after.items() if log in kept}
    after.update({log: sequence for log, sequence, _ in page})
    rendered = _rendered(stream, page, admitting)
    names = {shard.log: shard.id for shard in shards}
    return _Found(
        [record for _, record in rendered],
        [names[log] for log, _ in rendered],
        Cursor(stream.arn, cursor.base, after),
        [shard.log for shard in shards if shard.ending is None],
        is_cut,
        stream.table,
    )


def _begin(tx: Transaction, since: str | None, now_ms: int) -> int:
    """The sequence behind which telling begins."""
    if since is None:
        return tx.sequence()
    if since.upper() == "TRIM_HORIZON":
        return horizon(now_ms) - 1
    span_ms = duration_ms(since)
    begin_ms = moment_ms(since) if span_ms is None else max(0, now_ms - span_ms)
    if begin_ms is None:
        raise OperatorError(
            f'"since" is {since!r}: give a duration as 10m, a moment as 2026-03-04T05:06:07Z, or '
            "TRIM_HORIZON."
        )
    return at_ms(begin_ms) - 1


def _page(
    tx: Transaction, shards: list[Shard], cursor: Cursor, limit: int, now_ms: int
) -> tuple[list[tuple[int, int, bytes]], bool]:
    """(log, sequence, stored) of the next records of all shards, by sequence, and whether there
    is more."""
    found: list[tuple[int, int, bytes]] = []
    upto = None  # the lowest place where a shard's page was cut: others must not be told beyond it
    for shard in shards:
        first = max(cursor.after.get(shard.log, cursor.base) + 1, readable_from(shard, now_ms))
        entries = tx.range(*keyspace.log_range(shard.log, first), limit=limit, bytes_max=MIB)
        page = [(shard.log, keyspace.sequence_of(key), stored) for key, stored in entries]
        if len(page) == limit or sum(len(stored) for _, _, stored in page) >= MIB:
            last = page[-1][1]
            upto = last if upto is None else min(upto, last)
        found += page
    found.sort(key=lambda entry: entry[1])
    if upto is not None:
        found = [entry for entry in found if entry[1] <= upto]
    return found[:limit], upto is not None or len(found) > limit


def _rendered(
    stream: Stream, page: list[tuple[int, int, bytes]], admitting: Filter | None
) -> list[tuple[int, bytes]]:
    """The log of each record that is told, and the record."""
    render = Renderer(stream.view, stream.scope.region, stream.arn).render
    records = []
    for log, sequence, stored in page:
        record = render(log, sequence, stored)
        if admitting is None or admitting.admits(kind_of(stored), record):
            records.append((log, record))
    return records
