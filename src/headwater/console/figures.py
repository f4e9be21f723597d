"""What a node does, second by second: rates and lags made of its metrics page.

The page is read every second while somebody looks, and for some minutes after; points are kept for
a quarter of an hour, so that a page that is opened anew has a past. CloudWatch has the longer past,
by the minute.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiohttp import web

from headwater.console.api import Api
from headwater.console.endpoint import Endpoint
from headwater.console.identity import Key
from headwater.console.troubles import Refused

KEPT: Final = 900
_EVERY_S: Final = 1.0
_UNWATCHED_S: Final = 300.0

_LINE: Final = re.compile(r"^headwater_(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_WRITES: Final = frozenset(
    (
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
        "ExecuteStatement",
        "ExecuteTransaction",
        "BatchExecuteStatement",
    )
)
_READS: Final = frozenset(("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"))

Figures = dict[str, dict[tuple[str, ...], float]]
"""Values of each metric (without headwater_) by the values of its labels."""


def parse(page: str) -> Figures:
    """The metrics page, in Prometheus' text form.

    >>> parse('# HELP x\\nheadwater_requests_total{service="a",outcome="ok"} 3\\n')
    {'requests_total': {('a', 'ok'): 3.0}}
    """
    figures: Figures = {}
    for name, labels, value in _LINE.findall(page):
        key = tuple(text for _, text in _LABEL.findall(labels))
        figures.setdefault(name, {})[key] = float(value)
    return figures


def point(before: Figures, after: Figures, seconds: float) -> dict[str, Any]:
    """What happened between two pages: rates by the second, means, and how things stand.

    Counters that fell belong to a node that was started anew: they count from nothing.
    """
    requests = _grown(before, after, "requests_total")
    done: dict[str, float] = {"reads": 0.0, "writes": 0.0, "streams": 0.0, "others": 0.0}
    errors: dict[str, float] = {}
    for (service, operation, outcome), count in requests.items():
        if outcome != "ok":
            errors[outcome] = errors.get(outcome, 0.0) + count / seconds
        done[_kind(service, operation)] += count / seconds
    lags: dict[str, float] = {}
    for (_, function, _), lag_ms in after.get("mapping_lag_ms", {}).items():
        lags[function] = max(lags.get(function, 0.0), lag_ms)
    return {
        **{name: round(rate, 3) for name, rate in done.items()},
        "errors": {code: round(rate, 3) for code, rate in errors.items()},
        "changes": round(sum(_grown(before, after, "change_records_total").values()) / seconds, 3),
        "latency_ms": _mean_ms(before, after, "request_seconds"),
        "sync_ms": _mean_ms(before, after, "sync_seconds"),
        "lag_ms": lags,
        "waiting": sum(after.get("mapping_waiting_records", {}).values()),
        "connections": _total(after, "connections"),
        "processes": _total(after, "function_processes"),
        "kinesis_lag_ms": max(after.get("kinesis_lag_ms", {}).values(), default=0),
    }


def _kind(service: str, operation: str) -> str:
    if service == "dynamodb":
        if operation in _WRITES:
            return "writes"
        return "reads" if operation in _READS else "others"
    return "streams" if service == "streams" else "others"


def _grown(before: Figures, after: Figures, name: str) -> Mapping[tuple[str, ...], float]:
    old = before.get(name, {})
    grown = {}
    for labels, value in after.get(name, {}).items():
        start = old.get(labels, 0.0)
        grown[labels] = value - start if value >= start else value
    return grown


def _mean_ms(before: Figures, after: Figures, name: str) -> float | None:
    """The mean of a summary between two pages; None if nothing happened."""
    count = sum(_grown(before, after, f"{name}_count").values())
    total = sum(_grown(before, after, f"{name}_sum").values())
    return round(total / count * 1000, 4) if count else None


def _total(figures: Figures, name: str) -> float:
    return sum(figures.get(name, {}).values())


class Sampler:
    """Reads the metrics page and keeps the points; answers GET /api/figures?after=MS."""

    def __init__(self, endpoint: Endpoint, api: Api) -> None:
        self._endpoint = endpoint
        self._api = api
        self._points: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._task: asyncio.Task[None] | None = None
        self._asked_at = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        """Points after a moment, and how many are kept at most. Raises Refused."""
        key = self._api.identity(request).key
        # Whoever sees the points could have read the page: this asks for the right to.
        await self._endpoint.admin(key, "GET", "clock", {})
        self._asked_at = asyncio.get_running_loop().time()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._sample(key))
        after_ms = float(request.query.get("after", "0"))
        points = [one for one in self._points if one["at_ms"] > after_ms]
        body = orjson.dumps({"points": points, "every_ms": _EVERY_S * 1000})
        return web.Response(body=body, content_type="application/json")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _sample(self, key: Key) -> None:
        loop = asyncio.get_running_loop()
        before: Figures | None = None
        before_at = 0.0
        while loop.time() - self._asked_at < _UNWATCHED_S:
            try:
                status, raw = await self._endpoint.admin(key, "GET", "rates", {})
            except Refused:
                before = None  # whoever looks is told by the request that looks
            else:
                now, after = loop.time(), parse(raw.decode())
                if before is not None and status == 200:
                    at_ms = round(datetime.now(UTC).timestamp() * 1000)
                    self._points.append({"at_ms": at_ms, **point(before, after, now - before_at)})
                before, before_at = after, now
            await asyncio.sleep(_EVERY_S)
