"""The stage from Python: a node's time moved, its shards ended, its calls made to fail, for tests.

stage = Stage("http://127.0.0.1:8000")
stage.clock.advance("48h")
stage.split("Orders")
stage.fault("PutItem", error="ThrottlingException", times=2)
stage.idle()
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from headwater.remote import Refused, Remote

_IDLE_MS = 60_000


class NotIdle(AssertionError):
    """Changes are still on their way; `waiting` is the node's answer."""

    def __init__(self, waiting: dict[str, Any]) -> None:
        self.waiting = waiting
        super().__init__(f"not idle: {'; '.join(_reasons(waiting))}")


class Fault:
    """A fault that was set. As a context manager it is cleared at the end of the block."""

    def __init__(self, remote: Remote, facts: dict[str, Any]) -> None:
        self._remote = remote
        self.facts = facts
        self.id: int = facts["id"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.clear()

    @property
    def met(self) -> int | None:
        """How many calls have met it; None once it is used up or cleared."""
        every = self._remote.get("faults")["faults"]
        return next((one["met"] for one in every if one["id"] == self.id), None)

    def clear(self) -> None:
        """Forget it; fine if it is used up already."""
        try:
            self._remote.delete("faults", id=self.id)
        except Refused as trouble:
            if trouble.status != 400:
                raise


class StageClock:
    """The node's clock. Only a virtual one can be moved (`headwater serve --clock virtual`)."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @property
    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        now_ms: int = self._remote.get("clock")["now_ms"]
        return now_ms

    @property
    def now(self) -> datetime:
        """The same, in UTC."""
        return _moment(self.now_ms)

    @property
    def is_virtual(self) -> bool:
        return bool(self._remote.get("clock")["clock"] == "virtual")

    def advance(
        self, span: str | timedelta | None = None, *, wait_ms: int | None = None, **parts: float
    ) -> datetime:
        """Move on by "48h", a timedelta, or timedelta's own parts (hours=48); the new time.

        wait_ms  real time that batches at functions get, at each moment on the way; 0 moves on
                 without waiting for them
        Raises Refused; also when something did not end in that time.
        """
        if isinstance(span, str):
            return self._move(advance=span, wait_ms=wait_ms)
        span = (span or timedelta()) + timedelta(**parts)
        return self._move(advance_ms=round(span.total_seconds() * 1000), wait_ms=wait_ms)

    def move_to(self, moment: str | int | datetime, *, wait_ms: int | None = None) -> datetime:
        """Move on to a moment: ISO 8601, epoch milliseconds, or an aware datetime."""
        if isinstance(moment, datetime):
            moment = round(moment.timestamp() * 1000)
        return self._move(to=moment, wait_ms=wait_ms)

    def _move(self, **body: Any) -> datetime:
        return _moment(self._remote.post("clock", **body)["now_ms"])


class Stage:
    """One node's stage. Every method raises Refused with the node's own advice.

    account, region  where tables are looked for; needed only if a name is in use in several
    """

    def __init__(self, url: str, *, account: str | None = None, region: str | None = None) -> None:
        self.remote = Remote(url)
        self.clock = StageClock(self.remote)
        self._where = {"account": account, "region": region}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self.remote.close()

    # --- shards --------------------------------------------------------------------------------

    def shards(self, table: str) -> dict[str, Any]:
        """The shard tree of the table's stream and where each mapping stands on it."""
        return self.remote.get("shards", table=table, **self._where)

    def split(self, table: str, shard: str | None = None, *, at: int | None = None) -> list[str]:
        """Split an open shard (the widest, if not said which); the ids of the new ones."""
        return self._end("split", table, shard=shard, at=at)

    def roll(self, table: str, shard: str | None = None) -> list[str]:
        """Roll an open shard over to a child, or every open one; the ids of the new ones."""
        return self._end("roll", table, shard=shard)

    def trim(
        self, table: str, *, older_than: str | None = None, shard: str | None = None
    ) -> list[str]:
        """Forget records before their day is over: those older than "1h", or all so far. The ids
        of the shards that were trimmed."""
        body = {"table": table, "older_than": older_than, "shard": shard, **self._where}
        trimmed: list[str] = self.remote.post("shards/trim", **body)["trimmed"]
        return trimmed

    def _end(self, step: str, table: str, **body: Any) -> list[str]:
        opened: list[str] = self.remote.post(f"shards/{step}", table=table, **body, **self._where)[
            "opened"
        ]
        return opened

    def expire_iterators(self, iterator: str | None = None) -> None:
        """Make one shard iterator expire now, or all that were issued so far."""
        self.remote.post("iterators/expire", iterator=iterator)

    # --- faults --------------------------------------------------------------------------------

    def fault(self, operation: str, **about: Any) -> Fault:
        """Make calls of `operation` go wrong.

        about  error, message, fields, after, delay_ms, limit, empty, table, service, times, rate,
               seed: see docs/testing.md
        """
        return Fault(self.remote, self.remote.post("faults", operation=operation, **about))

    def faults(self) -> list[dict[str, Any]]:
        """Those that are set."""
        found: list[dict[str, Any]] = self.remote.get("faults")["faults"]
        return found

    def clear_faults(self) -> None:
        self.remote.delete("faults")

    # --- how things stand ----------------------------------------------------------------------

    def waiting(self, timeout_ms: int = 0) -> dict[str, Any]:
        """What is still on its way, once nothing is or `timeout_ms` of real time have passed."""
        try:
            return self.remote.get("idle", timeout_ms=timeout_ms)
        except Refused as trouble:
            if trouble.status != 409:
                raise
            return trouble.answer

    def idle(self, timeout_ms: int = _IDLE_MS) -> None:
        """Wait until everything that was committed has been delivered. Raises NotIdle."""
        waiting = self.waiting(timeout_ms)
        if not waiting["idle"]:
            raise NotIdle(waiting)

    def explain(self, event_id: str) -> dict[str, Any]:
        """What became of one change: its record, and its fate with each mapping."""
        return self.remote.get("explain", event=event_id)

    def changes(
        self, table: str, *, since: str = "TRIM_HORIZON", filter: str | None = None
    ) -> list[dict[str, Any]]:
        """The records of the table's stream from all shards, in the order of their commits, as a
        function sees them.

        since   TRIM_HORIZON, a duration as "10m", or a moment
        filter  a pattern, as in a mapping's FilterCriteria
        """
        found: list[dict[str, Any]] = []
        page = self.remote.get("tail", table=table, since=since, filter=filter, **self._where)
        while page["records"] or page["more"]:
            found += page["records"]
            page = self.remote.get("tail", cursor=page["cursor"], filter=filter)
        return found

    def reset(self) -> dict[str, Any]:
        """Delete every table, stream, function and mapping of the node, and all faults."""
        return self.remote.post("reset")


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _reasons(waiting: dict[str, Any]) -> list[str]:
    reasons = []
    for one in waiting["mappings"]:
        where = f", shard {one['shard']}" if one["shard"] else ""
        many = f", {one['records']} records" if one.get("records") else ""
        reasons.append(f"function {one['function']}{where}{many}: {one['why']}")
        if one.get("trouble"):
            reasons.append(f"its last trouble: {one['trouble'][:300]}")
    for kind in ("events", "messages"):
        reasons += [f"{one['count']} {kind} wait for {one['for']}" for one in waiting[kind]]
    reasons += [f"a Kinesis destination: {one}" for one in waiting["kinesis"]]
    reasons += waiting["expiry"]
    reasons += [f"the {one} is under way" for one in waiting["work"]]
    reasons += [f"index {one['index']} of {one['table']} is filled" for one in waiting["indexes"]]
    return reasons
