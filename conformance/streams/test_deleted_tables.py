"""What remains of a stream when its table is deleted."""

from kit.cases import GUIDE, RECORDED, complete, core
from kit.endpoint import Endpoint, Json, unique
from kit.past import HISTORY, Past
from kit.reader import Reader, shards_of
from kit.tables import BOTH, Tables, wait_status

STAYS = f"{GUIDE}: data of a stream stay readable for 24 hours"


@core(STAYS)
def test_the_stream_of_a_deleted_table_is_described(endpoint: Endpoint, orphan: Past) -> None:
    described = wait_status(endpoint, orphan.arn, "DISABLED")
    assert described["TableName"] == orphan.table.name
    assert described["StreamViewType"] == BOTH


@core(STAYS)
def test_its_records_can_be_read_to_the_end(endpoint: Endpoint, orphan: Past) -> None:
    reader = Reader(endpoint, orphan.arn)
    reader.wait_for_end()
    assert [record["eventID"] for record in reader.of(orphan.key)] == orphan.ids


@core(RECORDED)
def test_deleting_a_table_is_no_removal_of_its_items(endpoint: Endpoint, orphan: Past) -> None:
    reader = Reader(endpoint, orphan.arn)
    reader.wait_for_end()
    assert len(reader.seen) == HISTORY
    assert "REMOVE" not in {seen.record["eventName"] for seen in reader.seen}


@complete(STAYS)
def test_its_shards_are_closed(endpoint: Endpoint, orphan: Past) -> None:
    wait_status(endpoint, orphan.arn, "DISABLED")
    for shard in shards_of(endpoint, orphan.arn):
        assert "EndingSequenceNumber" in shard["SequenceNumberRange"]


@complete(f"{STAYS}; {RECORDED}")
def test_it_is_listed(endpoint: Endpoint, orphan: Past) -> None:
    listed = endpoint.streams.list_streams(TableName=orphan.table.name)["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [orphan.arn]


@complete(f"{GUIDE}: an ARN names one stream")
def test_a_table_of_the_same_name_has_a_stream_of_its_own(
    endpoint: Endpoint, tables: Tables
) -> None:
    first = tables.own()
    old: Json = {"pk": {"S": unique("old")}}
    first.put(old)
    first.reader.wait_for(old, 1)
    endpoint.dynamodb.delete_table(TableName=first.name)
    endpoint.eventually(
        lambda: is_gone(endpoint, first.name), "the table to be gone", endpoint.change_s
    )
    second = tables.own(name=first.name)
    new: Json = {"pk": {"S": unique("new")}}
    second.put(new)
    second.reader.wait_for(new, 1)
    assert second.arn != first.arn
    assert [seen.record["dynamodb"]["Keys"] for seen in second.reader.seen] == [new]
    again = Reader(endpoint, first.arn)
    again.wait_for_end()
    assert [seen.record["dynamodb"]["Keys"] for seen in again.seen] == [old]


def is_gone(endpoint: Endpoint, name: str) -> bool:
    """Whether DescribeTable finds it no more."""
    not_found = endpoint.dynamodb.exceptions.ResourceNotFoundException
    try:
        endpoint.dynamodb.describe_table(TableName=name)
    except not_found:
        return True
    return False
