"""DescribeStream: a stream's facts, its shards, their order and lineage, pages and ShardFilter."""

import re
from datetime import UTC, datetime

import pytest

from kit.cases import (
    DESCRIBE_STREAM,
    GUIDE,
    MODEL,
    RECORDED,
    SHARD_FILTER,
    complete,
    core,
    strict,
)
from kit.endpoint import Endpoint, Json
from kit.past import Past
from kit.reader import shards_of
from kit.tables import BOTH, Table

NO_SHARD = "shardId-00000001414576573621-f55eea83"
NO_STREAM = "arn:aws:dynamodb:us-east-1:111122223333:table/None/stream/2015-05-11T21:21:33.291"


def describe(endpoint: Endpoint, arn: str, **more: object) -> Json:
    """The StreamDescription."""
    answer = endpoint.streams.describe_stream(StreamArn=arn, **more)
    described: Json = answer["StreamDescription"]
    return described


@core(DESCRIBE_STREAM)
def test_a_stream_is_described(endpoint: Endpoint, table: Table) -> None:
    described = describe(endpoint, table.arn)
    assert described["StreamArn"] == table.arn
    assert described["StreamLabel"] == table.arn.rpartition("/")[2]
    assert described["StreamStatus"] == "ENABLED"
    assert described["StreamViewType"] == BOTH
    assert described["TableName"] == table.name
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


@core(DESCRIBE_STREAM)
def test_the_key_schema_is_the_tables(endpoint: Endpoint, sorted_table: Table) -> None:
    assert describe(endpoint, sorted_table.arn)["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


@complete(f"{DESCRIBE_STREAM}: the label is the ISO 8601 form of the same moment")
def test_the_creation_time_is_that_of_the_label(endpoint: Endpoint, past: Past) -> None:
    described = describe(endpoint, past.arn)
    label = datetime.fromisoformat(described["StreamLabel"]).replace(tzinfo=UTC)
    apart = abs((described["CreationRequestDateTime"] - label).total_seconds())
    assert apart < 10


@core(GUIDE)
def test_a_new_stream_has_open_shards_without_listed_parents(
    endpoint: Endpoint, past: Past
) -> None:
    shards = shards_of(endpoint, past.arn)
    assert shards
    ids = {shard["ShardId"] for shard in shards}
    for shard in shards:
        assert "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        assert shard.get("ParentShardId") not in ids


@core(f"{MODEL}: ShardId has 28 to 65 characters")
def test_shard_ids_have_the_modelled_length(endpoint: Endpoint, past: Past) -> None:
    for shard in shards_of(endpoint, past.arn):
        assert 28 <= len(shard["ShardId"]) <= 65


@strict(RECORDED)
def test_shard_ids_have_awss_form(endpoint: Endpoint, past: Past) -> None:
    for shard in shards_of(endpoint, past.arn):
        assert re.fullmatch(r"shardId-\d{20}-[0-9a-f]{8}", shard["ShardId"])


@core(f"{MODEL}: SequenceNumber has 21 to 40 characters")
def test_a_shard_starts_at_a_sequence_number(endpoint: Endpoint, past: Past) -> None:
    for shard in shards_of(endpoint, past.arn):
        assert re.fullmatch(r"\d{21,40}", shard["SequenceNumberRange"]["StartingSequenceNumber"])


@core(DESCRIBE_STREAM)
def test_records_lie_in_the_range_of_their_shard(endpoint: Endpoint, closed: Past) -> None:
    ranges = {
        shard["ShardId"]: shard["SequenceNumberRange"] for shard in shards_of(endpoint, closed.arn)
    }
    for seen in closed.seen:
        bounds = ranges[seen.shard_id]
        assert int(bounds["StartingSequenceNumber"]) <= seen.number
        assert seen.number <= int(bounds["EndingSequenceNumber"])


@core(f"{DESCRIBE_STREAM}: a shard with both numbers is closed")
def test_every_shard_of_a_disabled_stream_is_closed(endpoint: Endpoint, closed: Past) -> None:
    shards = shards_of(endpoint, closed.arn)
    assert shards
    for shard in shards:
        bounds = shard["SequenceNumberRange"]
        assert int(bounds["StartingSequenceNumber"]) <= int(bounds["EndingSequenceNumber"])


@core(GUIDE)
@pytest.mark.parametrize("which", ["past", "closed"])
def test_parents_are_closed_and_end_before_their_children(
    endpoint: Endpoint, request: pytest.FixtureRequest, which: str
) -> None:
    shards = shards_of(endpoint, request.getfixturevalue(which).arn)
    by_id = {shard["ShardId"]: shard for shard in shards}
    assert len(by_id) == len(shards), "a shard is listed twice"
    for shard in shards:
        parent = by_id.get(shard.get("ParentShardId", ""))
        if parent is not None:
            ending = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
            assert ending < int(shard["SequenceNumberRange"]["StartingSequenceNumber"])


@complete(RECORDED)
def test_shards_come_in_the_order_of_their_ids(endpoint: Endpoint, past: Past) -> None:
    ids = [shard["ShardId"] for shard in shards_of(endpoint, past.arn)]
    assert ids == sorted(ids)


@core(DESCRIBE_STREAM)
def test_pages_of_one_shard_add_up_to_the_whole(endpoint: Endpoint, past: Past) -> None:
    whole = describe(endpoint, past.arn)["Shards"]
    assert describe(endpoint, past.arn, Limit=1)["Shards"] == whole[:1]
    assert shards_of(endpoint, past.arn, Limit=1) == whole


@core(DESCRIBE_STREAM)
def test_the_last_page_names_no_last_shard(endpoint: Endpoint, past: Past) -> None:
    described = describe(endpoint, past.arn)
    last = described["Shards"][-1]["ShardId"]
    assert "LastEvaluatedShardId" not in described
    rest = describe(endpoint, past.arn, ExclusiveStartShardId=last)
    assert rest["Shards"] == []
    assert "LastEvaluatedShardId" not in rest


@strict(RECORDED)
def test_a_start_that_names_no_shard_is_no_error(endpoint: Endpoint, past: Past) -> None:
    later = "shardId-99999999999999999999-f55eea83"
    assert describe(endpoint, past.arn, ExclusiveStartShardId=later)["Shards"] == []


@complete(f"{MODEL}: ShardId has at least 28 characters")
def test_a_start_too_short_for_a_shard_is_refused(endpoint: Endpoint, past: Past) -> None:
    params = {"StreamArn": past.arn, "ExclusiveStartShardId": "shardId-0"}
    assert endpoint.refused("DescribeStream", params).code == "ValidationException"


@complete(f"{DESCRIBE_STREAM}: Limit is at least 1; the upper limit is 100")
@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_refused(endpoint: Endpoint, past: Past, limit: int) -> None:
    refusal = endpoint.refused("DescribeStream", {"StreamArn": past.arn, "Limit": limit})
    assert refusal.code == "ValidationException"


@complete(f"{MODEL}: StreamArn")
@pytest.mark.parametrize("arn", ["", "bogus", "x" * 40], ids=["empty", "short", "rubbish"])
def test_what_is_no_arn_is_refused(endpoint: Endpoint, arn: str) -> None:
    refusal = endpoint.refused("DescribeStream", {"StreamArn": arn})
    assert refusal.code == "ValidationException"


@core(f"{DESCRIBE_STREAM}: ResourceNotFoundException")
def test_a_stream_that_does_not_exist_is_not_found(endpoint: Endpoint, past: Past) -> None:
    arn = past.arn.rpartition("/")[0] + "/2015-05-11T21:21:33.291"
    refusal = endpoint.refused("DescribeStream", {"StreamArn": arn})
    assert (refusal.status, refusal.code) == (400, "ResourceNotFoundException")


@strict(RECORDED)
def test_the_refusal_names_the_stream(endpoint: Endpoint, past: Past) -> None:
    arn = past.arn.rpartition("/")[0] + "/2015-05-11T21:21:33.291"
    message = endpoint.refused("DescribeStream", {"StreamArn": arn}).message
    assert message == f"Requested resource not found: Stream: {arn} not found"


def children(endpoint: Endpoint, arn: str, shard_id: str) -> list[str]:
    """The ids of the shards that a ShardFilter leaves."""
    params = {"StreamArn": arn, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": shard_id}}
    answer = endpoint.post("DescribeStream", params)
    assert answer.status == 200, answer.body
    return [shard["ShardId"] for shard in answer.doc["StreamDescription"]["Shards"]]


@complete(SHARD_FILTER, needs="shard-filter")
@pytest.mark.parametrize("which", ["past", "closed"])
def test_a_filter_leaves_the_children_of_a_shard(
    endpoint: Endpoint, request: pytest.FixtureRequest, which: str
) -> None:
    arn = request.getfixturevalue(which).arn
    shards = shards_of(endpoint, arn)
    for parent in shards:
        expected = [
            shard["ShardId"] for shard in shards if shard.get("ParentShardId") == parent["ShardId"]
        ]
        assert children(endpoint, arn, parent["ShardId"]) == expected


@complete(f"{SHARD_FILTER}: valid values, lengths", needs="shard-filter")
@pytest.mark.parametrize(
    "wanted",
    [{"Type": "PARENT_SHARDS", "ShardId": NO_SHARD}, {"Type": "CHILD_SHARDS", "ShardId": "s"}],
    ids=["type", "shard"],
)
def test_a_filter_outside_the_model_is_refused(
    endpoint: Endpoint, past: Past, wanted: Json
) -> None:
    refusal = endpoint.refused("DescribeStream", {"StreamArn": past.arn, "ShardFilter": wanted})
    assert refusal.code == "ValidationException"


@strict(f"{RECORDED}; the page says neither member is required", needs="shard-filter")
@pytest.mark.parametrize(
    "wanted", [{"Type": "CHILD_SHARDS"}, {"ShardId": NO_SHARD}], ids=["no shard", "no type"]
)
def test_half_a_filter_is_refused(endpoint: Endpoint, past: Past, wanted: Json) -> None:
    refusal = endpoint.refused("DescribeStream", {"StreamArn": past.arn, "ShardFilter": wanted})
    assert refusal.code == "ValidationException"
