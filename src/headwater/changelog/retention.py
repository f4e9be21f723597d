"""What is forgotten, and when: records, closed shards and disabled streams older than 24 hours,
or than the longer retention of their table.

Readers never wait for this. They draw the line by the clock themselves (read.horizon and the two
questions below), so what a stream shows does not depend on when somebody last swept; sweeping
only gives back the disk. The newest record that is too old to be shown stays behind in its shard
as a witness: a reader that stands before it has missed something and must be told, a reader
that stands on it has not. It goes with the shard, or when a newer one takes its place.

Source: AWS, developer guide, "Data retention limit for DynamoDB Streams"; API reference,
TrimmedDataAccessException.
"""

from dataclasses import replace

from headwater.changelog.read import horizon
from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream, load_shards, load_stream
from headwater.storage import keyspace
from headwater.storage.engine import Transaction

SWEEP_SHARDS = 16  # in one step
_FEW_RECORDS = 64
_FEW_BYTES = 64 * 1024


def is_shard_gone(shard: Shard, now_ms: int) -> bool:
    """True if the shard was closed so long ago that nothing in it can be readable, or was closed
    and then trimmed to its end by hand."""
    if shard.closed_ms is None or shard.ending is None:
        return False
    return now_ms - shard.closed_ms > shard.retention_ms or shard.trimmed > shard.ending


def readable_from(shard: Shard, now_ms: int) -> int:
    """The lowest sequence of a shard that is still readable at `now_ms`."""
    return max(horizon(now_ms, shard.retention_ms), shard.trimmed + 1)


def is_stream_gone(stream: Stream, now_ms: int) -> bool:
    """True if the stream was turned off, or its table deleted, longer ago than its retention."""
    return stream.disabled_ms is not None and now_ms - stream.disabled_ms > stream.retention_ms


def trim(tx: Transaction, stream: Stream, shard: Shard, before: int) -> Shard:
    """Take away the records of a shard below sequence `before`, whatever their age.

    Readers find what they would a day later: TrimmedDataAccessException, and of a closed shard
    that has nothing left, nothing. Returns the shard as it is now.
    """
    start = keyspace.record_key(shard.log, shard.first_kept)
    end = keyspace.record_key(shard.log, before)
    upto = _last_of(tx, start, end)
    first_kept = max(shard.first_kept, upto + 1)
    if shard.ending is not None and shard.ending < before:
        upto = shard.ending + 1
    _forget_records(tx, start, end)
    trimmed = replace(shard, trimmed=max(shard.trimmed, upto), first_kept=first_kept)
    tx.put(keyspace.shard_key(stream.id, shard.id), trimmed.encode())
    # Whoever waits at its end is to look again: it may be gone.
    tx.touch(shard.log)
    return trimmed


def kept_streams(tx: Transaction) -> list[Stream]:
    """Every stream of every scope, hidden ones too, to be swept one by one."""
    return [
        Stream.decode(data)
        for prefix in (keyspace.all_streams_prefix(), keyspace.all_hidden_streams_prefix())
        for _, data in tx.range(prefix, keyspace.successor(prefix))
    ]


def sweep_stream(
    tx: Transaction, stream: Stream, now_ms: int, kept_ms: int = 0, after: str = ""
) -> str | None:
    """One step of forgetting what is too old in one stream, or all of it.

    kept_ms  how long its changes are kept for those who are no readers of the stream
             (point-in-time recovery), if that is longer; it shows readers no more of them
    after    the shard that the last step ended with; "" begins
    Returns the shard to go on after, None at the end. Doing a step again changes nothing.
    """
    current = load_stream(tx, stream.name)
    if current is None or current.id != stream.id:
        return None
    gone = is_stream_gone(current, now_ms - max(0, kept_ms - current.retention_ms))
    shards = load_shards(tx, current, after, SWEEP_SHARDS)
    for shard in shards:
        # To keep more is to sweep at an earlier moment.
        more_ms = max(0, kept_ms - shard.retention_ms)
        # That a shard was trimmed by hand must be known for as long as its records would have been.
        asked = replace(shard, trimmed=0) if more_ms else shard
        if gone or is_shard_gone(asked, now_ms - more_ms):
            start = keyspace.record_key(shard.log, shard.first_kept)
            _forget_records(tx, start, keyspace.log_range(shard.log)[1])
            tx.delete(keyspace.shard_key(current.id, shard.id))
        else:
            _sweep_shard(tx, current, shard, now_ms - more_ms)
    if len(shards) == SWEEP_SHARDS:
        return shards[-1].id
    if gone:
        tx.delete(current.key)
    return None


def _sweep_shard(tx: Transaction, stream: Stream, shard: Shard, now_ms: int) -> None:
    start = keyspace.record_key(shard.log, shard.first_kept)
    end = keyspace.record_key(shard.log, horizon(now_ms, shard.retention_ms))
    witness = _last_of(tx, start, end)
    if witness > shard.first_kept:
        _forget_records(tx, start, keyspace.record_key(shard.log, witness))
        # A store passes over all it has deleted when it is asked to look there, a hundred thousand
        # records in tens of milliseconds. Nobody is to look there again.
        swept = replace(shard, first_kept=witness)
        tx.put(keyspace.shard_key(stream.id, shard.id), swept.encode())


def _last_of(tx: Transaction, start: bytes, end: bytes) -> int:
    """Sequence of the last record with start <= key < end; 0 if there is none."""
    # Forward first: looking back from the end of an empty range, a store does not stop at `start`.
    if start >= end or not tx.range(start, end, limit=1):
        return 0
    ((key, _),) = tx.range(start, end, reverse=True, limit=1)
    return keyspace.sequence_of(key)


def _forget_records(tx: Transaction, start: bytes, end: bytes) -> None:
    """Delete start <= key < end.

    Most shards that go are empty or nearly so, and a store that has deleted many ranges is slow
    to look anywhere near them: a few records are deleted one by one.
    """
    found = tx.range(start, end, limit=_FEW_RECORDS, bytes_max=_FEW_BYTES)
    if len(found) == _FEW_RECORDS or sum(len(value) for _, value in found) >= _FEW_BYTES:
        tx.delete_range(start, end)
        return
    for key, _ in found:
        tx.delete(key)
