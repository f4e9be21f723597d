"""The default store: RocksDB through rocksdict, in a directory that one process owns.

    DIR/FORMAT   the version of everything below, as text
    DIR/LOCK     held by the process that has the directory open; its pid as text
    DIR/store/   RocksDB: keys as storage/keyspace.py lays them out
    DIR/functions/, DIR/logs/   other rooms' files

Sources: RocksDB wiki, "Write Ahead Log" (a synced write makes every earlier one durable too) and
"DeleteRange"; measured choices are in docs/decisions/.
"""

import contextlib
import errno
import fcntl
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, cast

from rocksdict import (
    BlockBasedIndexType,
    BlockBasedOptions,
    Cache,
    ColumnFamily,
    DBCompressionType,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
    WriteOptions,
)

from headwater.clock import Clock
from headwater.errors import StartupError
from headwater.storage import keyspace
from headwater.storage.local import LocalEngine
from headwater.storage.store import StoreFull

log = logging.getLogger("headwater.storage")

FORMAT = 1
_BLOCK_CACHE_BYTES = 64 * 1024 * 1024
_WRITE_BUFFER_BYTES = 32 * 1024 * 1024
# RocksDB's buffers, the files it makes of them and those it merges: with so much left, none fails.
_PLENTY_BYTES = 1024 * 1024 * 1024
_RESERVE_BYTES_MAX = 64 * 1024 * 1024
_RESERVE_PART = 8  # of a small disk
_NO_SPACE = ("No space left on device", "Disk quota exceeded")
_DROPPED = re.compile(r"(\S+\.log): dropping (\d+) bytes; (.+)")
_UNWRITTEN = "rocksdb.cur-size-all-mem-tables"


def open_embedded(directory: Path, clock: Clock, *, sync: bool) -> LocalEngine:
    """Open or create the database in `directory`.

    Raises StartupError when another process has it, its format is newer than this build, or it
    cannot be read or created; nothing is changed then.
    """
    try:
        lock = _lock(_made(directory))
        try:
            _check_format(directory)
            store = RocksStore(directory / "store", lock)
        except BaseException:
            os.close(lock)
            raise
    except OSError as trouble:
        is_full = trouble.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "make room on its disk" if is_full else "make it writable for this user"
        raise StartupError(
            f"cannot use {directory} as data directory: {trouble.strerror}. "
            f"Give another one with --data, or {remedy}."
        ) from trouble
    return LocalEngine(store, clock, sync=sync)


def _made(directory: Path) -> Path:
    """The directory, which outlives a power cut from now on, as do those it lies in."""
    missing = [place for place in (directory, *directory.parents) if not place.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    for place in missing:
        _sync_directory(place.parent)
    return directory


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(directory: Path) -> int:
    handle = os.open(directory / "LOCK", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as trouble:
        holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise StartupError(
            f"{directory} is in use by another headwater process (pid {holder}). "
            f"Stop that one first, or give this one a directory of its own with --data."
        ) from trouble
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def _check_format(directory: Path) -> None:
    path = directory / "FORMAT"
    if not path.exists():
        _write_format(path)
        return
    text = path.read_text(encoding="utf-8").strip()
    if not text.isdigit():
        raise StartupError(
            f"cannot open {directory}: {path.name} holds {text!r} where a number belongs. "
            f"If this is not a headwater data directory, give another one with --data."
        )
    if int(text) > FORMAT:
        raise StartupError(
            f"cannot open {directory}: it has format {text} and this build reads up to {FORMAT}. "
            f"Start a newer headwater, or give this one another directory with --data."
        )


def _write_format(path: Path) -> None:
    """As a whole or not at all: half a file would keep the next start from being one."""
    unfinished = path.with_suffix(".new")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(f"{FORMAT}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    _sync_directory(path.parent)


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.create_missing_column_families(True)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_max_write_buffer_number(3)
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(2)
    options.set_level_compaction_dynamic_level_bytes(True)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_bytes_per_sync(1024 * 1024)
    blocks = BlockBasedOptions()
    blocks.set_block_cache(Cache(_BLOCK_CACHE_BYTES))
    blocks.set_bloom_filter(10, False)
    # Indexes and filters take no more memory than the cache has, and lie there in small pieces. In
    # one piece, that of a file of a million entries is larger than a shard of the cache: it would
    # be read, checked and inflated for every single read, which takes a millisecond (measured).
    blocks.set_cache_index_and_filter_blocks(True)
    blocks.set_index_type(BlockBasedIndexType.two_level_index_search())
    blocks.set_partition_filters(True)
    blocks.set_pin_top_level_index_and_filter(True)
    options.set_block_based_table_factory(blocks)
    return options


def _tell_what_was_dropped(report: Path) -> None:
    """Say what RocksDB could not read of its log, which it tells nobody but its own LOG.

    It goes on with all that lies before. A crash may cut off the log's end, which is no loss:
    nobody had been told yet that it was written. Bytes that were changed are another matter.
    """
    try:
        text = report.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for name, size, why in _DROPPED.findall(text):
        facts = {"file": name, "bytes": int(size), "why": why}
        if "truncated" in why:
            log.warning("log ends within a write, which was left out", extra=facts)
        else:
            log.error("log is damaged: what was written there and later is lost", extra=facts)


class RocksStore:
    """Records of the change log lie in a column family of their own: they are written once, in
    order, read in order and dropped by the range, and must not be compacted with the items."""

    def __init__(self, path: Path, lock: int) -> None:
        self._lock = lock
        self._path = path
        families = {"records": _options()}
        try:
            self._db = Rdict(str(path), _options(), families)
        except Exception as trouble:
            raise StartupError(
                f"cannot open the database in {path}: {trouble}. Nothing was changed; "
                f"check the disk, or start from a backup in another --data directory."
            ) from trouble
        _tell_what_was_dropped(path / "LOG")
        self._records = self._db.get_column_family("records")
        self._records_handle: ColumnFamily = self._db.get_column_family_handle("records")
        self._synced = WriteOptions()
        self._synced.sync = True
        self._unsynced = WriteOptions()

    def get(self, key: bytes) -> bytes | None:
        source = self._records if key[:1] == keyspace.RECORDS else self._db
        return cast(bytes | None, source.get(key))

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        assert not any(key[:1] == keyspace.RECORDS for key in keys), "records are read by range"
        return cast(list[bytes | None], self._db.get(cast(list[Any], keys)))

    def scan(self, start: bytes, end: bytes, reverse: bool) -> Iterator[tuple[bytes, bytes]]:
        source = self._records if start[:1] == keyspace.RECORDS else self._db
        options = ReadOptions()
        options.set_iterate_upper_bound(end)
        if reverse:
            found = source.items(backwards=True, from_key=end, read_opt=options)
            # rocksdict 0.3 does not stop a backward iterator at its lower bound.
            return takewhile(
                lambda entry: entry[0] >= start, cast(Iterator[tuple[bytes, bytes]], found)
            )
        found = source.items(from_key=start, read_opt=options)
        return cast(Iterator[tuple[bytes, bytes]], found)

    def write(
        self,
        ranges: Sequence[tuple[bytes, bytes]],
        entries: Mapping[bytes, bytes | None],
        sync: bool,
    ) -> None:
        batch = WriteBatch(raw_mode=True)
        records = self._records_handle
        for start, end in ranges:
            if start[:1] == keyspace.RECORDS:
                batch.delete_range(start, end, records)
            else:
                batch.delete_range(start, end)
        for key, value in entries.items():
            family = records if key[:1] == keyspace.RECORDS else None
            if value is None:
                batch.delete(key, family)
            else:
                batch.put(key, value, family)
        # RocksDB does nothing of a batch that fails, and takes none until it has recovered. It does
        # that by itself once there is space: it writes all that it holds in memory to new files, so
        # that whatever became of the log's end does not matter.
        try:
            if sync and not entries and not ranges:
                self._db.flush_wal(True)
            else:
                self._db.write(batch, self._synced if sync else self._unsynced)
        except Exception as trouble:
            if any(text in str(trouble) for text in _NO_SPACE):
                raise StoreFull(str(trouble)) from trouble
            raise

    def has_room(self) -> bool:
        disk = os.statvfs(self._path)
        # Some file systems do not tell: a write that fails will.
        if not disk.f_blocks or disk.f_bavail * disk.f_frsize >= _PLENTY_BYTES:
            return True
        reserve = min(_RESERVE_BYTES_MAX, disk.f_blocks * disk.f_frsize // _RESERVE_PART)
        unwritten = self._unwritten()
        if self._room(unwritten) < reserve and unwritten > reserve // 4:
            # What the log holds a second time is given back.
            with contextlib.suppress(Exception):  # a write that fails for it will tell
                self._db.flush()
                self._records.flush()
            unwritten = self._unwritten()
        return self._room(unwritten) >= reserve

    def _unwritten(self) -> int:
        """Bytes that lie in the log and in memory, and are to be written to files of their own."""
        families = self._db, self._records
        return sum(family.property_int_value(_UNWRITTEN) or 0 for family in families)

    def _room(self, unwritten: int) -> int:
        """Bytes that are left when what is unwritten will have been written."""
        disk = os.statvfs(self._path)
        ahead = 0  # what the log has reserved and not yet used
        for log in self._path.glob("*.log"):
            with contextlib.suppress(FileNotFoundError):
                state = log.stat()
                ahead += max(0, state.st_blocks * 512 - state.st_size)
        return disk.f_bavail * disk.f_frsize + ahead - unwritten

    def close(self) -> None:
        del self._records_handle
        for part in (self._records, self._db):
            try:
                part.close()
            except Exception as trouble:
                # Where the disk failed, closing fails too. What was synced is in the log.
                log.error("store was not closed well", extra={"why": str(trouble)})
        os.close(self._lock)
