"""Reading a stream whole: every shard, parents before children, remembering what was seen."""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from kit.endpoint import Endpoint, Json

_LOOK_AGAIN_S = 1.0  # DescribeStream may be asked ten times a second
_PAGES_MAX = 100


class Seen(NamedTuple):
    """A record, and the shard it was read from."""

    shard_id: str
    record: Json

    @property
    def number(self) -> int:
        """Its sequence number, which is compared as a number, never as a text."""
        return int(self.record["dynamodb"]["SequenceNumber"])


def fingerprint(key: Json) -> str:
    """Equal for equal keys.

    >>> fingerprint({"sk": {"N": "1"}, "pk": {"S": "a"}})
    '{"pk": {"S": "a"}, "sk": {"N": "1"}}'
    """
    return json.dumps(key, sort_keys=True, default=repr)


def shards_of(endpoint: Endpoint, arn: str, **page: Any) -> list[Json]:
    """All shards of a stream, from all pages of DescribeStream."""
    shards: list[Json] = []
    while True:
        described = endpoint.streams.describe_stream(StreamArn=arn, **page)["StreamDescription"]
        shards += described["Shards"]
        if "LastEvaluatedShardId" not in described:
            return shards
        page["ExclusiveStartShardId"] = described["LastEvaluatedShardId"]


def iterator(endpoint: Endpoint, arn: str, shard_id: str, kind: str, **more: Any) -> str:
    """A shard iterator."""
    answer = endpoint.streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **more
    )
    made: str = answer["ShardIterator"]
    return made


def pages(
    endpoint: Endpoint, start: str, is_enough: Callable[[list[Json]], bool], **limit: int
) -> list[Json]:
    """GetRecords' answers from an iterator on, until they are enough or the shard has ended.

    Empty pages before the end are legitimate, so this asks on until the deadline.
    """
    answers: list[Json] = []
    position: str | None = start

    def one_more() -> bool:
        nonlocal position
        page = endpoint.streams.get_records(ShardIterator=position, **limit)
        answers.append(page)
        position = page.get("NextShardIterator")
        return position is None or is_enough(answers)

    endpoint.eventually(one_more, "enough records of a shard")
    return answers


def read(endpoint: Endpoint, start: str, count: int, **limit: int) -> list[Json]:
    """The next `count` records, or all up to the end of the shard if those are fewer.

    More than `count`, if the last page had more.
    """

    def is_enough(answers: list[Json]) -> bool:
        return sum([len(page["Records"]) for page in answers]) >= count

    found = pages(endpoint, start, is_enough, **limit)
    return [record for page in found for record in page["Records"]]


def read_to_end(endpoint: Endpoint, start: str, **limit: int) -> list[Json]:
    """All answers up to the one without a NextShardIterator; only closed shards have one."""
    return pages(endpoint, start, lambda _: False, **limit)


class Reader:
    """Follows one stream through all its shards and keeps every record.

    kind  TRIM_HORIZON or LATEST, for the shards there are at the start
    """

    def __init__(self, endpoint: Endpoint, arn: str, kind: str = "TRIM_HORIZON") -> None:
        self.arn = arn
        self.seen: list[Seen] = []
        self.is_in_doubt = False  # the last wait was in vain, or GetRecords failed
        self._endpoint = endpoint
        self._by_key: dict[str, list[Seen]] = {}
        self._positions: dict[str, str] = {}
        self._finished: set[str] = set()
        self._last: dict[str, str] = {}
        self._look_s = 0.0
        if kind != "TRIM_HORIZON":
            shards = shards_of(endpoint, arn)
            parents = {shard.get("ParentShardId") for shard in shards}
            self._finished = {shard["ShardId"] for shard in shards if shard["ShardId"] in parents}
            for shard in shards:
                if shard["ShardId"] not in self._finished:
                    self._start(shard["ShardId"], kind)

    def of(self, key: Json) -> list[Json]:
        """The records of one item that were read so far, in the order they were read."""
        return [seen.record for seen in self.seen_of(key)]

    def seen_of(self, key: Json) -> list[Seen]:
        """As `of`, with their shards."""
        return self._by_key.get(fingerprint(key), [])

    def wait(self, is_done: Callable[[], bool], what: str, patience_s: float | None = None) -> None:
        """Read on until `is_done`."""

        def probe() -> bool:
            if is_done():
                return True
            self.poll()
            return is_done()

        self.is_in_doubt = True
        self._endpoint.eventually(probe, what, patience_s)
        self.is_in_doubt = False

    def wait_for(self, key: Json, count: int) -> list[Json]:
        """The records of an item, as soon as there are `count`."""
        self.wait(lambda: len(self.of(key)) >= count, f"{count} records of {key}")
        return self.of(key)

    def wait_for_end(self) -> None:
        """Read until every shard has come to its end, as those of a closed stream do."""
        self.wait(self._has_ended, "the end of the stream")

    def poll(self) -> None:
        """Read what there is, in every shard that may be read now."""
        self._look()
        for shard_id in list(self._positions):
            self._read(shard_id)

    def _has_ended(self) -> bool:
        return bool(self._finished) and not self._positions

    def _look(self) -> None:
        now_s = time.monotonic()
        if now_s < self._look_s:
            return
        self._look_s = now_s + _LOOK_AGAIN_S
        shards = shards_of(self._endpoint, self.arn)
        listed = {shard["ShardId"] for shard in shards}
        for shard in shards:
            shard_id, parent = shard["ShardId"], shard.get("ParentShardId")
            is_known = shard_id in self._positions or shard_id in self._finished
            if not is_known and (parent not in listed or parent in self._finished):
                self._start(shard_id, "TRIM_HORIZON")

    def _start(self, shard_id: str, kind: str, **more: str) -> None:
        self._positions[shard_id] = iterator(self._endpoint, self.arn, shard_id, kind, **more)

    def _read(self, shard_id: str) -> None:
        for _ in range(_PAGES_MAX):
            try:
                page = self._endpoint.streams.get_records(ShardIterator=self._positions[shard_id])
            except ClientError as error:
                if error.response["Error"]["Code"] != "ExpiredIteratorException":
                    raise
                self._resume(shard_id)
                continue
            for record in page["Records"]:
                self._take(Seen(shard_id, record))
            if "NextShardIterator" not in page:
                del self._positions[shard_id]
                self._finished.add(shard_id)
                self._look_s = 0.0
                return
            self._positions[shard_id] = page["NextShardIterator"]
            if not page["Records"]:
                return

    def _take(self, seen: Seen) -> None:
        self.seen.append(seen)
        change = seen.record["dynamodb"]
        self._last[seen.shard_id] = change["SequenceNumber"]
        self._by_key.setdefault(fingerprint(change["Keys"]), []).append(seen)

    def _resume(self, shard_id: str) -> None:
        last = self._last.get(shard_id)
        if last is None:
            self._start(shard_id, "TRIM_HORIZON")
        else:
            self._start(shard_id, "AFTER_SEQUENCE_NUMBER", SequenceNumber=last)
