"""What is told of readers that are no mappings. The figures are made up, and worked out by hand."""

import asyncio
from types import SimpleNamespace
from typing import Any

from headwater.arns import Scope
from headwater.stage.reader_lags import reader_lags

NOW_MS = 1_772_600_767_891


def lane(waiting, oldest_ms):
    return {"waiting": waiting, "oldest_ms": oldest_ms}


def kinesis(*lanes):
    return {
        "account": "000000000000",
        "region": "us-east-1",
        "table": "Orders",
        "stream_arn": "arn:aws:kinesis:us-east-1:000000000000:stream/cdc",
        "lanes": list(lanes),
    }


def told(destinations=(), views=(), links=()):
    async def every_link():
        return list(links)

    services: Any = SimpleNamespace(
        kinesis=SimpleNamespace(status=lambda: list(destinations)),
        views=SimpleNamespace(lags=lambda: list(views)),
        regions=SimpleNamespace(links=every_link),
    )
    return {
        (series.name, series.scope.region, *sorted(dict(series.dimensions).items())): value
        for series, value in asyncio.run(reader_lags(services, NOW_MS))
    }


def of(reader, region="us-east-1"):
    names = (("Reader", reader), ("TableName", "Orders"))
    return ("ReaderLag", region, *names), ("ReaderWaitingRecords", region, *names)


def test_a_destination_is_as_late_as_its_oldest_lane():
    lag, waiting = of("kinesis/cdc")
    lanes = lane(2, NOW_MS - 500), lane(0, None), lane(3, NOW_MS - 7000)
    assert told([kinesis(*lanes)]) == {lag: 7000, waiting: 5}
    assert told([kinesis(lane(0, None))]) == {lag: 0, waiting: 0}


def test_views_and_links_tell_their_own():
    scope = Scope("000000000000", "eu-west-1")
    definition = SimpleNamespace(table="Orders")
    view = SimpleNamespace(scope=scope, name="sums", definition=definition)
    lag, _ = of("view/sums", "eu-west-1")
    assert told(views=[(view, 40)]) == {lag: 40}
    link = {"account": "000000000000", "table": "Orders", "from": "us-east-1", "to": "eu-west-1"}
    lag, waiting = of("region/eu-west-1")
    assert told(links=[{**link, "lag_ms": 9, "behind": 4}]) == {lag: 9, waiting: 4}
