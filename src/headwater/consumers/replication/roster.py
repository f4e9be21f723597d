"""Who belongs to a global table, as one replica knows it: members, their links, the log they need.

Each function is one change in one transaction, and may be done again: whoever asks for it may not
have heard that it was done. What follows from a change (links that run or end) is the caller's.
"""

from dataclasses import replace
from typing import Any, Final

import orjson

from headwater.arns import Scope
from headwater.consumers.reader import start_at_latest
from headwater.consumers.replication.context import Parts
from headwater.consumers.replication.link import (
    Link,
    forget_link,
    fork,
    link_to,
    put_link,
    reading,
)
from headwater.consumers.replication.sharing import encrypted
from headwater.storage.engine import Transaction
from headwater.storage.identifiers import take_id
from headwater.tables.definition import change, create, need_log, release_log, turn_stream_on
from headwater.tables.replicas import LOG_USER, replicas_of, with_replica, without_replica
from headwater.tables.schema import ACTIVE, CREATING, DELETING, UPDATING, Index, Schema, Table
from headwater.tables.shared import document_of, merged, newest_time
from headwater.tables.tombstones import forget_tombstones

# Of the stream that every replica has, where the table had none (AWS keeps another one as it is).
VIEW: Final = "NEW_AND_OLD_IMAGES"

_BUSY: Final = (CREATING, UPDATING, DELETING)

# Settings that a new replica takes over; the others are each replica's own.
_SHARED: Final = ("OnDemandThroughput", "OnDemandSinceMs", "WarmThroughput", "TableClass")


def add_member(
    tx: Transaction, parts: Parts, table: Table, group: str, region: str, **about: Any
) -> Table:
    """Note that the table has a replica in `region`; its log is kept from now on."""
    now_ms = parts.clock.now_ms()
    schema = with_replica(table.schema, group, region, **about)
    table = change(tx, parts.catalog, table, schema)
    if table.schema.stream_view is None:
        table = turn_stream_on(tx, parts.catalog, parts.ids, now_ms, table, VIEW)
    if LOG_USER not in table.schema.log_users:
        table = need_log(tx, parts.catalog, parts.ids, now_ms, table, LOG_USER)
    return table


def remove_member(tx: Transaction, parts: Parts, table: Table, region: str) -> Table:
    """Note that the replica in `region` is gone, with the link to it."""
    link = link_to(tx, table.schema.id, region)
    if link is not None:
        forget_link(tx, link)
    schema = without_replica(table.schema, region)
    if not replicas_of(schema):
        forget_tombstones(tx, table)
        table = change(tx, parts.catalog, table, schema)
        now_ms = parts.clock.now_ms()
        return release_log(tx, parts.catalog, parts.ids, now_ms, table, LOG_USER)
    return change(tx, parts.catalog, table, schema)


def open_link(
    tx: Transaction, parts: Parts, table: Table, group: str, region: str, *, copies: bool
) -> Link:
    """A link to `region` for what is written from now on, and for what is there if it `copies`."""
    known = link_to(tx, table.schema.id, region)
    if known is not None:
        return known
    assert table.stream is not None, "a replica has a log"
    stream = table.stream.stream
    link = Link(
        scope=table.scope,
        table=table.name,
        table_id=table.schema.id,
        replica=table.schema.uuid,
        group=group,
        uuid=parts.ids.uuid(),
        region=region,
        created_ms=parts.clock.now_ms(),
        walked="" if copies else None,
        **reading(stream),
    )
    start_at_latest(tx, link.owner, stream)
    return put_link(tx, link)


def join_link(
    tx: Transaction, parts: Parts, table: Table, group: str, region: str, source: str
) -> Link:
    """A link to a new replica that `source` fills with a copy of its own.

    It begins where the link to `source` stands: what is shipped to there is in the copy.
    """
    known = link_to(tx, table.schema.id, region)
    if known is not None:
        return known
    to_source = link_to(tx, table.schema.id, source)
    if to_source is None:
        return open_link(tx, parts, table, group, region, copies=True)
    return fork(tx, to_source, parts.ids.uuid(), region, parts.clock.now_ms())


def told(schema: Schema) -> dict[str, Any]:
    """A table's schema as a new replica is told of it."""
    return {
        "attributes": dict(schema.attributes),
        "hash_name": schema.hash_name,
        "range_name": schema.range_name,
        "billing": schema.billing,
        "throughput": list(schema.throughput),
        "partitions": list(schema.partitions),
        "indexes": orjson.loads(orjson.dumps(schema.indexes)),
        "next_index": schema.next_index,
        "ttl_name": schema.ttl_name,
        "settings": {name: schema.settings[name] for name in _SHARED if name in schema.settings},
        "is_encrypted": "SSE" in schema.settings,
        "stream_view": schema.stream_view,
        "shared": document_of(schema),
    }


def make_replica(
    tx: Transaction,
    parts: Parts,
    scope: Scope,
    name: str,
    group: str,
    fields: dict[str, Any],
    members: list[str],
) -> Table:
    """A new, empty table in CREATING, with links to all members.

    fields  as `told` by the replica that it is made from
    """
    now_ms = parts.clock.now_ms()
    is_encrypted, view = fields.pop("is_encrypted"), fields.pop("stream_view")
    shared = fields.pop("shared")
    schema = Schema(
        scope=scope,
        name=name,
        id=take_id(tx),
        uuid=parts.ids.uuid(),
        created_ms=now_ms,
        status=CREATING,
        **{
            **fields,
            "throughput": tuple(fields["throughput"]),
            "partitions": tuple(fields["partitions"]),
            "indexes": tuple(_index(index) for index in fields["indexes"]),
        },
    )
    for region in members:
        schema = with_replica(schema, group, region, Status=ACTIVE)
    schema = merged(schema, shared)
    if is_encrypted:
        schema = encrypted(schema, parts)
    tx.pass_sequence(newest_time(shared))
    table = create(tx, parts.catalog, parts.ids, now_ms, schema, view or VIEW)
    table = need_log(tx, parts.catalog, parts.ids, now_ms, table, LOG_USER)
    for region in members:
        open_link(tx, parts, table, group, region, copies=False)
    return table


def _index(fields: dict[str, Any]) -> Index:
    for name in ("hash_names", "range_names", "non_key", "throughput"):
        fields[name] = tuple(fields[name])
    return replace(Index(**fields), status=ACTIVE)


def settled(tx: Transaction, parts: Parts, table: Table) -> Table:
    """The table as ACTIVE as its replicas let it be."""
    busy = any(about["Status"] in _BUSY for about in replicas_of(table.schema).values())
    if busy or table.schema.status != UPDATING or table.schema.settles_ms is not None:
        return table
    return change(tx, parts.catalog, table, replace(table.schema, status=ACTIVE))
