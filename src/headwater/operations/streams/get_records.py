"""GetRecords: a page of a shard's records, joined from stored bytes.

The shard is read in the transaction that reads the page, so "closed, and nothing left" cannot be
a moment's impression: a record that was committed before the shard closed is on this page or an
earlier one. What cannot change, the stream's id and view, comes signed with the iterator.
"""

from functools import lru_cache
from typing import NamedTuple

import orjson

from headwater.changelog.position import Position, decode_position, encode_position
from headwater.changelog.record import Renderer
from headwater.changelog.retention import is_shard_gone, readable_from
from headwater.changelog.shards import Shard
from headwater.errors import ResourceNotFound, TrimmedDataAccess
from headwater.limits import GET_RECORDS_BYTES_MAX, GET_RECORDS_MAX, MIB
from headwater.operations.call import Call
from headwater.operations.streams.stream_params import limit_of
from headwater.operations.used import Used
from headwater.storage import keyspace

# Stored records hold both images, so a view that hides them reads more than it shows. This
# bounds what one call reads; its page may then be short, which readers have to expect anyway.
_READ_BYTES_MAX = 4 * MIB


class _Page(NamedTuple):
    records: list[bytes]
    after: int  # sequence of the last record on it, or what it began after
    is_cut: bool  # it ended because it was full


def get_records(call: Call) -> bytes:
    """Raises Validation, ExpiredIterator, TrimmedDataAccess, ResourceNotFound; on a strict node
    also LimitExceeded, Throttling."""
    limit = limit_of(call, GET_RECORDS_MAX)
    node = call.node
    now_ms = node.clock.now_ms()
    position = decode_position(call.params["ShardIterator"], now_ms, node.iterator_secret)
    if node.stream_limits is not None:
        node.stream_limits.get_records(position)
    shard = _shard(call, position, now_ms)
    page = _page(call, position, shard, readable_from(shard, now_ms), limit)
    body = b'{"Records":[' + b",".join(page.records) + b"]"
    table, _, label = position.stream_arn.split("/", 1)[1].partition("/stream/")
    call.used = Used(
        table, False, 0.0, items=len(page.records), size=sum(map(len, page.records)), label=label
    )
    if shard.ending is not None and (not page.is_cut or page.after >= shard.ending):
        return body + b"}"
    onward = position
    if page.records:
        onward = position._replace(after=page.after, from_horizon=False)
    iterator = encode_position(onward, now_ms, node.iterator_secret)
    return body + b',"NextShardIterator":' + orjson.dumps(iterator) + b"}"


def get_no_records(call: Call) -> bytes:
    """An empty page that goes on where it began, whatever there is: AWS gives such pages too, and
    readers must not take one for the end. Raises as `get_records` does."""
    now_ms = call.node.clock.now_ms()
    position = decode_position(call.params["ShardIterator"], now_ms, call.node.iterator_secret)
    _shard(call, position, now_ms)
    iterator = encode_position(position, now_ms, call.node.iterator_secret)
    return b'{"Records":[],"NextShardIterator":' + orjson.dumps(iterator) + b"}"


def _shard(call: Call, position: Position, now_ms: int) -> Shard:
    """The shard as it is now; gone when it or its stream was forgotten."""
    account, region = call.scope
    stored = None
    if position.stream_arn.startswith(f"arn:aws:dynamodb:{region}:{account}:"):
        stored = call.tx.get(keyspace.shard_key(position.stream_id, position.shard_id))
    shard = None if stored is None else Shard.decode(stored)
    if shard is None or is_shard_gone(shard, now_ms):
        raise ResourceNotFound("Requested resource not found: Shard does not exist")
    return shard


def _page(call: Call, position: Position, shard: Shard, oldest: int, limit: int) -> _Page:
    """The records after `position`. `oldest` is the lowest sequence that is still readable."""
    after = position.after
    if position.from_horizon:
        after = max(after, oldest - 1)
    elif after < shard.trimmed:
        raise TrimmedDataAccess
    log, view, room = shard.log, position.view, GET_RECORDS_BYTES_MAX
    after = max(after, shard.first_kept - 1)
    known = call.node.tail.behind(log, view, after, limit, room)
    if known.records and known.first < oldest:
        raise TrimmedDataAccess
    if known.is_full:
        return _Page(known.records, known.last, True)
    both = view == "NEW_AND_OLD_IMAGES"
    read_bytes_max = GET_RECORDS_BYTES_MAX if both else _READ_BYTES_MAX
    start, end = keyspace.log_range(log, known.last + 1)
    left = limit - len(known.records)
    found = call.tx.range(start, end, limit=left, bytes_max=read_bytes_max)
    if found and not known.records and keyspace.sequence_of(found[0][0]) < oldest:
        # The reader has not seen a record that nobody is shown any more.
        raise TrimmedDataAccess
    render = _renderer(view, call.scope.region).render
    records: list[bytes] = []
    sequences: list[int] = []
    # "Up to 1 MB": a record that would take the page above it waits for the next one. A single
    # record may be larger than that, and is then a page of its own.
    room -= sum(map(len, known.records))
    is_cut = len(found) == left or sum([len(stored) for _, stored in found]) >= read_bytes_max
    for key, stored in found:
        sequence = int.from_bytes(key[9:], "big")
        record = render(log, sequence, stored)
        room -= len(record)
        if room < 0 and (records or known.records):
            is_cut = True
            break
        records.append(record)
        sequences.append(sequence)
    tail = call.node.tail
    call.tx.after_commit(lambda: tail.add(log, view, known.last, sequences, records))
    last = sequences[-1] if sequences else known.last
    return _Page(known.records + records, last, is_cut)


@lru_cache(maxsize=256)
def _renderer(view: str, region: str) -> Renderer:
    return Renderer(view, region)
