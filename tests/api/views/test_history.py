"""What a view over all time came to, by the minute. Moments are those of a clock that is moved."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.api.views.conftest import make_table

from headwater.remote import Remote

START = datetime(2026, 3, 4, 5, 6, 30, tzinfo=UTC)


def clock_from(moment):
    return "--clock", "virtual", "--clock-start", moment.isoformat()


class Followed:
    """A node whose table Orders is followed, and its clock."""

    def __init__(self, node):
        self.node = node
        self.dynamodb = node.client("dynamodb")
        make_table(self.dynamodb)
        self.pages = Remote(node.url)

    def order(self, key, country, n):
        item = {"id": {"S": key}, "country": {"S": country}, "n": {"N": str(n)}}
        self.dynamodb.put_item(TableName="Orders", Item=item)

    def advance(self, span):
        self.pages.get("idle", timeout_ms=30_000)
        self.pages.post("clock", advance=span)

    def points(self, name):
        """{minutes and seconds: {country: sum(n)}}"""
        return {
            datetime.fromtimestamp(point["at_ms"] / 1000, UTC).strftime("%H:%M:%S"): {
                one["group"].get("country", ""): one["values"]["sum(n)"] for one in point["groups"]
            }
            for point in self.pages.get(f"views/{name}/history")["points"]
        }


@pytest.fixture
def followed(node_factory):
    made = Followed(node_factory(*clock_from(START), in_memory=True))
    yield made
    made.pages.close()


def test_a_minute_in_which_a_view_changed_has_a_point(followed):
    followed.pages.post("views", name="sums", table="Orders", sum="n", top="n", by="country")
    followed.order("1", "CH", 10)
    assert followed.points("sums") == {}
    followed.advance("30s")
    assert followed.points("sums") == {"05:07:00": {"CH": 10}}
    followed.advance("5m")
    followed.order("1", "DE", 7)
    followed.order("2", "CH", 1)
    followed.advance("1m")
    assert followed.points("sums") == {
        "05:07:00": {"CH": 10},
        "05:13:00": {"DE": 7, "CH": 1},
    }
    (point, *_) = followed.pages.get("views/sums/history")["points"]
    assert list(point["groups"][0]["values"]) == ["sum(n)"], "a list has no line"


def test_the_greatest_groups_are_kept_for_three_hours(followed):
    followed.pages.post("views", name="sums", table="Orders", sum="n", by="country")
    for number in range(10):
        followed.order(str(number), f"c{number}", number)
    followed.advance("1m")
    (kept,) = followed.points("sums").values()
    assert kept == {f"c{number}": number for number in range(2, 10)}
    followed.advance("178m30s")
    followed.order("again", "c9", 1)
    followed.advance("1m")
    assert list(followed.points("sums")) == ["05:07:00", "08:07:00"]
    followed.order("more", "c9", 1)
    followed.advance("1m")
    assert list(followed.points("sums")) == ["08:07:00", "08:08:00"]


def test_windows_have_none_and_a_view_that_is_gone_takes_its_own_along(followed):
    followed.pages.post("views", name="rate", table="Orders", sum="n", window="1m")
    followed.pages.post("views", name="sums", table="Orders", sum="n")
    followed.order("1", "CH", 10)
    followed.advance("1m")
    assert followed.points("rate") == {}
    assert followed.points("sums") == {"05:07:00": {"": 10}}
    followed.pages.delete("views/sums")
    followed.pages.post("views", name="sums", table="Orders", sum="n")
    assert followed.points("sums") == {}
    followed.advance("10m")
    assert list(followed.points("sums").values()) == [{"": 10}]


def test_points_outlive_a_kill(node_factory, tmp_path):
    node = node_factory(*clock_from(START), data=tmp_path / "d")
    followed = Followed(node)
    followed.pages.post("views", name="sums", table="Orders", sum="n")
    followed.order("1", "CH", 10)
    followed.advance("1m")
    followed.order("2", "CH", 5)
    followed.pages.get("idle", timeout_ms=30_000)
    followed.pages.close()
    node.kill()
    later = clock_from(START + timedelta(minutes=10))
    followed.node = node_factory(*later, data=tmp_path / "d")
    followed.pages = Remote(followed.node.url)
    assert followed.points("sums") == {"05:07:00": {"": 10}}
    followed.advance("1m")
    # What came after the last point has one with the first minute of the new life.
    assert followed.points("sums") == {"05:07:00": {"": 10}, "05:17:00": {"": 15}}
    followed.pages.close()


def test_a_clock_may_start_with_the_year_1970(node_factory):
    start = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
    followed = Followed(node_factory(*clock_from(start), in_memory=True))
    followed.pages.post("views", name="sums", table="Orders", sum="n")
    followed.order("1", "CH", 10)
    followed.advance("1m")
    assert followed.points("sums") == {"00:01:00": {"": 10}}
    followed.pages.close()
