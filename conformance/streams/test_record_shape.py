"""One record: its members, their forms, and what is not among them."""

import re
import time

from kit.cases import GUIDE_TTL, MODEL, RECORD, RECORDED, STREAM_RECORD, complete, core, strict
from kit.endpoint import Endpoint, Json
from kit.past import HISTORY, Past
from kit.reader import iterator, read
from kit.tables import BOTH, Table


def change(past: Past, number: int) -> Json:
    """The `dynamodb` member of one of the past's records."""
    shown: Json = past.seen[number].record["dynamodb"]
    return shown


@core(RECORD)
def test_a_record_has_these_members_and_no_others(past: Past) -> None:
    for seen in past.seen:
        assert seen.record.keys() == {
            "awsRegion",
            "dynamodb",
            "eventID",
            "eventName",
            "eventSource",
            "eventVersion",
        }


@complete(RECORD)
def test_no_member_is_hidden_from_the_sdk(endpoint: Endpoint, past: Past) -> None:
    # eventSourceARN, for one, is put in by Lambda.
    start = iterator(endpoint, past.arn, past.shard_id, "TRIM_HORIZON")

    def first() -> Json | None:
        records = endpoint.post("GetRecords", {"ShardIterator": start, "Limit": 1}).doc["Records"]
        return records[0] if records else None

    record = endpoint.eventually(first, "a record")
    assert record.keys() == past.seen[0].record.keys()
    assert record["dynamodb"].keys() == change(past, 0).keys()


@core(STREAM_RECORD)
def test_an_insert_shows_these_members_and_no_old_image(past: Past) -> None:
    assert change(past, 0).keys() == {
        "ApproximateCreationDateTime",
        "Keys",
        "NewImage",
        "SequenceNumber",
        "SizeBytes",
        "StreamViewType",
    }


@core(STREAM_RECORD)
def test_a_change_shows_an_old_image_too(past: Past) -> None:
    assert change(past, 1).keys() == change(past, 0).keys() | {"OldImage"}


@core(STREAM_RECORD)
def test_a_removal_shows_no_new_image(table: Table, key: Json) -> None:
    table.put(key)
    table.delete(key)
    removal = table.changes(key)[1]["dynamodb"]
    assert "OldImage" in removal
    assert "NewImage" not in removal


@core(RECORD)
def test_event_names_say_what_happened(past: Past) -> None:
    names = [seen.record["eventName"] for seen in past.seen]
    assert names == ["INSERT"] + ["MODIFY"] * (HISTORY - 1)


@core(RECORD)
def test_the_event_source_is_dynamodb(past: Past) -> None:
    assert {seen.record["eventSource"] for seen in past.seen} == {"aws:dynamodb"}


@core(RECORD)
def test_the_event_version_is_one_that_readers_know(past: Past) -> None:
    assert {seen.record["eventVersion"].partition(".")[0] for seen in past.seen} == {"1"}


@strict(RECORDED)
def test_the_event_version_is_1_1(past: Past) -> None:
    assert {seen.record["eventVersion"] for seen in past.seen} == {"1.1"}


@core(RECORD)
def test_the_region_is_the_streams(endpoint: Endpoint, past: Past) -> None:
    assert {seen.record["awsRegion"] for seen in past.seen} == {endpoint.region}


@core(f"{RECORD}: a globally unique identifier")
def test_every_event_has_an_id_of_its_own(past: Past) -> None:
    assert len(set(past.ids)) == HISTORY


@core(f"{RECORD}: the identifier of the event")
def test_a_record_keeps_its_id_when_it_is_read_again(endpoint: Endpoint, past: Past) -> None:
    start = iterator(endpoint, past.arn, past.shard_id, "TRIM_HORIZON")
    assert [record["eventID"] for record in read(endpoint, start, HISTORY)] == past.ids


@strict(RECORDED)
def test_an_event_id_is_32_hexadecimal_digits(past: Past) -> None:
    assert all(re.fullmatch(r"[0-9a-f]{32}", event_id) for event_id in past.ids)


@core(f"{MODEL}: SequenceNumber has 21 to 40 characters")
def test_sequence_numbers_are_digits_of_the_modelled_length(past: Past) -> None:
    assert all(re.fullmatch(r"\d{21,40}", number) for number in past.numbers)


@core(STREAM_RECORD)
def test_keys_are_the_primary_key_alone(sorted_table: Table, key: Json) -> None:
    whole = {**key, "sk": {"S": "s"}}
    sorted_table.put({**whole, "other": {"S": "o"}})
    (record,) = sorted_table.changes(whole)
    assert record["dynamodb"]["Keys"] == whole


@core(STREAM_RECORD)
def test_a_record_tells_the_view_of_its_stream(past: Past) -> None:
    assert {change(past, n)["StreamViewType"] for n in range(HISTORY)} == {BOTH}


@core(STREAM_RECORD)
def test_the_creation_time_is_that_of_the_change(table: Table, key: Json) -> None:
    before = time.time()
    table.put(key)
    after = time.time()
    (record,) = table.changes(key)
    created = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    # Rounded down, approximate, and told by another clock.
    assert before - 60 < created < after + 60


@complete(f"{STREAM_RECORD}: rounded down to the closest second")
def test_the_creation_time_is_in_whole_seconds(past: Past) -> None:
    for number in range(HISTORY):
        assert change(past, number)["ApproximateCreationDateTime"].microsecond == 0


@core(GUIDE_TTL)
def test_what_users_delete_names_no_service(table: Table, key: Json) -> None:
    table.put(key)
    table.delete(key)
    assert all("userIdentity" not in record for record in table.changes(key))
