"""Every change exactly once, and those of one item in the order in which they were made."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from kit.cases import GUIDE, RECORDED, complete, core, strict
from kit.endpoint import Json, unique
from kit.reader import Reader
from kit.tables import Table, Tables

ORDER = f"{GUIDE}: records of an item are in the sequence of its modifications"
ONCE = f"{GUIDE}: each record appears exactly once"


def counts(records: list[Json]) -> list[int]:
    """The values of `n` in the new images."""
    return [int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in records]


def numbers(records: list[Json]) -> list[int]:
    """Their sequence numbers."""
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


@core(ORDER)
def test_the_changes_of_an_item_come_in_order(table: Table, key: Json) -> None:
    for number in range(40):
        table.put({**key, "n": {"N": str(number)}})
    records = table.changes(key)
    assert counts(records) == list(range(40))
    assert numbers(records) == sorted(numbers(records))


@core(ORDER)
def test_interleaved_changes_of_items_come_in_order_for_each(table: Table) -> None:
    keys = [{"pk": {"S": unique("interleaved")}} for _ in range(8)]
    for number in range(8):
        for key in keys:
            table.put({**key, "n": {"N": str(number)}})
    for key in keys:
        assert counts(table.changes(key)) == list(range(8))


@core(ORDER)
def test_changes_of_every_kind_come_in_order(table: Table, key: Json) -> None:
    table.put({**key, "n": {"N": "1"}})
    table.update(key, "ADD n :n", {":n": {"N": "1"}})
    table.delete(key)
    table.update(key, "SET n = :n", {":n": {"N": "9"}})
    table.delete(key)
    assert table.events(key) == ["INSERT", "MODIFY", "REMOVE", "INSERT", "REMOVE"]


@core(ORDER)
def test_each_old_image_is_the_new_image_before(table: Table, key: Json) -> None:
    def count(_: int) -> None:
        table.update(key, "ADD n :n", {":n": {"N": "1"}})

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(count, range(64)))
    records = table.changes(key)
    assert counts(records) == list(range(1, 65))
    for before, after in pairwise(records):
        assert after["dynamodb"]["OldImage"] == before["dynamodb"]["NewImage"]


@core(ONCE)
def test_every_change_appears_exactly_once(tables: Tables) -> None:
    table = tables.own("NEW_IMAGE")

    def write(number: int) -> None:
        table.put({"pk": {"S": str(number)}, "n": {"N": str(number)}})

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(write, range(200)))
    expected = list(range(200))
    reader = table.reader
    reader.wait(lambda: len(reader.seen) >= 200, "200 records")
    reader.poll()
    assert sorted(counts([seen.record for seen in reader.seen])) == expected
    assert len({seen.record["eventID"] for seen in reader.seen}) == 200


@core(ONCE)
def test_a_second_reader_sees_the_same_in_each_shard(tables: Tables) -> None:
    table = tables.own("NEW_IMAGE")
    for number in range(60):
        table.put({"pk": {"S": str(number % 7)}, "n": {"N": str(number)}})
    readers = table.reader, Reader(table.endpoint, table.arn)
    shards = []
    for reader in readers:
        reader.wait(lambda seen=reader.seen: len(seen) >= 60, "60 records")  # type: ignore[misc]
        by_shard: dict[str, list[str]] = {}
        for seen in reader.seen:
            by_shard.setdefault(seen.shard_id, []).append(seen.record["eventID"])
        shards.append(by_shard)
    assert shards[0] == shards[1]


@complete(f"{ORDER}; sequence numbers identify a record in its shard")
def test_sequence_numbers_grow_in_every_shard(tables: Tables) -> None:
    table = tables.own("KEYS_ONLY")
    for number in range(60):
        table.put({"pk": {"S": str(number)}})
    reader = table.reader
    reader.wait(lambda: len(reader.seen) >= 60, "60 records")
    for shard_id in {seen.shard_id for seen in reader.seen}:
        found = [seen.number for seen in reader.seen if seen.shard_id == shard_id]
        assert found == sorted(set(found))


@strict(f"{RECORDED}; {GUIDE}: a shard is of one partition, which has whole partition keys")
def test_the_items_of_one_partition_key_share_a_shard_and_its_order(
    sorted_table: Table, key: Json
) -> None:
    items = [{**key, "sk": {"S": f"{number * 7 % 20:02}"}} for number in range(20)]
    for item in items:
        sorted_table.put(item)
    reader = sorted_table.reader
    reader.wait(lambda: all(reader.of(item) for item in items), "20 records")
    seen = [seen for seen in reader.seen if seen.record["dynamodb"]["Keys"]["pk"] == key["pk"]]
    assert len({each.shard_id for each in seen}) == 1
    assert [each.record["dynamodb"]["Keys"] for each in seen] == items
