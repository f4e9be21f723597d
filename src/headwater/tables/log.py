"""What takes a table's changes: its stream, an internal log, or nothing.

Every change is appended once, to the one stream of the table that is open. While the table's
stream is on, that is it. While it is off and somebody else needs every change (a Kinesis
destination, say), it is a hidden stream, the internal log. Whoever reads changes for such a user
reads the table's streams one after the other (changelog.stream.later_streams): the next one is
opened in the transaction that closes the one before, so no change falls between them, and no
change of an item is in two places at once.
"""

from dataclasses import replace

from headwater.changelog.stream import OpenStream, close_stream, open_stream
from headwater.ids import Ids
from headwater.storage.engine import Transaction
from headwater.tables.schema import Schema
from headwater.tables.stream_retention import retention_ms_of

_ALL = "NEW_AND_OLD_IMAGES"


def log_for(
    tx: Transaction,
    ids: Ids,
    now_ms: int,
    schema: Schema,
    opened: OpenStream | None,
    key_schema: list[dict[str, str]],
) -> tuple[Schema, OpenStream | None]:
    """Close and open streams until they are what `schema` asks for; the schema that says so.

    schema  with the `stream_view` and `log_users` that are wanted
    opened  what is open now
    """
    shown = schema.stream_view is not None
    wanted = shown or bool(schema.log_users)
    if opened is not None and wanted and opened.stream.hidden == (not shown):
        return schema, opened
    if opened is not None:
        close_stream(tx, opened, now_ms)
    if not wanted:
        return replace(schema, log_label=None), None
    opened = open_stream(
        tx,
        ids,
        now_ms,
        schema.scope,
        schema.name,
        schema.stream_view or _ALL,
        key_schema,
        schema.partitions,
        table_id=schema.id,
        hidden=not shown,
        retention_ms=retention_ms_of(schema),
    )
    label = opened.stream.label
    if shown:
        return replace(schema, stream_label=label, log_label=None), opened
    return replace(schema, log_label=label), opened
