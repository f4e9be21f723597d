"""Reading items: by key, by a range of an index or table, and whole tables in segments.

Pages end at a number of items or at 1 MB of items read, whichever comes first, before anything is
filtered or projected. The byte limit counts DynamoDB's item sizes, and the item that reaches it
is still on the page. This file gives stored JSON; what callers show of it is theirs to decide.
"""

from collections.abc import Sequence
from typing import NamedTuple

from headwater.expressions.key_condition import Term
from headwater.limits import PAGE_BYTES_MAX
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import HASH_SPACE, key_hash, successor
from headwater.tables import stored
from headwater.tables.keys import Key
from headwater.tables.schema import IndexPlan, Table
from headwater.values.codec import decode_item
from headwater.values.ordering import after_prefix, encode_key, encode_prefix
from headwater.values.size import Item, Value


class Read(NamedTuple):
    """One item as found: canonical JSON and its size, or (b"", 0) where there is none."""

    json: bytes
    size: int


class Page(NamedTuple):
    """One page of a Query or Scan."""

    items: list[bytes]  # canonical JSON, in order
    size: int  # bytes of what was read
    is_cut: bool  # it ended at a limit, so the answer carries LastEvaluatedKey


class Bounds(NamedTuple):
    """Where a Query or Scan reads: start <= key < end."""

    start: bytes
    end: bytes


NOTHING = Read(b"", 0)


def get(tx: Transaction, key: Key) -> Read:
    """The item of a key."""
    return _read(tx.get(key.data))


def get_many(tx: Transaction, keys: Sequence[Key]) -> list[Read]:
    """The items of many keys, in their order, read at one moment."""
    return [_read(value) for value in tx.get_many([key.data for key in keys])]


def _read(value: bytes | None) -> Read:
    return NOTHING if value is None else Read(stored.json_of(value), stored.size_of(value))


def source_prefix(table: Table, plan: IndexPlan | None) -> bytes:
    """Prefix of a table's items, or of an index's entries."""
    return table.prefix if plan is None else plan.prefix


def query_bounds(prefix: bytes, hash_values: Sequence[Value], terms: Sequence[Term]) -> Bounds:
    """Where the items of a key condition lie. Only the last of `terms` may be no equality."""
    hash_part = b"".join([encode_key(value) for value in hash_values])
    stem = prefix + key_hash(hash_part) + hash_part
    for term in terms[:-1]:
        assert term.op == "=", "only the last range attribute may be compared otherwise"
        stem += encode_key(term.values[0])
    if not terms:
        return Bounds(stem, successor(stem))
    return _term_bounds(stem, terms[-1])


def _term_bounds(stem: bytes, term: Term) -> Bounds:
    if term.op == "begins_with":
        start = stem + encode_prefix(term.values[0])
        return Bounds(start, after_prefix(start))
    first = stem + encode_key(term.values[0])
    if term.op == "=":
        return Bounds(first, successor(first))
    if term.op == "<":
        return Bounds(stem, first)
    if term.op == "<=":
        return Bounds(stem, successor(first))
    if term.op == ">":
        return Bounds(successor(first), successor(stem))
    if term.op == ">=":
        return Bounds(first, successor(stem))
    assert term.op == "BETWEEN", term.op
    return Bounds(first, successor(stem + encode_key(term.values[1])))


def scan_bounds(prefix: bytes, segment: int = 0, segments: int = 1) -> Bounds:
    """Where a segment of a parallel scan lies: an equal share of the hash space."""
    first = HASH_SPACE * segment // segments
    end = HASH_SPACE * (segment + 1) // segments
    start = prefix + first.to_bytes(4, "big")
    if end == HASH_SPACE:
        return Bounds(start, successor(prefix))
    return Bounds(start, prefix + end.to_bytes(4, "big"))


def read_page(
    tx: Transaction,
    bounds: Bounds,
    *,
    reverse: bool = False,
    limit: int | None = None,
    after: bytes | None = None,
) -> Page:
    """One page within `bounds`, beginning behind the storage key `after`."""
    start, end = bounds
    if after is not None:
        start, end = (start, min(end, after)) if reverse else (max(start, after + b"\0"), end)
    items: list[bytes] = []
    size = 0
    while start < end:
        # Stored JSON is longer than the size DynamoDB counts, so one read may not fill the page.
        left = None if limit is None else limit - len(items)
        found = tx.range(start, end, reverse=reverse, limit=left, bytes_max=PAGE_BYTES_MAX - size)
        if not found:
            break
        here, sizes = stored.read_many([value for _, value in found])
        size += sum(sizes)
        items += here
        while size - sizes[-1] >= PAGE_BYTES_MAX:
            size -= sizes.pop()
            items.pop()
        if size >= PAGE_BYTES_MAX or len(items) == limit:
            return Page(items, size, True)
        last = found[-1][0]
        start, end = (start, last) if reverse else (last + b"\0", end)
    return Page(items, size, False)


def start_after(prefix: bytes, plan: IndexPlan | None, key: Key, start_key: Item) -> bytes:
    """The storage key that an ExclusiveStartKey names.

    key        of the table's attributes in it
    start_key  the whole of it, with the index's attributes when `plan` is given
    """
    if plan is None:
        return key.data
    index = plan.index
    hash_part = b"".join([encode_key(start_key[name]) for name in index.hash_names])
    range_part = b"".join([encode_key(start_key[name]) for name in index.range_names])
    return prefix + key_hash(hash_part) + hash_part + range_part + key.encoded


def last_key(table: Table, plan: IndexPlan | None, item_json: bytes) -> Item:
    """LastEvaluatedKey of a page: table keys, and index keys, of its last item."""
    item = decode_item(item_json)
    names = table.key_names if plan is None else (*table.key_names, *plan.index.key_names)
    return {name: item[name] for name in names}
