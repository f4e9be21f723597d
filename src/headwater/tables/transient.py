"""CREATING, UPDATING and DELETING that last: how they begin, and what is so when they are over.

AWS takes seconds to minutes for what happens here at once. Where an operator wants to see that
(a program that must wait for ACTIVE is tested against it), the schema carries the status and the
moment at which it ends. Who waits for that moment is consumers/settler.py.

Source: AWS, developer guide, "Managing GSIs": a new index is first given its resources (table
UPDATING, index CREATING, not backfilling), then filled (table ACTIVE, index CREATING).
"""

from collections.abc import Collection
from dataclasses import replace

from headwater.storage.engine import Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.definition import change, drop, remove_index
from headwater.tables.schema import ACTIVE, DELETING, UPDATING, Schema, Table


def held(schema: Schema, status: str, until_ms: int) -> Schema:
    """`schema` in a status that lasts until that moment."""
    return replace(schema, status=status, settles_ms=until_ms)


def marked(schema: Schema, names: Collection[str], status: str) -> Schema:
    """`schema` with that status of the indexes of those names."""
    indexes = tuple(
        replace(index, status=status) if index.name in names else index for index in schema.indexes
    )
    return replace(schema, indexes=indexes)


def settle(tx: Transaction, catalog: Catalog, table: Table, now_ms: int) -> Table | None:
    """End a transient status: what is DELETING goes, what is UPDATING is ACTIVE.

    An index that is CREATING stays so: it is filled from now on, by whoever called this.
    Returns the table as it is now, None if it is gone.
    """
    if table.schema.status == DELETING:
        drop(tx, catalog, table, now_ms)
        return None
    for index in table.schema.indexes:
        if index.status == DELETING:
            table = remove_index(tx, catalog, table, index.name)
    updated = [index.name for index in table.schema.indexes if index.status == UPDATING]
    schema = marked(table.schema, updated, ACTIVE)
    return change(tx, catalog, table, replace(schema, status=ACTIVE, settles_ms=None))
