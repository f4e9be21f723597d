"""What a stream shows as time passes: 24 hours of records, 15 minutes of an iterator.

Source: AWS, developer guide, "Data retention limit for DynamoDB Streams"; API reference,
TrimmedDataAccessException and ExpiredIteratorException. Each holds whether or not the sweep that
gives back the disk has been by, so each is tried both ways.
"""

import pytest

from headwater.errors import ExpiredIterator, ResourceNotFound, TrimmedDataAccess


@pytest.fixture(params=[False, True], ids=["unswept", "swept"])
def pass_time(rig, request):
    def move(**span):
        rig.clock.move(**span)
        if request.param:
            rig.sweep()
            rig.sweep()

    return move


def test_a_record_is_gone_24_hours_after_its_commit(rig, pass_time):
    arn = rig.table()
    rig.put("old")
    pass_time(hours=1)
    rig.put("young")
    pass_time(hours=23)
    assert rig.keys(rig.iterator(arn)) == ["old", "young"]
    pass_time(seconds=1)
    assert rig.keys(rig.iterator(arn)) == ["young"]
    pass_time(hours=1)
    assert rig.keys(rig.iterator(arn)) == []


def test_a_reader_who_missed_a_record_is_told(rig, pass_time):
    arn = rig.table()
    for key in "abc":
        rig.put(key)
    pass_time(hours=23, minutes=59)
    page = rig("GetRecords", ShardIterator=rig.iterator(arn), Limit=1)
    pass_time(minutes=2)
    with pytest.raises(TrimmedDataAccess):
        rig("GetRecords", ShardIterator=page["NextShardIterator"])


def test_a_reader_who_saw_all_there_was_is_left_alone(rig, pass_time):
    arn = rig.table()
    rig.put("a")
    pass_time(hours=23, minutes=59)
    page = rig("GetRecords", ShardIterator=rig.iterator(arn))
    assert len(page["Records"]) == 1
    for _ in range(10):
        pass_time(minutes=10)
        page = rig("GetRecords", ShardIterator=page["NextShardIterator"])
        assert page["Records"] == []
    rig.put("b")
    assert rig.keys(page["NextShardIterator"]) == ["b"]


def test_the_oldest_of_an_iterator_stays_the_oldest_there_is(rig, pass_time):
    arn = rig.table()
    rig.put("a")
    pass_time(hours=23, minutes=59)
    rig.put("b")
    oldest = rig.iterator(arn)
    pass_time(minutes=2)
    assert rig.keys(oldest) == ["b"]


def test_a_number_older_than_24_hours_is_refused(rig, pass_time):
    arn = rig.table()
    rig.put("a")
    (record,) = rig("GetRecords", ShardIterator=rig.iterator(arn))["Records"]
    number = record["dynamodb"]["SequenceNumber"]
    pass_time(hours=24, seconds=1)
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        with pytest.raises(TrimmedDataAccess):
            rig.iterator(arn, kind, SequenceNumber=number)


def test_latest_and_timestamps_work_on_a_shard_whose_records_are_gone(rig, pass_time):
    arn = rig.table()
    rig.put("a")
    pass_time(hours=30)
    latest = rig.iterator(arn, "LATEST")
    since = rig.iterator(arn, "AT_TIMESTAMP", Timestamp=rig.clock.now_ms() / 1000 - 60)
    assert rig.keys(latest) == rig.keys(since) == []
    pass_time(minutes=1)
    rig.put("b")
    assert rig.keys(latest) == rig.keys(since) == ["b"]


def test_a_timestamp_is_exact_to_the_millisecond(rig):
    arn = rig.table()
    moments = []
    for key in "abc":
        moments.append(rig.clock.now_ms())
        rig.put(key)
        rig.clock.move(ms=1)
    for number, moment_ms in enumerate(moments):
        iterator = rig.iterator(arn, "AT_TIMESTAMP", Timestamp=moment_ms / 1000)
        assert rig.keys(iterator) == list("abc")[number:]


def test_an_iterator_expires_after_15_minutes_and_its_successor_later(rig):
    arn = rig.table()
    first = rig.iterator(arn)
    rig.clock.move(minutes=15)
    second = rig("GetRecords", ShardIterator=first)["NextShardIterator"]
    rig.clock.move(ms=1)
    with pytest.raises(ExpiredIterator):
        rig("GetRecords", ShardIterator=first)
    rig.clock.move(minutes=14)
    assert rig.keys(second) == []


def test_the_stream_of_a_deleted_table_is_gone_after_24_hours(rig, pass_time):
    arn = rig.table()
    rig.put("a")
    rig("DeleteTable", TableName="T")
    pass_time(hours=24)
    listed = rig("ListStreams")["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [arn]
    assert rig.keys(rig.iterator(arn)) == ["a"]
    last = rig.iterator(arn)
    pass_time(ms=1)
    assert rig("ListStreams")["Streams"] == []
    with pytest.raises(ResourceNotFound):
        rig("DescribeStream", StreamArn=arn)
    with pytest.raises(ResourceNotFound, match="Shard does not exist"):
        rig("GetRecords", ShardIterator=last)


def test_a_stream_turned_off_is_swept_and_the_open_one_beside_it_is_not(rig, pass_time):
    first = rig.table()
    rig.put("a")
    rig("UpdateTable", TableName="T", StreamSpecification={"StreamEnabled": False})
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    rig("UpdateTable", TableName="T", StreamSpecification=on)
    assert len(rig("ListStreams")["Streams"]) == 2
    pass_time(hours=25)
    (left,) = rig("ListStreams")["Streams"]
    assert left["StreamArn"] != first
    rig.put("b")
    assert rig.keys(rig.iterator(left["StreamArn"])) == ["b"]


def test_off_and_on_in_one_millisecond_gives_two_labels(rig):
    rig.table()
    for enabled in (False, True):
        view = {"StreamViewType": "NEW_IMAGE"} if enabled else {}
        rig(
            "UpdateTable",
            TableName="T",
            StreamSpecification={"StreamEnabled": enabled, **view},
        )
    labels = [stream["StreamLabel"] for stream in rig("ListStreams")["Streams"]]
    # START_MS of tests/doorless.py, as a date.
    assert labels == ["2026-03-04T05:06:07.891", "2026-03-04T05:06:07.892"]


def test_an_idle_shard_that_is_closed_stays_24_hours_from_its_closing(rig, pass_time):
    arn = rig.table()
    rig.put("a")
    pass_time(hours=30)
    rig("UpdateTable", TableName="T", StreamSpecification={"StreamEnabled": False})
    pass_time(hours=24)
    page = rig("GetRecords", ShardIterator=rig.iterator(arn))
    assert page == {"Records": []}
