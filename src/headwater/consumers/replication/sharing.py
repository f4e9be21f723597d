"""Settings that all replicas share: noted where they change, told to every other region, applied.

A change is noted in the transaction that makes it (tables/shared.py: a document with a stamp for
each setting), so that it is as durable as the change itself. Each region is then told the whole
document until it says that it has it, however long it is down; a region that learns something
new tells the others in turn. What two regions change at once is decided by the stamps.
"""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from headwater.arns import Scope
from headwater.changelog.conflict import Stamp
from headwater.clock import sleep_ms
from headwater.consumers.chores import Filling, fill_index
from headwater.consumers.replication.batch import Head
from headwater.consumers.replication.context import Parts, pause_ms
from headwater.consumers.replication.lines import PeerRefused
from headwater.loops import Tasks
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.tables.definition import add_index, change, remove_index
from headwater.tables.replicas import group_of, replicas_of
from headwater.tables.schema import CREATING, Index, Schema, Table
from headwater.tables.shared import (
    MANAGED_KEY,
    Document,
    differing,
    document_of,
    is_index,
    merged,
    newest_time,
    owed,
    simple,
    value_of,
    version_of,
    wanted_indexes,
    with_told,
    with_values,
)
from headwater.tables.ttl import turn_ttl_off, turn_ttl_on

log = logging.getLogger("headwater.regions")

Telling = tuple[Scope, str, str]  # of which table, to which region


def note_changes(tx: Transaction, parts: Parts, before: Table, after: Table) -> list[Index]:
    """Note what a request has changed of what replicas share; the indexes to be filled then.

    An index comes back with the end of one that it contradicted, here as everywhere.
    """
    table = note_values(tx, parts, after, differing(before.schema, after.schema))
    wanted = wanted_indexes(table.schema, document_of(table.schema))
    if all(about is None or name in table.indexes for name, about in wanted.items()):
        return []
    return conform(tx, parts, table)


def note_values(tx: Transaction, parts: Parts, table: Table, values: dict[str, Any]) -> Table:
    """Note facets as they were changed here, now."""
    if not values:
        return table
    stamp = Stamp(tx.sequence(), table.scope.region)
    return change(tx, parts.catalog, table, with_values(table.schema, stamp, values))


def accept(tx: Transaction, parts: Parts, table: Table, arriving: Document) -> list[Index]:
    """Bring the table to what another replica knows; the indexes that must be filled then."""
    schema = merged(table.schema, arriving)
    if schema is table.schema:
        return []
    tx.pass_sequence(newest_time(arriving))
    table = change(tx, parts.catalog, table, schema)
    return conform(tx, parts, table)


def conform(tx: Transaction, parts: Parts, table: Table) -> list[Index]:
    """Bring the table to what its own document says; the indexes that must be filled then."""
    document = document_of(table.schema)
    table, added = _conform_indexes(tx, parts, table, document)
    schema = simple(table.schema, document, parts.clock.now_ms())
    schema = _with_encryption(schema, document, parts)
    if schema != table.schema:
        table = change(tx, parts.catalog, table, schema)
    if "ttl" in document:
        _conform_ttl(tx, parts, table, document["ttl"][2])
    return added


def _conform_indexes(
    tx: Transaction, parts: Parts, table: Table, document: Document
) -> tuple[Table, list[Index]]:
    catalog = parts.catalog
    wanted = wanted_indexes(table.schema, document)
    for name, about in wanted.items():
        known = table.indexes.get(name)
        if known is not None and (about is None or not is_index(known, about)):
            table = remove_index(tx, catalog, table, name)
    added = []
    for name, about in wanted.items():
        if about is None or name in table.indexes:
            continue
        types = {**table.schema.attributes, **about["Types"]}
        widened = Table(replace(table.schema, attributes=types), table.stream)
        index = Index(
            number=table.schema.next_index,
            name=name,
            is_global=True,
            hash_names=tuple(about["Hash"]),
            range_names=tuple(about["Range"]),
            projection=about["Projection"],
            non_key=tuple(about["NonKey"]),
            status=CREATING,
        )
        table = add_index(tx, catalog, widened, index)
        added.append(table.indexes[name])
    return table, added


def _with_encryption(schema: Schema, document: Document, parts: Parts) -> Schema:
    """`schema` with what the document says of encryption: the type is shared, keys are not."""
    if "sse" not in document:
        return schema
    if document["sse"][2] is None:
        settings = {name: value for name, value in schema.settings.items() if name != "SSE"}
        return replace(schema, settings=settings)
    return encrypted(schema, parts)


def encrypted(schema: Schema, parts: Parts) -> Schema:
    """`schema` with the customer's key that its region was given, or else one of AWS's."""
    region, account = schema.scope.region, schema.scope.account
    own = value_of(schema, f"key/{region}")
    if own is not None:
        known = {"Asked": own, "KMSMasterKeyArn": own}
    elif "SSE" in schema.settings:
        return schema
    else:
        arn = f"arn:aws:kms:{region}:{account}:key/{parts.ids.uuid()}"
        known = {"Asked": MANAGED_KEY, "KMSMasterKeyArn": arn}
    return replace(schema, settings={**schema.settings, "SSE": known})


def _conform_ttl(tx: Transaction, parts: Parts, table: Table, name: str | None) -> None:
    if table.ttl_name == name:
        return
    if table.ttl_name is not None:
        table = turn_ttl_off(tx, parts.catalog, table)
    if name is not None:
        turn_ttl_on(tx, parts.catalog, table, name)


class Sharing:
    """Tells the other regions. Built once, by Regions."""

    def __init__(self, parts: Parts, tasks: Tasks) -> None:
        self._parts = parts
        self._tasks = tasks
        self._telling: set[Telling] = set()
        self.troubles: dict[Telling, str] = {}

    def table_changed(self, table: Table) -> None:
        """See that everybody knows what the table's document says."""
        if not table.replicated:
            return
        for region in owed(table.schema):
            telling = (table.scope, table.name, region)
            if telling not in self._telling:
                self._telling.add(telling)
                self._tasks.spawn(f"settings of {table.name} to {region}", self._tell(telling))

    @property
    def busy(self) -> list[Telling]:
        """Who has still to be told of what."""
        return list(self._telling)

    async def _tell(self, telling: Telling) -> None:
        parts = self._parts
        scope, name, region = telling
        failures = 0
        try:
            while True:
                table = await parts.engine.run(lambda tx: parts.catalog.find(tx, scope, name))
                if table is None or region not in owed(table.schema):
                    return
                try:
                    await self._tell_once(table, region)
                    failures = 0
                    self.troubles.pop(telling, None)
                except (CallFailed, PeerRefused) as trouble:
                    failures += 1
                    if self.troubles.get(telling) != trouble.text:
                        facts = {"table": name, "region": region, "why": trouble.text}
                        log.warning("settings not told", extra=facts)
                    self.troubles[telling] = trouble.text
                    await sleep_ms(parts.clock, pause_ms(failures, parts.ids.fraction()))
        finally:
            self._telling.discard(telling)
            self.troubles.pop(telling, None)

    async def _tell_once(self, table: Table, region: str) -> None:
        parts = self._parts
        version = version_of(table.schema)
        head = Head(
            table.scope.account,
            table.name,
            group_of(table.schema) or "",
            table.scope.region,
            region,
        )
        question = {**head._asdict(), "shared": document_of(table.schema)}
        await parts.lines.to(region).ask("share", orjson.dumps(question))
        told = partial(self._told, known=table, region=region, version=version)
        await parts.engine.run(told)

    def _told(self, tx: Transaction, known: Table, region: str, version: int) -> None:
        table = self._parts.catalog.find(tx, known.scope, known.name)
        if table is None or table.schema.id != known.schema.id:
            return
        if region in replicas_of(table.schema):
            schema = with_told(table.schema, region, version)
            if schema is not table.schema:
                change(tx, self._parts.catalog, table, schema)

    def fill(self, table: Table, indexes: list[Index]) -> None:
        """Fill what `accept` has begun."""
        parts = self._parts
        for index in indexes:
            filling = Filling(parts.recorder, table, index.name)
            work = fill_index(
                parts.engine, parts.clock, parts.catalog, table, index, filling=filling
            )
            self._tasks.spawn(f"fill index {table.name}.{index.name}", work)
