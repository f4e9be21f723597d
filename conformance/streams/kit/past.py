"""Streams with a known past, which many cases read and none changes."""

from typing import NamedTuple

import pytest

from kit.endpoint import Endpoint, Json, unique
from kit.reader import Reader, Seen
from kit.tables import Table, wait_status

HISTORY = 5  # records


class Past(NamedTuple):
    """A stream that holds HISTORY changes of one item: an INSERT and MODIFYs that count up `n`."""

    table: Table
    key: Json
    seen: list[Seen]

    @property
    def arn(self) -> str:
        """Of the stream."""
        return self.table.arn

    @property
    def shard_id(self) -> str:
        """The shard that has them all."""
        shards = {seen.shard_id for seen in self.seen}
        if len(shards) > 1:
            pytest.skip("the shard rolled over in between")
        return shards.pop()

    @property
    def numbers(self) -> list[str]:
        """Sequence numbers, oldest first."""
        return [seen.record["dynamodb"]["SequenceNumber"] for seen in self.seen]

    @property
    def ids(self) -> list[str]:
        """Event ids, oldest first."""
        return [seen.record["eventID"] for seen in self.seen]


def make_past(table: Table) -> Past:
    """Write one to a table of its own, and wait until it is all to be read."""
    key = {"pk": {"S": unique("past")}}
    for number in range(HISTORY):
        table.put({**key, "n": {"N": str(number)}})
    table.reader.wait_for(key, HISTORY)
    return Past(table, key, table.reader.seen_of(key))


def disabled(endpoint: Endpoint, past: Past) -> Past:
    """The same, with its stream turned off."""
    past.table.specify(False)
    wait_status(endpoint, past.arn, "DISABLED")
    return past


def orphaned(endpoint: Endpoint, past: Past) -> Past:
    """The same, with its table deleted."""
    endpoint.dynamodb.delete_table(TableName=past.table.name)

    def is_gone() -> bool:
        names = endpoint.dynamodb.list_tables(
            ExclusiveStartTableName=past.table.name[:-1], Limit=10
        )["TableNames"]
        return past.table.name not in names

    endpoint.eventually(is_gone, f"{past.table.name} to be gone", endpoint.change_s)
    return past


class Renewed(NamedTuple):
    """A table whose stream was on, off, and on again with another view."""

    table: Table
    before: Json  # a key that was written to while the first stream was on
    between: Json  # ... while none was
    after: Json  # ... while the second was
    described: Json  # DescribeTable, with the second on
    disabled: Json  # DescribeTable, with none on

    @property
    def second(self) -> str:
        """The second stream's ARN."""
        arn: str = self.described["LatestStreamArn"]
        return arn


def renew(endpoint: Endpoint, table: Table) -> Renewed:
    """Make that of a table with the view KEYS_ONLY."""
    before, between, after = ({"pk": {"S": unique(when)}} for when in ("one", "gap", "two"))
    table.put(before)
    table.reader.wait_for(before, 1)
    disabled = table.specify(False)
    wait_status(endpoint, table.arn, "DISABLED")
    table.put(between)
    described = table.specify(True, "NEW_IMAGE")
    wait_status(endpoint, described["LatestStreamArn"], "ENABLED")
    table.put(after)
    Reader(endpoint, described["LatestStreamArn"]).wait_for(after, 1)
    return Renewed(table, before, between, after, described, disabled)
