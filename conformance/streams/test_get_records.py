"""GetRecords: limits, pages, iterators used again, empty pages, and the end of a shard."""

from typing import Any

import pytest

from kit.cases import GET_RECORDS, GUIDE, MODEL, RECORDED, complete, core, strict
from kit.endpoint import Endpoint, Json, unique
from kit.past import HISTORY, Past
from kit.reader import Reader, iterator, pages, read, read_to_end
from kit.tables import Tables

MIB = 1024 * 1024


def horizon(endpoint: Endpoint, past: Past) -> str:
    """An iterator at the beginning of a known past."""
    return iterator(endpoint, past.arn, past.shard_id, "TRIM_HORIZON")


def ids(records: list[Json]) -> list[str]:
    """Their event ids."""
    return [record["eventID"] for record in records]


@core(GET_RECORDS)
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_pages_keep_to_the_limit_and_add_up(endpoint: Endpoint, past: Past, limit: int) -> None:
    def is_enough(answers: list[Json]) -> bool:
        return sum([len(page["Records"]) for page in answers]) >= HISTORY

    found = pages(endpoint, horizon(endpoint, past), is_enough, Limit=limit)
    assert max([len(page["Records"]) for page in found]) <= limit
    assert ids([record for page in found for record in page["Records"]]) == past.ids


@core(GET_RECORDS)
def test_an_iterator_can_be_used_again(endpoint: Endpoint, past: Past) -> None:
    start = horizon(endpoint, past)
    first = read(endpoint, start, HISTORY, Limit=2)
    assert read(endpoint, start, HISTORY, Limit=2) == first
    assert ids(first) == past.ids


@core(GET_RECORDS)
def test_two_iterators_do_not_disturb_each_other(endpoint: Endpoint, past: Past) -> None:
    one, other = horizon(endpoint, past), horizon(endpoint, past)
    assert ids(read(endpoint, one, HISTORY)) == past.ids
    assert ids(read(endpoint, other, HISTORY, Limit=1)) == past.ids


@core(GET_RECORDS)
def test_an_open_shard_always_has_a_next_iterator(endpoint: Endpoint, past: Past) -> None:
    start = iterator(
        endpoint,
        past.arn,
        past.shard_id,
        "AFTER_SEQUENCE_NUMBER",
        SequenceNumber=past.numbers[-1],
    )
    found = pages(endpoint, start, lambda answers: len(answers) == 3)
    assert [page["Records"] for page in found] == [[], [], []]
    assert all(page["NextShardIterator"] for page in found)


@complete(f"{GET_RECORDS}: Records is an array, empty if there are none")
def test_an_empty_page_shows_an_empty_list(endpoint: Endpoint, past: Past) -> None:
    start = iterator(
        endpoint,
        past.arn,
        past.shard_id,
        "AFTER_SEQUENCE_NUMBER",
        SequenceNumber=past.numbers[-1],
    )
    assert endpoint.post("GetRecords", {"ShardIterator": start}).doc["Records"] == []


@core(GET_RECORDS)
def test_a_reader_that_has_caught_up_sees_what_comes(endpoint: Endpoint, tables: Tables) -> None:
    table = tables.own()
    reader = Reader(endpoint, table.arn)
    for turn in range(3):
        key = {"pk": {"S": unique(f"turn-{turn}")}}
        table.put(key)
        assert len(reader.wait_for(key, 1)) == 1


@core(f"{GET_RECORDS}: no NextShardIterator once a closed shard is read")
@pytest.mark.parametrize("limit", [1, HISTORY, 1000])
def test_a_closed_shard_comes_to_an_end(endpoint: Endpoint, closed: Past, limit: int) -> None:
    found = read_to_end(endpoint, horizon(endpoint, closed), Limit=limit)
    assert ids([record for page in found for record in page["Records"]]) == closed.ids


@complete(f"{GET_RECORDS}: NextShardIterator is null then; in JSON, absent")
def test_the_last_page_has_no_such_member(endpoint: Endpoint, closed: Past) -> None:
    doc: Json = {"NextShardIterator": horizon(endpoint, closed)}

    def is_last() -> bool:
        nonlocal doc
        answer = endpoint.post("GetRecords", {"ShardIterator": doc["NextShardIterator"]})
        assert answer.status == 200, answer.body
        doc = answer.doc
        return "NextShardIterator" not in doc

    endpoint.eventually(is_last, "a page without NextShardIterator")
    assert doc.keys() == {"Records"}


@core(f"{GUIDE}: sequence numbers")
def test_sequence_numbers_grow(endpoint: Endpoint, past: Past) -> None:
    numbers = [int(number) for number in past.numbers]
    assert numbers == sorted(set(numbers))


@complete(f"{GET_RECORDS}: Limit is at least 1; the upper limit is 1000")
@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_range_is_refused(endpoint: Endpoint, past: Past, limit: int) -> None:
    params = {"ShardIterator": horizon(endpoint, past), "Limit": limit}
    refusal = endpoint.refused("GetRecords", params)
    assert (refusal.status, refusal.code) == (400, "ValidationException")


@strict(RECORDED)
@pytest.mark.parametrize(
    ("limit", "bound"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")]
)
def test_the_refusal_of_a_limit_names_it(
    endpoint: Endpoint, past: Past, limit: int, bound: str
) -> None:
    params = {"ShardIterator": horizon(endpoint, past), "Limit": limit}
    assert endpoint.refused("GetRecords", params).message == (
        f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )


@complete(f"{MODEL}: ShardIterator; {RECORDED}")
@pytest.mark.parametrize("made_up", ["", "rubbish", "x" * 2049], ids=["empty", "short", "long"])
def test_what_is_no_iterator_is_refused(endpoint: Endpoint, made_up: str) -> None:
    refusal = endpoint.refused("GetRecords", {"ShardIterator": made_up})
    assert (refusal.status, refusal.code) == (400, "ValidationException")


@complete(f"{GET_RECORDS}: at most 1 MB in a page")
def test_a_page_holds_at_most_a_megabyte(endpoint: Endpoint, tables: Tables) -> None:
    table = tables.own("NEW_IMAGE")
    key = {"pk": {"S": unique("large")}}
    # Six times 300 KB of one item, so of one shard: no less than two pages.
    for letter in "abcdef":
        table.put({**key, "text": {"S": letter * 300_000}})
    shard_id = shard_of(table.reader, key, 6)
    start = iterator(endpoint, table.arn, shard_id, "TRIM_HORIZON")

    def is_enough(answers: list[Json]) -> bool:
        return sum([len(page["Records"]) for page in answers]) >= 6

    found = pages(endpoint, start, is_enough)
    for page in found:
        assert sum([record["dynamodb"]["SizeBytes"] for record in page["Records"]]) <= MIB
    letters = [r["dynamodb"]["NewImage"]["text"]["S"][0] for p in found for r in p["Records"]]
    assert letters == list("abcdef")


@complete(f"{GET_RECORDS}: at most 1000 records in a page, which is the default")
def test_a_page_holds_at_most_a_thousand_records(endpoint: Endpoint, tables: Tables) -> None:
    table = tables.own("KEYS_ONLY", sort=True)
    written = 1_025
    name, hash_key = table.name, {"pk": {"S": "all"}}
    for first in range(0, written, 25):
        requests: list[Any] = [
            {"PutRequest": {"Item": {**hash_key, "sk": {"S": f"{number:05}"}}}}
            for number in range(first, first + 25)
        ]
        unprocessed: Json = {name: requests}
        while unprocessed:
            answer = endpoint.dynamodb.batch_write_item(RequestItems=unprocessed)
            unprocessed = answer["UnprocessedItems"]
    table.reader.wait(lambda: len(table.reader.seen) >= written, f"{written} records", 60)
    (shard_id,) = {seen.shard_id for seen in table.reader.seen}
    start = iterator(endpoint, table.arn, shard_id, "TRIM_HORIZON")
    found = read_sizes(endpoint, start, written)
    assert max(found) <= 1000
    assert sum(found) == written


def read_sizes(endpoint: Endpoint, start: str, count: int) -> list[int]:
    """How many records each page has, until `count` were read."""

    def is_enough(answers: list[Json]) -> bool:
        return sum([len(page["Records"]) for page in answers]) >= count

    return [len(page["Records"]) for page in pages(endpoint, start, is_enough)]


def shard_of(reader: Reader, key: Json, count: int) -> str:
    """The one shard that has an item's records."""
    reader.wait_for(key, count)
    (shard_id,) = {seen.shard_id for seen in reader.seen_of(key)}
    return shard_id


@complete(f"{GET_RECORDS}: an iterator expires after 15 minutes", slow=True)
def test_an_iterator_expires(endpoint: Endpoint, past: Past) -> None:
    start = horizon(endpoint, past)

    def expired() -> bool:
        answer = endpoint.post("GetRecords", {"ShardIterator": start, "Limit": 1})
        return answer.status == 400 and b"ExpiredIteratorException" in answer.body

    endpoint.eventually(expired, "the iterator to expire", 20 * 60)
