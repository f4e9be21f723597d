"""How far Kinesis destinations, views and links between regions are behind, as metrics.

    ReaderLag             Reader, TableName    kinesis/STREAM, view/NAME or region/REGION
    ReaderWaitingRecords  the same, but of views

Mappings tell theirs by shard (figures.py).
"""

from collections.abc import Iterator

from headwater.arns import Scope
from headwater.metrics.aws import own_series
from headwater.metrics.recorder import Series
from headwater.operations.services import Services

_Told = Iterator[tuple[Series, float]]


async def reader_lags(services: Services, now_ms: int) -> list[tuple[Series, float]]:
    """As they are now."""
    links = _of_links(await services.regions.links())
    return [*_of_kinesis(services, now_ms), *_of_views(services), *links]


def _of_kinesis(services: Services, now_ms: int) -> _Told:
    for status in services.kinesis.status():
        scope = Scope(status["account"], status["region"])
        name = "kinesis/" + status["stream_arn"].rpartition("/")[2]
        lanes = status["lanes"]
        moments = [lane["oldest_ms"] for lane in lanes if lane["oldest_ms"] is not None]
        lag_ms = max(0, now_ms - min(moments)) if moments else 0
        waiting = sum(lane["waiting"] for lane in lanes)
        yield from _told(scope, name, status["table"], lag_ms, waiting)


def _of_views(services: Services) -> _Told:
    for view, lag_ms in services.views.lags():
        yield from _told(view.scope, f"view/{view.name}", view.definition.table, lag_ms)


def _of_links(links: list[dict[str, object]]) -> _Told:
    for link in links:
        scope = Scope(str(link["account"]), str(link["from"]))
        lag_ms, behind = link["lag_ms"], link["behind"]
        assert isinstance(lag_ms, int | float) and isinstance(behind, int)
        yield from _told(scope, f"region/{link['to']}", str(link["table"]), lag_ms, behind)


def _told(
    scope: Scope, reader: str, table: str, lag_ms: float, waiting: int | None = None
) -> _Told:
    named = {"Reader": reader, "TableName": table}
    yield own_series(scope, "ReaderLag", **named), lag_ms
    if waiting is not None:
        yield own_series(scope, "ReaderWaitingRecords", **named), waiting
