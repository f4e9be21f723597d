"""Entries of secondary indexes: which item has one, where it lies, what it keeps.

An entry's key is the index's hash attributes (hashed, then ordered), its range attributes, then
the table's own key, which makes it unique. Items that lack any index key attribute have none:
indexes are sparse. Source: AWS, developer guide, "Using Global Secondary Indexes".
"""

from collections.abc import Iterable
from typing import NamedTuple

from headwater.errors import Validation
from headwater.limits import PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import key_hash
from headwater.tables import stored
from headwater.tables.capacity import write_units
from headwater.tables.keys import check_hash_size, check_not_empty, check_range_size
from headwater.tables.schema import CREATING, Index, IndexPlan, Table
from headwater.values.codec import encode_item
from headwater.values.ordering import encode_key
from headwater.values.size import Item, Value, item_size, value_size

_OMP = "One or more parameter values were invalid: "
_EMPTY_PUT = (
    "One or more parameter values are not valid. A value specified for a secondary index key "
    "is not supported. The AttributeValue for a key attribute cannot contain an empty {} value. "
    "IndexName: {}, IndexKey: {}"
)
_EMPTY_UPDATE = (
    "One or more parameter values are not valid. The update expression attempted to update a "
    "secondary index key to a value that is not supported. The AttributeValue for a key "
    "attribute cannot contain an empty {} value."
)


# An encoding is longer than its value, and that of an empty one has three bytes at most, so
# nearly every value is known to fit by the length of its encoding.
_CLEARLY_FITS = 3


class Image(NamedTuple):
    """An item before or after a write, with what is known of it already."""

    item: Item
    stored: bytes  # as the table keeps it; b"" for an item that is replaced, which nobody asks
    size: int


class Entry(NamedTuple):
    """One index entry, ready to be stored."""

    key: bytes
    value: bytes
    size: int


def entry_of(plan: IndexPlan, image: Image, encoded_key: bytes) -> Entry | None:
    """The entry an item has in an index, None if it has none.

    encoded_key  the item's own key (keys.Key.encoded)
    An item has none if it lacks a key attribute, or if one is mistyped, empty or too long, as it
    may be in an item that is older than the index.
    """
    key = _entry_key(plan, image.item, encoded_key)
    if key is None:
        return None
    kept = plan.kept
    if kept is None:
        # The same bytes as the table's, so an entry that keeps all is not encoded again.
        return Entry(key, image.stored, image.size)
    item = _kept(image.item, kept)
    size = item_size(item)
    return Entry(key, stored.pack(encode_item(item), size), size)


def _entry_key(plan: IndexPlan, item: Item, encoded_key: bytes) -> bytes | None:
    hash_part = _key_part(item, plan.hash_keys, PARTITION_KEY_BYTES_MAX)
    if hash_part is None:
        return None
    range_part = _key_part(item, plan.range_keys, SORT_KEY_BYTES_MAX)
    if range_part is None:
        return None
    return plan.prefix + key_hash(hash_part) + hash_part + range_part + encoded_key


def _kept(item: Item, names: frozenset[str]) -> Item:
    return {name: item[name] for name in names if name in item}


def _entry_size(plan: IndexPlan, image: Image) -> int:
    kept = plan.kept
    return image.size if kept is None else item_size(_kept(image.item, kept))


def _key_part(item: Item, keys: tuple[tuple[str, str], ...], bytes_max: int) -> bytes | None:
    """The encoded values of some key attributes, None if one of them cannot be a key.

    keys  name and type of each
    """
    part = b""
    for name, kind in keys:
        value = item.get(name)
        if value is None or kind not in value:
            return None
        encoded = encode_key(value)
        if not _CLEARLY_FITS < len(encoded) <= bytes_max and not _fits(value, bytes_max):
            return None
        part += encoded
    return part


def _fits(value: Value, bytes_max: int) -> bool:
    """Whether a rightly typed value can be a key at all."""
    return value.get("S") != "" and value.get("B") != "" and value_size(value) <= bytes_max


def size_with_local_entries(table: Table, item: Item, size: int) -> int:
    """Bytes that count into an item's limit: its own and those of its entries in local indexes.

    size  of the item alone
    Source: AWS, developer guide, "Local secondary indexes", "Item sizes".
    """
    total = size
    for plan in table.plans:
        if not plan.index.is_global and all(name in item for name in plan.index.range_names):
            kept = plan.kept
            total += size if kept is None else item_size({n: item[n] for n in item if n in kept})
    return total


def check_index_keys(table: Table, item: Item, old: Item | None) -> None:
    """Refuse an item whose index key attributes have the wrong type, are empty or too long.

    old  the item before an update, whose unchanged attributes are not looked at; None for a put
    Raises Validation.
    """
    types = table.schema.attributes
    for plan in table.plans:
        index = plan.index
        for name in index.key_names:
            value = item.get(name)
            if value is None or (old is not None and old.get(name) == value):
                continue
            if types[name] not in value:
                raise Validation(
                    f"{_OMP}Type mismatch for Index Key {name} Expected: {types[name]} "
                    f"Actual: {next(iter(value))} IndexName: {index.name}"
                )
            _check_content(index, name, value, _EMPTY_PUT if old is None else _EMPTY_UPDATE)


def check_index_keys_not_empty(table: Table, item: Item) -> None:
    """Refuse an item that is to be put with an empty index key attribute. Raises Validation."""
    for plan in table.plans:
        for name in plan.index.key_names:
            _check_not_empty(plan.index, name, item.get(name, {}), _EMPTY_PUT)


def check_searched_value(table: Table, plan: IndexPlan | None, name: str, value: Value) -> None:
    """Refuse a value of a key that a query looks for but that no item, or entry of an index, has.

    plan  of the index that is asked; None: the table itself
    Raises Validation.
    """
    if plan is not None:
        _check_content(plan.index, name, value, _EMPTY_PUT)
        return
    check_not_empty(name, value)
    if name == table.hash_name:
        check_hash_size(value)
    else:
        check_range_size(value)


def _check_content(index: Index, name: str, value: Value, empty_text: str) -> None:
    _check_not_empty(index, name, value, empty_text)
    bytes_max = PARTITION_KEY_BYTES_MAX if name in index.hash_names else SORT_KEY_BYTES_MAX
    size = value_size(value)
    if size > bytes_max:
        raise Validation(
            f"{_OMP}Size limit exceeded for Index Key {name} Actual Size: {size} bytes "
            f"Max Size: {bytes_max} bytes IndexName: {index.name}"
        )


def _check_not_empty(index: Index, name: str, value: Value, text: str) -> None:
    if value.get("S") == "" or value.get("B") == "":
        kind = "string" if "S" in value else "binary"
        raise Validation(text.format(kind, index.name, name))


def maintain(
    tx: Transaction, table: Table, encoded_key: bytes, old: Image | None, new: Image | None
) -> dict[str, float]:
    """Bring every index from `old` to `new`, which differ; returns the write units each index
    was charged."""
    units: dict[str, float] = {}
    for plan in table.plans:
        charged = _bring(tx, plan, encoded_key, old, new)
        if charged:
            units[plan.index.name] = charged
    return units


def _bring(
    tx: Transaction, plan: IndexPlan, encoded_key: bytes, old: Image | None, new: Image | None
) -> float:
    """Bring one index from `old` to `new`; returns the write units it was charged."""
    if old is None:
        return 0.0 if new is None else _add(tx, plan, entry_of(plan, new, encoded_key))
    if new is not None and _agree(old.item, new.item, plan.index.key_names):
        return _stay(tx, plan, encoded_key, old, new)
    charged = 0.0
    before = _entry_key(plan, old.item, encoded_key)
    if before is not None and _is_there(tx, plan, before):
        size = _entry_size(plan, old)
        tx.delete(before)
        tx.add(plan.counter_key, -1, -size)
        charged = write_units(size)
    if new is not None:
        charged += _add(tx, plan, entry_of(plan, new, encoded_key))
    return charged


def _add(tx: Transaction, plan: IndexPlan, entry: Entry | None) -> float:
    """Store an entry whose key holds none; None if the item has no entry."""
    if entry is None:
        return 0.0
    tx.put(entry.key, entry.value)
    tx.add(plan.counter_key, 1, entry.size)
    return write_units(entry.size)


def _stay(tx: Transaction, plan: IndexPlan, encoded_key: bytes, old: Image, new: Image) -> float:
    """Bring an entry up to date whose key stays what it is."""
    unchanged = plan.kept is not None and _agree(old.item, new.item, plan.kept)
    if unchanged and plan.index.status != CREATING:
        return 0.0
    entry = entry_of(plan, new, encoded_key)
    if entry is None or not _is_there(tx, plan, entry.key):
        return _add(tx, plan, entry)
    if unchanged:
        return 0.0
    size = _entry_size(plan, old)
    tx.put(entry.key, entry.value)
    tx.add(plan.counter_key, 0, entry.size - size)
    return write_units(max(size, entry.size))


def _is_there(tx: Transaction, plan: IndexPlan, key: bytes) -> bool:
    """Whether the entry of an item that was there is. While an index is filled, it is only if the
    backfill, or a write since the index began, has come to that item."""
    return plan.index.status != CREATING or tx.get(key) is not None


def _agree(one: Item, two: Item, names: Iterable[str]) -> bool:
    """Whether two items have the same values of some attributes, or the same lack of them."""
    return all(one.get(name) == two.get(name) for name in names)
