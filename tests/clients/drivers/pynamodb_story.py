"""PynamoDB: pynamodb_story.py URL"""

# mypy: ignore-errors
# What it imports is installed for `make clients` alone.

import sys
from datetime import UTC, datetime

from pynamodb.attributes import (
    BinaryAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite


class ByColour(GlobalSecondaryIndex):
    """Things of a colour, by weight."""

    class Meta:
        index_name = "colour"
        projection = AllProjection()

    colour = UnicodeAttribute(hash_key=True)
    weight = NumberAttribute(range_key=True)


class Thing(Model):
    """A thing."""

    class Meta:
        table_name = "pynamo"
        region = "us-east-1"
        host = sys.argv[1]
        billing_mode = "PAY_PER_REQUEST"

    kind = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    colour = UnicodeAttribute(null=True)
    weight = NumberAttribute(null=True)
    tags = UnicodeSetAttribute(null=True)
    parts = ListAttribute(null=True)
    size = MapAttribute(null=True)
    raw = BinaryAttribute(null=True, legacy_encoding=False)
    at = UTCDateTimeAttribute(null=True)
    version = VersionAttribute()
    by_colour = ByColour()


class Plain(Model):
    """Without a version, as transactions like it."""

    class Meta:
        table_name = "pynamo2"
        region = "us-east-1"
        host = sys.argv[1]
        billing_mode = "PAY_PER_REQUEST"

    name = UnicodeAttribute(hash_key=True)
    count = NumberAttribute(default=0)


def write_and_read():
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    thing = Thing("a", 1, colour="red", weight=1.5, tags={"x", "y"}, parts=[1, "two"], at=moment)
    thing.raw = b"\0\xff"
    thing.size = {"w": 1, "h": 2}
    thing.save()
    got = Thing.get("a", 1)
    assert (got.tags, got.parts, got.raw, got.at) == ({"x", "y"}, [1, "two"], b"\0\xff", moment)
    assert got.size["h"] == 2
    got.update(actions=[Thing.weight.add(1), Thing.tags.delete({"x"})])
    assert Thing.get("a", 1).weight == 2.5
    with Thing.batch_write() as batch:
        for number in range(2, 60):
            batch.save(Thing("a", number, colour="blue", weight=number))
    assert [each.number for each in Thing.query("a", page_size=9)] == list(range(1, 60))
    assert len(list(Thing.query("a", Thing.number.between(5, 9), limit=3))) == 3
    heavy = Thing.by_colour.query("blue", ByColour.weight > 50, scan_index_forward=False)
    assert [each.number for each in heavy] == list(range(59, 50, -1))
    assert len(list(Thing.scan(Thing.colour == "blue", page_size=10))) == 58
    assert len(list(Thing.batch_get([("a", number) for number in range(1, 130)]))) == 59
    assert Thing.count("a") == 59


def fail():
    stale = Thing.get("a", 1)
    Thing.get("a", 1).update(actions=[Thing.weight.set(9)])
    try:
        stale.update(actions=[Thing.weight.set(8)])
        raise AssertionError("the older version was written")
    except UpdateError as failed:
        assert failed.cause_response_code == "ConditionalCheckFailedException"
    try:
        Plain("p", count=1).save()
        Plain("p").save(Plain.name.does_not_exist())
        raise AssertionError("it was put")
    except PutError as failed:
        assert failed.cause_response_code == "ConditionalCheckFailedException"
    try:
        Thing.get("a", 1000)
        raise AssertionError("it was there")
    except Thing.DoesNotExist:
        pass


def transact():
    connection = Connection(region="us-east-1", host=sys.argv[1])
    with TransactWrite(connection=connection, client_request_token="one") as transaction:
        transaction.save(Plain("q", count=5))
        transaction.update(Plain("p"), actions=[Plain.count.add(1)])
    with TransactGet(connection=connection) as transaction:
        one, two = transaction.get(Plain, "p"), transaction.get(Plain, "q")
    assert (one.get().count, two.get().count) == (2, 5)
    try:
        with TransactWrite(connection=connection) as transaction:
            transaction.condition_check(Plain, "q", condition=Plain.count == 6)
            transaction.delete(Plain("p"))
        raise AssertionError("it was done")
    except TransactWriteError as failed:
        codes = [reason and reason.code for reason in failed.cancellation_reasons]
        assert codes == ["ConditionalCheckFailed", None], codes


for model in (Thing, Plain):
    model.create_table(wait=True)
write_and_read()
fail()
transact()
Thing.get("a", 1).delete()
for model in (Thing, Plain):
    model.delete_table()
sys.stdout.write("done\n")
