"""Images hold what was written: every type, nested, canonical, empty, large, under any key."""

import pytest

from kit.cases import GUIDE, GUIDE_TYPES, complete, core
from kit.endpoint import Json, unique
from kit.tables import Table, Tables

SAME = f"{GUIDE}: the item as it appeared; {GUIDE_TYPES}"

VALUES = {
    "S": {"S": "text"},
    "S, empty": {"S": ""},
    "S, not ASCII": {"S": 'äß 日本 😀 \u0000 \u2028 "quoted" \\'},
    "N": {"N": "42"},
    "N, negative fraction": {"N": "-0.125"},
    "B": {"B": bytes(range(256))},
    "B, empty": {"B": b""},
    "BOOL": {"BOOL": True},
    "BOOL, false": {"BOOL": False},
    "NULL": {"NULL": True},
    "L": {"L": [{"S": "a"}, {"N": "1"}, {"NULL": True}, {"L": []}]},
    "L, empty": {"L": []},
    "M": {"M": {"a": {"S": "1"}, "b": {"M": {"c": {"B": b"\x00"}}}}},
    "M, empty": {"M": {}},
    "M, odd names": {"M": {"a.b": {"S": "2"}, "ä#:": {"S": "3"}}},
}


@core(SAME)
@pytest.mark.parametrize("what", VALUES)
def test_a_value_is_in_the_images_as_it_was_written(table: Table, key: Json, what: str) -> None:
    item = {**key, "v": VALUES[what]}
    table.put(item)
    table.delete(key)
    insert, removal = table.changes(key)
    assert insert["dynamodb"]["NewImage"] == item
    assert removal["dynamodb"]["OldImage"] == item


@core(SAME)
@pytest.mark.parametrize(
    ("kind", "members"),
    [("SS", ["b", "", "a"]), ("NS", ["3", "-1", "2.5"]), ("BS", [b"b", b"a"])],
    ids=["SS", "NS", "BS"],
)
def test_a_set_keeps_its_members(
    table: Table, key: Json, kind: str, members: list[str | bytes]
) -> None:
    table.put({**key, "v": {kind: members}})
    (record,) = table.changes(key)
    image = record["dynamodb"]["NewImage"]["v"]
    assert image.keys() == {kind}
    assert len(image[kind]) == len(members)
    assert set(image[kind]) == set(members)


@complete(f"{GUIDE_TYPES}: leading and trailing zeros are trimmed")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("007", "7"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("12E-2", "0.12"),
        ("-0", "0"),
        ("0.0", "0"),
        ("+5", "5"),
        ("1" * 38, "1" * 38),
        ("-" + "9" * 38, "-" + "9" * 38),
    ],
)
def test_numbers_are_shown_in_one_form(table: Table, key: Json, given: str, shown: str) -> None:
    table.put({**key, "n": {"N": given}})
    (record,) = table.changes(key)
    assert record["dynamodb"]["NewImage"]["n"] == {"N": shown}


@complete(f"{GUIDE_TYPES}: up to 32 levels")
def test_a_deeply_nested_value_is_shown_whole(table: Table, key: Json) -> None:
    value: Json = {"S": "inmost"}
    for level in range(31):
        value = {"M": {"m": value}} if level % 2 else {"L": [value]}
    table.put({**key, "v": value})
    (record,) = table.changes(key)
    assert record["dynamodb"]["NewImage"]["v"] == value


@complete(SAME)
def test_many_attributes_are_shown(table: Table, key: Json) -> None:
    item = {**key, **{f"attribute-{number}": {"N": str(number)} for number in range(300)}}
    table.put(item)
    (record,) = table.changes(key)
    assert record["dynamodb"]["NewImage"] == item


@complete(SAME)
def test_large_items_are_shown_whole_before_and_after(table: Table, key: Json) -> None:
    one, other = ({**key, "v": {"S": letter * 390_000}} for letter in "ab")
    table.put(one)
    table.put(other)
    shown = table.changes(key)[1]["dynamodb"]
    assert shown["OldImage"] == one
    assert shown["NewImage"] == other


@complete(SAME)
def test_an_image_agrees_with_get_item(table: Table, key: Json) -> None:
    item = {**key, **{f"v-{n}": value for n, value in enumerate(VALUES.values())}}
    table.put(item)
    got = table.endpoint.dynamodb.get_item(TableName=table.name, Key=key, ConsistentRead=True)
    (record,) = table.changes(key)
    assert record["dynamodb"]["NewImage"] == got["Item"]


@core(SAME)
@pytest.mark.parametrize("what", ["binary and number", "number and binary"])
def test_keys_of_other_types_are_shown(tables: Tables, what: str) -> None:
    kinds: dict[str, Json] = {"binary": {"B": b"\x00\xff"}, "number": {"N": "-1.5"}}
    pk, sk = (kinds[name] for name in what.split(" and "))
    table = tables.own(sort=True, types="".join([*pk, *sk]))
    item = {"pk": pk, "sk": sk, "a": {"S": unique("a")}}
    table.put(item)
    (record,) = table.changes({"pk": pk, "sk": sk})
    assert record["dynamodb"]["Keys"] == {"pk": pk, "sk": sk}
    assert record["dynamodb"]["NewImage"] == item


@complete(f"{SAME}: equal numbers are one key")
def test_a_number_key_is_shown_in_one_form(tables: Tables) -> None:
    table = tables.own(types="N")
    table.put({"pk": {"N": "1.0"}})
    table.put({"pk": {"N": "01"}})
    (record,) = table.changes({"pk": {"N": "1"}})
    assert record["dynamodb"]["Keys"] == {"pk": {"N": "1"}}
