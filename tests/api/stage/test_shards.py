"""Shards ended by hand, as readers of the Streams API see them."""

import pytest
from tests.tables import create_table

from headwater.testing import Refused

ONE = pytest.mark.headwater("--initial-partitions", "1", clock="virtual")
HASHES = 1 << 32


@ONE
def test_a_split_shard_is_closed_and_has_two_children(headwater, table, put, shards_of):
    put("a", "b", "c")
    (parent,) = shards_of()
    opened = headwater.stage.split("Orders")
    described = shards_of()
    closed = next(shard for shard in described if shard["ShardId"] == parent["ShardId"])
    children = [shard for shard in described if shard.get("ParentShardId") == parent["ShardId"]]
    assert "EndingSequenceNumber" in closed["SequenceNumberRange"]
    assert sorted(opened) == sorted(shard["ShardId"] for shard in children)
    tree = {shard["id"]: shard for shard in headwater.stage.shards("Orders")["shards"]}
    ranges = sorted((tree[one]["first_hash"], tree[one]["end_hash"]) for one in opened)
    assert ranges == [(0, HASHES // 2), (HASHES // 2, HASHES)]
    assert tree[parent["ShardId"]]["records"] == 3


@ONE
def test_a_shard_is_split_by_the_end_of_its_id_and_at_a_hash(headwater, table):
    first, second = headwater.stage.split("Orders")
    opened = headwater.stage.split("Orders", first[-8:])
    assert second not in opened
    tree = {shard["id"]: shard for shard in headwater.stage.shards("Orders")["shards"]}
    assert {tree[one]["parent"] for one in opened} == {first}
    low = tree[second]["first_hash"]
    headwater.stage.split("Orders", second, at=low + 1)
    tree = {shard["id"]: shard for shard in headwater.stage.shards("Orders")["shards"]}
    assert any((one["first_hash"], one["end_hash"]) == (low, low + 1) for one in tree.values())


@ONE
def test_every_change_of_an_item_is_read_in_order_across_splits_and_roll_overs(
    headwater, table, put, shards_of, iterator_of, streams
):
    """Parents first, as AWS asks of readers: the numbers of each item come in order."""
    for number in range(12):
        put("a", "b", "c", n=number)
        (headwater.stage.split if number % 3 == 1 else headwater.stage.roll)("Orders")
    seen: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    # Ids begin with the time of opening, and the list is sorted by them: parents come first.
    for shard in shards_of():
        page = streams.get_records(ShardIterator=iterator_of(shard["ShardId"]))
        assert ("NextShardIterator" in page) == (
            "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        )
        for record in page["Records"]:
            image = record["dynamodb"]["NewImage"]
            seen[image["pk"]["S"]].append(int(image["n"]["N"]))
    assert seen == {key: list(range(12)) for key in "abc"}


@ONE
def test_records_trimmed_by_hand_are_gone_for_every_kind_of_reader(
    headwater, table, put, shards_of, iterator_of, streams, refusal
):
    put("a", "b", "c")
    (shard,) = (one["ShardId"] for one in shards_of())
    first = streams.get_records(ShardIterator=iterator_of(shard), Limit=1)
    number = first["Records"][0]["dynamodb"]["SequenceNumber"]
    horizon = iterator_of(shard)
    assert headwater.stage.trim("Orders") == [shard]
    late = first["NextShardIterator"]
    assert refusal(streams.get_records, ShardIterator=late) == "TrimmedDataAccessException"
    assert (
        refusal(iterator_of, shard=shard, kind="AT_SEQUENCE_NUMBER", SequenceNumber=number)
        == "TrimmedDataAccessException"
    )
    put("d")
    for iterator in (horizon, iterator_of(shard)):
        (record,) = streams.get_records(ShardIterator=iterator)["Records"]
        assert record["dynamodb"]["Keys"] == {"pk": {"S": "d"}}


@ONE
def test_who_has_seen_everything_is_not_disturbed_by_a_trim(
    headwater, table, put, shards_of, iterator_of, streams
):
    put("a")
    (shard,) = (one["ShardId"] for one in shards_of())
    at_end = [streams.get_records(ShardIterator=iterator_of(shard))["NextShardIterator"]]
    at_end.append(iterator_of(shard, "LATEST"))
    headwater.stage.trim("Orders")
    at_end.append(iterator_of(shard, "LATEST"))
    put("b")
    for iterator in at_end:
        (record,) = streams.get_records(ShardIterator=iterator)["Records"]
        assert record["dynamodb"]["Keys"] == {"pk": {"S": "b"}}


@ONE
def test_a_closed_shard_that_is_trimmed_is_not_listed_any_more(headwater, table, put, shards_of):
    put("a")
    (child,) = headwater.stage.roll("Orders")
    headwater.stage.trim("Orders")
    assert [shard["ShardId"] for shard in shards_of()] == [child]
    # What is trimmed goes on living: it is rolled over and read as any other.
    put("b")
    (grandchild,) = headwater.stage.roll("Orders")
    assert [shard["ShardId"] for shard in shards_of()] == [child, grandchild]
    assert len(headwater.stage.changes("Orders")) == 1


@ONE
def test_only_what_is_older_is_trimmed(headwater, table, put):
    put("a")
    headwater.stage.clock.advance("2h")
    put("b")
    headwater.stage.trim("Orders", older_than="1h")
    assert [one["dynamodb"]["Keys"]["pk"]["S"] for one in headwater.stage.changes("Orders")] == [
        "b"
    ]


@ONE
def test_mappings_go_on_over_ended_and_trimmed_shards(headwater, table, put, deploy, dynamodb):
    deploy("def handler(event, context): pass")
    put("a")
    headwater.stage.split("Orders")
    put("b")
    headwater.stage.roll("Orders")
    headwater.stage.idle()
    headwater.stage.trim("Orders")
    put("c")
    headwater.stage.idle()
    (reader,) = headwater.stage.shards("Orders")["readers"]
    assert {place["behind"] for place in reader["shards"].values()} == {0}


@ONE
@pytest.mark.parametrize(
    ("page", "body", "advice"),
    [
        ("shards/split", {"table": "Nope"}, "The node has: Orders"),
        ("shards/split", {}, "which table"),
        ("shards/split", {"table": "Orders", "shard": "zzz"}, "no open shard ends in 'zzz'"),
        ("shards/split", {"table": "Orders", "at": 0}, "can be split between"),
        ("shards/roll", {"table": "Orders", "region": "eu-west-1"}, "region eu-west-1"),
        ("shards/trim", {"table": "Orders", "older_than": "x"}, "give a duration"),
    ],
)
def test_what_cannot_be_done_is_refused_with_advice(headwater, table, page, body, advice):
    with pytest.raises(Refused, match=advice):
        headwater.stage.remote.post(page, **body)


@ONE
def test_a_table_whose_stream_is_off_has_no_shards_to_end(headwater, dynamodb, table):
    dynamodb.update_table(TableName="Orders", StreamSpecification={"StreamEnabled": False})
    with pytest.raises(Refused, match="is off"):
        headwater.stage.split("Orders")
    with pytest.raises(Refused, match="is off"):
        headwater.stage.shards("Orders")


@ONE
def test_shards_end_by_a_seed_at_the_same_calls_and_places_in_every_run(
    headwater, dynamodb, table, put
):
    def play(seed):
        headwater.stage.fault("PutItem", table="Orders", shards="split", rate=0.3, seed=seed)
        headwater.stage.fault("DeleteItem", table="Orders", shards="roll", times=1)
        counts, before = [], hashes()
        for number in range(12):
            put(f"o-{number}")
            counts.append(len(hashes()))
        dynamodb.delete_item(TableName="Orders", Key={"pk": {"S": "o-1"}})
        headwater.stage.clear_faults()
        assert len(headwater.stage.shards("Orders")["shards"]) > len(before)
        return counts, hashes()

    def hashes():
        shards = headwater.stage.shards("Orders")["shards"]
        return sorted((one["first_hash"], one["end_hash"]) for one in shards if one["open"])

    first = play(7)
    assert len(first[1]) > 2
    headwater.stage.reset()
    create_table(dynamodb, "Orders", view="KEYS_ONLY")
    assert play(7) == first


@ONE
def test_a_shard_is_trimmed_before_a_call_that_was_chosen(
    headwater, table, put, streams, shards_of, iterator_of, refusal
):
    put("a", "b")
    (shard,) = (one["ShardId"] for one in shards_of())
    page = streams.get_records(ShardIterator=iterator_of(shard), Limit=1)
    headwater.stage.fault("GetRecords", table="Orders", shards="trim")
    late = page["NextShardIterator"]
    assert refusal(streams.get_records, ShardIterator=late) == "TrimmedDataAccessException"


@pytest.mark.parametrize("about", [{"shards": "merge", "table": "Orders"}, {"shards": "split"}])
def test_what_cannot_happen_to_shards_is_refused(headwater, table, about):
    with pytest.raises(Refused, match="shards"):
        headwater.stage.fault("PutItem", **about)


def test_a_word_that_no_step_knows_is_refused_by_name(headwater, table):
    with pytest.raises(Refused, match="unknown: older_than"):
        headwater.stage.remote.post("shards/roll", table="Orders", older_than="1h")
