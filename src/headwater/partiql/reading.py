"""Running a SELECT: pages of its items, and what reading them cost.

A page ends at a number of items or 1 MB read, before conditions are asked; where several partition
keys are named it ends after ten items (AWS, developer guide, "PartiQL operators", IN). Each
partition is a query of its own and its bytes are rounded up by themselves.
"""

from typing import NamedTuple

from headwater.limits import PAGE_BYTES_MAX
from headwater.partiql.selecting import ReadPlan
from headwater.storage.engine import Transaction
from headwater.tables import read
from headwater.tables.capacity import read_units
from headwater.tables.keys import Key, key_of_request
from headwater.tables.read import Page, Read
from headwater.tables.schema import Table
from headwater.values.codec import decode_item, encode_item
from headwater.values.size import Item

_ITEMS_OF_SEVERAL_MAX = 10


class Position(NamedTuple):
    """Behind which storage key, of which of a plan's bounds, a page goes on."""

    bounds: int
    after: bytes


class Rows(NamedTuple):
    """One page of a SELECT.

    items        JSON of what is shown, in order
    table_units  read units of the table, where not all was read from an index
    index_units  read units of the index, 0.0 without one
    last         where the next page begins, None at the end
    last_key     LastEvaluatedKey, together with `last`
    """

    items: list[bytes]
    table_units: float
    index_units: float
    last: Position | None = None
    last_key: Item | None = None


def read_rows(
    tx: Transaction,
    plan: ReadPlan,
    *,
    consistent: bool,
    limit: int | None = None,
    start: Position | None = None,
) -> Rows:
    """One page. limit: of items read; start: as an earlier page of the same plan gave it."""
    if plan.key is not None:
        found = read.get(tx, plan.key)
        return Rows(shown_of(plan, found), read_units(found.size, consistent=consistent), 0.0)
    if len(plan.bounds) > 1:
        limit = min(limit or _ITEMS_OF_SEVERAL_MAX, _ITEMS_OF_SEVERAL_MAX)
    pages, last = _pages(tx, plan, limit, start)
    items: list[bytes] = []
    for page in pages:
        items += page.items
    units = sum(read_units(page.size, consistent=consistent) for page in pages)
    last_key = read.last_key(plan.table, plan.plan, items[-1]) if last is not None else None
    fetched = _fetched(tx, plan, items)
    rows = _shown(plan, items, fetched)
    if plan.plan is None:
        return Rows(rows, units, 0.0, last, last_key)
    extra = sum(read_units(one.size, consistent=consistent) for one in fetched or ())
    return Rows(rows, float(extra), units, last, last_key)


def shown_of(plan: ReadPlan, found: Read) -> list[bytes]:
    """What a plan shows of the item of its key: one row, or none."""
    return _shown(plan, [found.json] if found.json else [], None)


def _pages(
    tx: Transaction, plan: ReadPlan, limit: int | None, start: Position | None
) -> tuple[list[Page], Position | None]:
    """What is read of each of the bounds, and where that ended early."""
    first = 0 if start is None else start.bounds
    after = None if start is None else start.after
    pages: list[Page] = []
    count = size = 0
    for number in range(first, len(plan.bounds)):
        left = None if limit is None else limit - count
        bounds = plan.bounds[number]
        page = read.read_page(tx, bounds, reverse=plan.reverse, limit=left, after=after)
        pages.append(page)
        after = None
        count += len(page.items)
        size += page.size
        if page.is_cut or (size >= PAGE_BYTES_MAX and page.items):
            return pages, Position(number, _storage_key(plan, page.items[-1]))
    return pages, None


def _storage_key(plan: ReadPlan, item_json: bytes) -> bytes:
    start_key = read.last_key(plan.table, plan.plan, item_json)
    key = _key(plan.table, start_key)
    prefix = read.source_prefix(plan.table, plan.plan)
    return read.start_after(prefix, plan.plan, key, start_key)


def _key(table: Table, item: Item) -> Key:
    return key_of_request(table, {name: item[name] for name in table.key_names})


def _fetched(tx: Transaction, plan: ReadPlan, items: list[bytes]) -> list[Read] | None:
    """The table's items behind the entries of a local index that lacks a column.

    All that were read are fetched, also those that a condition drops (recorded).
    """
    kept = plan.plan.kept if plan.plan is not None else None
    if kept is None or plan.columns is None or plan.columns.attributes <= kept:
        return None
    return read.get_many(tx, [_key(plan.table, decode_item(entry)) for entry in items])


def _shown(plan: ReadPlan, items: list[bytes], fetched: list[Read] | None) -> list[bytes]:
    if plan.filter is None and plan.columns is None:
        return items
    rows = []
    for number, item_json in enumerate(items):
        item = decode_item(item_json)
        if plan.filter is not None and not plan.filter(item):
            continue
        if plan.columns is not None:
            whole = item if fetched is None else decode_item(fetched[number].json)
            item_json = encode_item(plan.columns.project(whole))
        rows.append(item_json)
    return rows
