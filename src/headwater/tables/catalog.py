"""The tables a node knows: documents on disk, ready `Table`s in memory.

A change of a table is put with the transaction that makes it and takes its place in the cache
when that transaction takes effect, so a request sees a table either before or after the change.
The transaction itself sees its own changes at once.
"""

from collections.abc import Callable

from headwater.arns import Scope, StreamName
from headwater.changelog.stream import OpenStream, load_shards, load_stream
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables.schema import Schema, Table


class Catalog:
    """Finds tables by scope and name."""

    def __init__(self) -> None:
        self._tables: dict[tuple[Scope, str], Table] = {}
        self._changing: Transaction | None = None  # who made `_changed`
        self._changed: dict[tuple[Scope, str], Table | None] = {}
        self._watchers: list[Callable[[Table], None]] = []

    def watch(self, watcher: Callable[[Table], None]) -> None:
        """Call `watcher` with each table that is created or changed, when that takes effect. It
        must not raise. A table that is dropped is not told: whoever looks finds it gone."""
        self._watchers.append(watcher)

    def find(self, tx: Transaction, scope: Scope, name: str) -> Table | None:
        """The table, or None if there is none of that name."""
        if self._changing is tx and (scope, name) in self._changed:
            return self._changed[scope, name]
        table = self._tables.get((scope, name))
        if table is None:
            data = tx.get(keyspace.table_key(scope, name))
            if data is not None:
                table = _ready(tx, Schema.decode(data))
                self._remember(tx, table)
        return table

    def _remember(self, tx: Transaction, table: Table) -> None:
        def remember() -> None:
            self._tables.setdefault((table.scope, table.name), table)

        # Not at once: this transaction may have made what it finds, and be discarded.
        tx.after_commit(remember)

    def names(self, tx: Transaction, scope: Scope, after: str, limit: int) -> list[str]:
        """Up to `limit` table names above `after`, sorted by their bytes."""
        prefix = keyspace.tables_prefix(scope)
        start = prefix + after.encode() + b"\0" if after else prefix
        found = tx.range(start, keyspace.successor(prefix), limit=limit)
        return [key[len(prefix) :].decode() for key, _ in found]

    def every(self, tx: Transaction) -> list[Table]:
        """All tables of all scopes, for chores at start."""
        prefix = keyspace.all_tables_prefix()
        schemas = [Schema.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]
        return [
            table
            for schema in schemas
            if (table := self.find(tx, schema.scope, schema.name)) is not None
        ]

    def put(self, tx: Transaction, table: Table) -> None:
        """Create the table or replace the one of its name."""
        key = (table.scope, table.name)
        tx.put(keyspace.table_key(*key), table.schema.encode())

        self._note(tx, key, table)

        def take_place() -> None:
            self._changing = None
            self._tables[key] = table
            for watcher in self._watchers:
                watcher(table)

        tx.after_commit(take_place)

    def remove(self, tx: Transaction, table: Table) -> None:
        """Forget the table and drop its items, index entries and counters."""
        key = (table.scope, table.name)
        tx.delete(keyspace.table_key(*key))
        tx.delete_range(*keyspace.table_data_range(table.schema.id))
        tx.delete_range(*keyspace.table_counter_range(table.schema.id))
        tx.delete_range(*keyspace.expiries_range(table.schema.id))
        tx.delete_range(*keyspace.collections_range(table.schema.id))
        if table.replicated:
            tx.delete_range(*keyspace.tombstones_range(table.schema.id))

        self._note(tx, key, None)

        def forget() -> None:
            self._changing = None
            self._tables.pop(key, None)

        tx.after_commit(forget)

    def _note(self, tx: Transaction, key: tuple[Scope, str], table: Table | None) -> None:
        """What `tx` has made of a table, for its own eyes."""
        if self._changing is not tx:
            self._changing, self._changed = tx, {}
        self._changed[key] = table


def _ready(tx: Transaction, schema: Schema) -> Table:
    if schema.stream_view is not None and schema.stream_label is not None:
        name = StreamName(schema.scope, schema.name, schema.stream_label)
    elif schema.log_label is not None:
        name = StreamName(schema.scope, schema.name, schema.log_label, hidden=True)
    else:
        return Table(schema, None)
    stream = load_stream(tx, name)
    assert stream is not None, f"table {schema.name} names a stream that is not kept"
    return Table(schema, OpenStream(stream, load_shards(tx, stream)))
