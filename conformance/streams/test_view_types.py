"""What each view type shows of each event, and that an image is the whole item."""

import pytest

from kit.cases import GUIDE, STREAM_RECORD, complete, core
from kit.endpoint import Json
from kit.tables import VIEWS, Table, Tables

EVENTS = ("INSERT", "MODIFY", "REMOVE")
FIRST = {"a": {"S": "1"}, "same": {"L": [{"S": "x"}]}}
SECOND = {"a": {"S": "2"}, "same": {"L": [{"S": "x"}]}}

# (new image, old image) by event; None where there is none to be shown.
SHOWN = {
    "KEYS_ONLY": ((None, None), (None, None), (None, None)),
    "NEW_IMAGE": ((FIRST, None), (SECOND, None), (None, None)),
    "OLD_IMAGE": ((None, None), (None, FIRST), (None, SECOND)),
    "NEW_AND_OLD_IMAGES": ((FIRST, None), (SECOND, FIRST), (None, SECOND)),
}


@core(STREAM_RECORD)
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_under_a_view(tables: Tables, key: Json, view: str, event: str) -> None:
    table = tables.shared(view)
    table.put({**key, **FIRST})
    table.put({**key, **SECOND})
    table.delete(key)
    number = EVENTS.index(event)
    record = table.reader.wait_for(key, 3)[number]
    shown = record["dynamodb"]
    new, old = SHOWN[view][number]
    assert record["eventName"] == event
    assert shown["Keys"] == key
    assert shown["StreamViewType"] == view
    # Absent, not empty, where there is none.
    assert shown.get("NewImage") == (None if new is None else {**key, **new})
    assert shown.get("OldImage") == (None if old is None else {**key, **old})


@core(f"{GUIDE}: the item as it appeared")
def test_images_hold_what_an_update_left_alone(table: Table, key: Json) -> None:
    item = {**key, "kept": {"S": "k"}, "n": {"N": "1"}}
    table.put(item)
    table.update(key, "SET n = :n", {":n": {"N": "2"}})
    shown = table.changes(key)[1]["dynamodb"]
    assert shown["OldImage"] == item
    assert shown["NewImage"] == {**item, "n": {"N": "2"}}


@core(f"{GUIDE}: the item as it appeared")
def test_images_do_not_hold_what_a_put_left_out(table: Table, key: Json) -> None:
    table.put({**key, "gone": {"S": "g"}})
    table.put({**key, "come": {"S": "c"}})
    shown = table.changes(key)[1]["dynamodb"]
    assert shown["OldImage"] == {**key, "gone": {"S": "g"}}
    assert shown["NewImage"] == {**key, "come": {"S": "c"}}


@complete(f"{GUIDE}: the whole item, so its key if that is all")
def test_an_item_of_nothing_but_its_key_has_images(table: Table, key: Json) -> None:
    table.put(key)
    table.delete(key)
    insert, remove = table.changes(key)
    assert insert["dynamodb"]["NewImage"] == key
    assert remove["dynamodb"]["OldImage"] == key


@complete(f"{GUIDE}: the item as it appeared")
def test_a_record_shows_the_item_as_it_was_then(table: Table, key: Json) -> None:
    for number in "123":
        table.put({**key, "n": {"N": number}})
    table.delete(key)
    shown = [
        record["dynamodb"]["NewImage"]["n"]["N"]
        for record in table.changes(key)
        if "NewImage" in record["dynamodb"]
    ]
    assert shown == ["1", "2", "3"]
