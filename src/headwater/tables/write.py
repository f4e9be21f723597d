"""THE write path. Every change of every item, whoever asks for it, goes through `_store`.

Old image, condition, new image, index entries, item counts and change record are one transaction
of the engine: a change that is visible has its record, a record that is visible has its change.
A write that changes nothing leaves no record.
"""

from collections.abc import Iterable
from typing import NamedTuple

from headwater.changelog.append import append
from headwater.changelog.conflict import Stamp, wins
from headwater.changelog.record import Change
from headwater.errors import ConditionalCheckFailed, Validation
from headwater.expressions.condition import Condition
from headwater.expressions.update import Update
from headwater.limits import ITEM_BYTES_MAX
from headwater.storage.engine import Transaction
from headwater.tables import stored
from headwater.tables.collections import grow, has_collections
from headwater.tables.expiry import list_expiry
from headwater.tables.indexes import (
    Image,
    check_index_keys,
    maintain,
    size_with_local_entries,
)
from headwater.tables.keys import Key, key_of_item
from headwater.tables.schema import Table
from headwater.tables.tombstones import bury, exhume, stamp_of_deleted
from headwater.values.codec import decode_item, encode_item
from headwater.values.size import Item, attribute_size

_TOO_LARGE = "Item size has exceeded the maximum allowed size"
_TOO_LARGE_UPDATE = "Item size to update has exceeded the maximum allowed size"


class Written(NamedTuple):
    """What a write found and left. Images are canonical JSON, b"" where there is no item."""

    old: bytes
    old_size: int
    new: bytes
    new_size: int
    index_units: dict[str, float]

    @property
    def charged_size(self) -> int:
        """The size that counts for write capacity."""
        return max(self.old_size, self.new_size)


class Found:
    """The item a write meets, decoded only if somebody needs to see into it."""

    __slots__ = ("_item", "_stored", "json", "size")

    def __init__(self, value: bytes | None) -> None:
        self._item: Item | None = None
        self._stored = value
        if value is None:
            self.json = b""
            self.size = 0
        else:
            self.json = stored.json_of(value)
            self.size = stored.size_of(value)

    def item(self) -> Item | None:
        if self._item is None and self.json:
            self._item = decode_item(self.json)
        return self._item

    def stamp(self) -> Stamp | None:
        """When and where it was written; None if there is no item."""
        return None if self._stored is None else stored.stamp_of(self._stored)


def put(
    tx: Transaction,
    table: Table,
    item: Item,
    size: int,
    now_ms: int,
    *,
    condition: Condition | None = None,
    old_on_failure: bool = False,
) -> Written:
    """Put a whole item.

    item, size      as values.attribute.canonical_item gives them
    old_on_failure  a failed condition's error carries the item that was found
    Raises Validation for keys that do not fit the schema and items over 400 KB,
    ConditionalCheckFailed; ServiceUnavailable when the disk is nearly full.
    """
    tx.require_room()
    if size > ITEM_BYTES_MAX:
        raise Validation(_TOO_LARGE)
    key = key_of_item(table, item)
    if table.plans:
        check_index_keys(table, item, None)
        if _entries_exceed(table, item, size):
            raise Validation(_TOO_LARGE)
    found = Found(tx.get(key.data))
    if condition is not None:
        _require(condition, found, old_on_failure, size)
    return _store(tx, table, key, found, item, encode_item(item), size, now_ms)


def place(tx: Transaction, table: Table, item_json: bytes, size: int, now_ms: int) -> None:
    """Put an item as a table has held it: a restore checks nothing again, because an item may be
    older than an index it does not fit.

    item_json, size  as stored
    """
    item = decode_item(item_json)
    key = key_of_item(table, item)
    found = Found(tx.get(key.data))
    _store(tx, table, key, found, item, item_json, size, now_ms, is_bounded=False)


def delete(
    tx: Transaction,
    table: Table,
    key: Key,
    now_ms: int,
    *,
    condition: Condition | None = None,
    old_on_failure: bool = False,
    identity: bytes = b"",
    has_ended: bool = False,
) -> Written:
    """Delete the item of a key; a missing one is fine unless the condition minds.

    identity   the service that deletes, for the record (record.TTL_IDENTITY)
    has_ended  its time to live is over
    Raises ConditionalCheckFailed.
    """
    found = Found(tx.get(key.data))
    if condition is not None:
        _require(condition, found, old_on_failure)
    stamp = None
    if has_ended and table.replicated and (known := found.stamp()) is not None:
        # What ends by itself wins over what it has seen and nothing more: a region that has
        # meanwhile given the item a longer life keeps it, however late that is heard of here.
        stamp = Stamp(known.time + 1, table.scope.region)
    return _store(tx, table, key, found, None, b"", 0, now_ms, identity, stamp)


def repeat(
    tx: Transaction,
    table: Table,
    key: Key,
    item_json: bytes,
    size: int,
    stamp: Stamp,
    now_ms: int,
) -> Stamp | None:
    """Do here what was done to an item in another region, unless something later is known.

    item_json, size  as stored there; b"" and 0 if the item was deleted
    Returns the stamp that was known here before, whatever came of it.
    """
    found = Found(tx.get(key.data))
    known = found.stamp() or stamp_of_deleted(tx, table, key)
    if wins(stamp, known):
        sees_item = table.plans or table.ttl_name is not None
        new = None if not item_json else decode_item(item_json) if sees_item else {}
        _store(tx, table, key, found, new, item_json, size, now_ms, b"", stamp, is_bounded=False)
    return known


def update(
    tx: Transaction,
    table: Table,
    key: Key,
    change: Update | None,
    now_ms: int,
    *,
    condition: Condition | None = None,
    old_on_failure: bool = False,
    overhead_bytes: int | None = None,
) -> Written:
    """Change some attributes of an item, or create it.

    change          None creates an item of its key alone where there is none
    overhead_bytes  what AWS adds to the item without its key when it measures an UpdateItem;
                    None in transactions and PartiQL, which measure the item alone (recorded)
    An update that could only remove from a missing item creates nothing (recorded, 2026).
    Raises Validation for what cannot be applied, ConditionalCheckFailed; ServiceUnavailable when
    the disk is nearly full.
    """
    tx.require_room()
    found = Found(tx.get(key.data))
    if condition is not None:
        _require(condition, found, old_on_failure)
    old = found.item()
    if old is None and change is not None and not change.creates:
        return Written(b"", 0, b"", 0, {})
    base, size = (dict(key.item), key.size) if old is None else (old, found.size)
    item = base
    if change is not None:
        item = change.apply(base)
        size += _growth(base, item, change.attributes)
    measured = size if overhead_bytes is None else max(size, size - key.size + overhead_bytes)
    if measured > ITEM_BYTES_MAX:
        raise Validation(_TOO_LARGE_UPDATE)
    if table.plans:
        check_index_keys(table, item, base)
        if _entries_exceed(table, item, size):
            raise Validation(_TOO_LARGE_UPDATE)
    return _store(tx, table, key, found, item, encode_item(item), size, now_ms)


def _entries_exceed(table: Table, item: Item, size: int) -> bool:
    """Whether an item that fits by itself does not fit with its entries in local indexes."""
    # No entry is larger than its item, so small items need no measuring.
    if size * (1 + len(table.plans)) <= ITEM_BYTES_MAX:
        return False
    return size_with_local_entries(table, item, size) > ITEM_BYTES_MAX


def _weight(table: Table, item: Item | None, size: int) -> int:
    """What an item and its entries in local indexes weigh."""
    return 0 if item is None else size_with_local_entries(table, item, size)


def _growth(old: Item, new: Item, names: Iterable[str]) -> int:
    """By how many bytes an item grows when only the attributes `names` differ."""
    growth = 0
    for name in names:
        if name in old:
            growth -= attribute_size(name, old[name])
        if name in new:
            growth += attribute_size(name, new[name])
    return growth


def check(
    tx: Transaction, table: Table, key: Key, condition: Condition, *, old_on_failure: bool = False
) -> int:
    """A transaction's ConditionCheck: raises ConditionalCheckFailed, else the item's size."""
    found = Found(tx.get(key.data))
    _require(condition, found, old_on_failure)
    return found.size


def _require(condition: Condition, found: Found, old_on_failure: bool, new_size: int = 0) -> None:
    # The old image was read before the condition is checked, because the answer to a failed
    # condition may have to carry it (ReturnValuesOnConditionCheckFailure).
    if condition.matches(found.item()):
        return
    shows = old_on_failure and found.json
    failure = ConditionalCheckFailed(Item=found.item()) if shows else ConditionalCheckFailed()
    failure.bytes_found = max(found.size, new_size)
    raise failure


def _store(
    tx: Transaction,
    table: Table,
    key: Key,
    found: Found,
    new: Item | None,
    new_json: bytes,
    new_size: int,
    now_ms: int,
    identity: bytes = b"",
    stamp: Stamp | None = None,
    *,
    is_bounded: bool = True,
) -> Written:
    """Write the item, its index entries, counts and change record into the transaction.

    stamp       of the write, if that is not to be the sequence of its record here
    is_bounded  False where the write has been taken elsewhere, or before, and has to be here
                however full its item collection is
    """
    old_json = found.json
    if old_json == new_json:
        if stamp is not None:
            _place(tx, table, key, new_json, new_size, stamp, now_ms)
        return Written(old_json, found.size, new_json, new_size, {})
    if has_collections(table):
        # Before anything is written: of a batch of statements, one that is refused must leave
        # nothing.
        weight = _weight(table, new, new_size) - _weight(table, found.item(), found.size)
        grow(tx, table, key.item, weight, is_bounded=is_bounded)
    sequence, packed = 0, b""
    if table.stream is not None:
        change = Change(
            now_ms,
            encode_item(key.item),
            key.size,
            new_json,
            new_size,
            old_json,
            found.size,
            identity,
            stamp,
        )
        sequence = append(tx, table.stream, key.hash, change)
    if table.replicated:
        written = stamp or Stamp(sequence, table.scope.region)
        packed = _place(tx, table, key, new_json, new_size, written, now_ms)
        if new_json and not old_json:
            exhume(tx, table, key)
    elif new is not None:
        packed = stored.pack(new_json, new_size)
        tx.put(key.data, packed)
    else:
        tx.delete(key.data)
    tx.add(
        table.counter_key,
        (1 if new_json else 0) - (1 if old_json else 0),
        new_size - found.size,
    )
    index_units: dict[str, float] = {}
    if table.plans:
        old = found.item()
        was = None if old is None else Image(old, b"", found.size)
        now = None if new is None else Image(new, packed, new_size)
        index_units = maintain(tx, table, key.encoded, was, now)
    if table.ttl_name is not None:
        list_expiry(tx, table, key, found.item(), new)
    return Written(old_json, found.size, new_json, new_size, index_units)


def _place(
    tx: Transaction,
    table: Table,
    key: Key,
    item_json: bytes,
    size: int,
    stamp: Stamp,
    now_ms: int,
) -> bytes:
    """Put an item with its stamp, or the mark that it was deleted; the item as it lies there."""
    if not item_json:
        tx.delete(key.data)
        bury(tx, table, key, stamp, now_ms)
        return b""
    packed = stored.pack_stamped(item_json, size, stamp)
    tx.put(key.data, packed)
    return packed
