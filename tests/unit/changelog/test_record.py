"""Records: what is stored, and what readers of each kind are shown of it.

Source of the shapes: AWS, API reference of DynamoDB Streams ("Record", "StreamRecord") and the
Lambda guide's DynamoDB sample event; SizeBytes examples are recorded answers ({id:{S:"Fred"}}
alone, INSERT under NEW_AND_OLD_IMAGES = 12).
"""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.changelog.conflict import Stamp
from headwater.changelog.record import (
    TTL_IDENTITY,
    VIEW_TYPES,
    Change,
    Renderer,
    created_ms_of,
    event_id,
    images_of,
    keys_of,
    kind_of,
    outline_of,
    pack,
    parse_event_id,
    unpack,
)

KEYS = b'{"id":{"S":"Fred"}}'
NEW = b'{"id":{"S":"Fred"},"n":{"N":"2"}}'
OLD = b'{"id":{"S":"Fred"},"n":{"N":"1"}}'
INSERT = Change(1_772_600_800_987, KEYS, 6, KEYS, 6, b"", 0)
MODIFY = Change(1_772_600_800_987, KEYS, 6, NEW, 9, OLD, 9)
REMOVE = Change(1_772_600_800_987, KEYS, 6, b"", 0, OLD, 9)


def shown(change: Change, view: str, source_arn: str | None = None) -> dict[str, object]:
    renderer = Renderer(view, "eu-west-1", source_arn)
    record: dict[str, object] = orjson.loads(renderer.render(5, 42, pack(change)))
    return record


def test_a_record_has_every_member_of_awss_shape() -> None:
    assert shown(INSERT, "NEW_AND_OLD_IMAGES") == {
        "eventID": event_id(5, 42),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_772_600_800,
            "Keys": {"id": {"S": "Fred"}},
            "NewImage": {"id": {"S": "Fred"}},
            "SequenceNumber": "100000000000000000042",
            "SizeBytes": 12,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


@pytest.mark.parametrize(
    ("view", "change", "images", "size"),
    [
        ("KEYS_ONLY", INSERT, set(), 6),
        ("KEYS_ONLY", MODIFY, set(), 6),
        ("KEYS_ONLY", REMOVE, set(), 6),
        ("NEW_IMAGE", INSERT, {"NewImage"}, 12),
        ("NEW_IMAGE", MODIFY, {"NewImage"}, 15),
        ("NEW_IMAGE", REMOVE, set(), 6),
        ("OLD_IMAGE", INSERT, set(), 6),
        ("OLD_IMAGE", MODIFY, {"OldImage"}, 15),
        ("OLD_IMAGE", REMOVE, {"OldImage"}, 15),
        ("NEW_AND_OLD_IMAGES", INSERT, {"NewImage"}, 12),
        ("NEW_AND_OLD_IMAGES", MODIFY, {"NewImage", "OldImage"}, 24),
        ("NEW_AND_OLD_IMAGES", REMOVE, {"OldImage"}, 15),
    ],
)
def test_a_view_type_shows_its_images_and_counts_them(
    view: str, change: Change, images: set[str], size: int
) -> None:
    inner = shown(change, view)["dynamodb"]
    assert isinstance(inner, dict)
    assert {"NewImage", "OldImage"} & set(inner) == images
    assert inner["SizeBytes"] == size
    assert inner["StreamViewType"] == view


def test_the_service_that_deleted_is_named_and_spelled_as_each_reader_expects() -> None:
    expired = REMOVE._replace(identity=TTL_IDENTITY)
    assert shown(expired, "KEYS_ONLY")["userIdentity"] == {
        "PrincipalId": "dynamodb.amazonaws.com",
        "Type": "Service",
    }
    assert shown(expired, "KEYS_ONLY", "arn:x")["userIdentity"] == {
        "principalId": "dynamodb.amazonaws.com",
        "type": "Service",
    }
    assert "userIdentity" not in shown(REMOVE, "KEYS_ONLY")


def test_a_handlers_record_adds_the_stream_and_writes_time_as_a_float() -> None:
    record = Renderer("KEYS_ONLY", "eu-west-1", "arn:s").render(5, 42, pack(INSERT))
    assert orjson.loads(record)["eventSourceARN"] == "arn:s"
    assert b'"ApproximateCreationDateTime":1772600800.0,' in record


PARTS = st.binary(max_size=40)
STAMPS = st.builds(Stamp, st.integers(0, 2**64 - 1), st.text("abc-1", max_size=9))


@given(
    st.builds(
        Change,
        st.integers(0, 2**48),
        PARTS,
        st.integers(0, 2**20),
        PARTS,
        st.integers(0, 2**20),
        PARTS,
        st.integers(0, 2**20),
        PARTS,
        st.none() | STAMPS,
    )
)
def test_what_is_packed_is_unpacked(change: Change) -> None:
    assert unpack(pack(change)) == change
    assert created_ms_of(pack(change)) == change.created_ms
    assert kind_of(pack(change)) == change.kind


@pytest.mark.parametrize("change", [INSERT, MODIFY, REMOVE, REMOVE._replace(identity=TTL_IDENTITY)])
def test_readers_do_not_see_where_a_write_was_made(change: Change) -> None:
    elsewhere = change._replace(stamp=Stamp(7, "ap-southeast-2"))
    assert shown(elsewhere, "NEW_AND_OLD_IMAGES") == shown(change, "NEW_AND_OLD_IMAGES")


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_an_event_id_leads_back_to_its_record(log: int, sequence: int) -> None:
    assert parse_event_id(event_id(log, sequence)) == (log, sequence)
    assert len(event_id(log, sequence)) == 32


@pytest.mark.parametrize("text", ["", "xyz", "g" * 32, "0" * 33])
def test_a_foreign_event_id_is_none_of_ours(text: str) -> None:
    assert parse_event_id(text) is None


def test_every_view_type_is_known() -> None:
    """Source: the model's enumeration of StreamViewType."""
    assert set(VIEW_TYPES) == {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}


@given(
    keys=st.binary(min_size=1),
    images=st.tuples(st.binary(), st.binary()).filter(any),
    stamp=st.none() | st.builds(Stamp, st.integers(0, 2**60), st.just("eu-west-1")),
    identity=st.sampled_from([b"", TTL_IDENTITY]),
)
def test_a_part_is_what_the_whole_has_there(
    keys: bytes, images: tuple[bytes, bytes], stamp: Stamp | None, identity: bytes
) -> None:
    new, old = images
    change = Change(1_772_600_800_987, keys, 6, new, len(new), old, len(old), identity, stamp)
    stored = pack(change)
    assert keys_of(stored) == keys
    assert images_of(stored) == (new, old)
    assert outline_of(stored) == (change.kind, change.created_ms, new or old)
