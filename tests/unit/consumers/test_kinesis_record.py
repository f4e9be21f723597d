"""The JSON of one record that goes to Kinesis.

Source of the form: AWS, developer guide, "Using Kinesis Data Streams to capture changes to
DynamoDB", and a recorded record. Numbers are written out.
"""

import uuid

import orjson

from headwater.changelog.record import TTL_IDENTITY, Change, pack
from headwater.consumers.kinesis.record import MICROSECOND, MILLISECOND, OutgoingRenderer
from headwater.storage.sequence import at_ms

NOW_MS = 1_772_600_800_123
NOW = at_ms(NOW_MS)
INSERT = Change(NOW_MS, b'{"pk":{"S":"o-1"}}', 5, b'{"pk":{"S":"o-1"},"qty":{"N":"1"}}', 10, b"", 0)


def rendered(change, sequence=NOW, precision=MILLISECOND, log=7):
    return OutgoingRenderer("us-east-1", "Orders", precision).render(log, sequence, pack(change))


def test_a_record_has_the_members_and_the_order_of_aws():
    record = rendered(INSERT)
    event = orjson.loads(record.data)["eventID"]
    assert record.data.decode() == (
        f'{{"awsRegion":"us-east-1","eventID":"{event}","eventName":"INSERT",'
        '"userIdentity":null,"recordFormat":"application/json","tableName":"Orders",'
        '"dynamodb":{"ApproximateCreationDateTime":1772600800123,"Keys":{"pk":{"S":"o-1"}},'
        '"NewImage":{"pk":{"S":"o-1"},"qty":{"N":"1"}},"SizeBytes":15},'
        '"eventSource":"aws:dynamodb"}'
    )
    assert uuid.UUID(event).version == 4


def test_a_record_made_twice_is_the_same_and_no_other_has_its_event_id():
    assert rendered(INSERT) == rendered(INSERT)
    places = [(log, at_ms(NOW_MS) + number) for log in (7, 8) for number in range(100)]
    ids = {
        orjson.loads(rendered(INSERT, sequence, log=log).data)["eventID"]
        for log, sequence in places
    }
    assert len(ids) == 200


def test_a_modification_has_both_images_and_a_removal_the_old_one():
    old = b'{"pk":{"S":"o-1"}}'
    modified = orjson.loads(rendered(INSERT._replace(old=old, old_size=5)).data)
    assert modified["eventName"] == "MODIFY"
    assert modified["dynamodb"]["OldImage"] == {"pk": {"S": "o-1"}}
    assert modified["dynamodb"]["SizeBytes"] == 5 + 10 + 5
    removed = orjson.loads(rendered(INSERT._replace(new=b"", new_size=0, old=old)).data)
    assert removed["eventName"] == "REMOVE" and "NewImage" not in removed["dynamodb"]


def test_an_item_that_expired_names_the_service_that_deleted_it():
    change = INSERT._replace(new=b"", new_size=0, old=b"{}", identity=TTL_IDENTITY)
    assert orjson.loads(rendered(change).data)["userIdentity"] == {
        "principalId": "dynamodb.amazonaws.com",
        "type": "Service",
    }


def test_microseconds_grow_with_the_changes_of_a_millisecond():
    moments = [
        orjson.loads(rendered(INSERT, at_ms(NOW_MS) + number, MICROSECOND).data)["dynamodb"]
        for number in (0, 1, 999, 5000)
    ]
    assert [m["ApproximateCreationDateTime"] for m in moments] == [
        1772600800123000,
        1772600800123001,
        1772600800123999,
        1772600800123999,
    ]
    assert moments[0]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


def test_records_of_a_key_share_a_partition_key_of_32_hexadecimal_digits():
    other = INSERT._replace(keys=b'{"pk":{"S":"o-2"}}')
    one, same, another = rendered(INSERT), rendered(INSERT._replace(created_ms=1)), rendered(other)
    assert one.key == same.key != another.key
    assert len(one.key) == 32 and int(one.key, 16) >= 0
