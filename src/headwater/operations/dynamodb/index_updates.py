"""GlobalSecondaryIndexUpdates of UpdateTable: one index made or dropped, any number changed.

A new index is filled from the items there are: the first few at once, so that a small table has
its index before the answer, the rest by the node's chores while writes go on.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from headwater.consumers.chores import Filling, fill_index
from headwater.errors import LimitExceeded, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.index_params import check_counts, global_index
from headwater.operations.dynamodb.key_params import OMP, attribute_types, global_keys
from headwater.operations.dynamodb.statuses import delay_ms
from headwater.operations.dynamodb.throughput_updates import index_missing
from headwater.tables.definition import add_index, backfill, remove_index
from headwater.tables.schema import CREATING, Table

_ACTIONS = ("Update", "Create", "Delete")


class IndexUpdates(NamedTuple):
    """What a request asks of the indexes; at most one of `create` and `delete` is there."""

    updates: dict[str, Mapping[str, Any]]  # by index name
    create: Mapping[str, Any] | None
    delete: str | None  # the index's name


def index_updates(params: Mapping[str, Any]) -> IndexUpdates:
    """Raises Validation for a malformed list, LimitExceeded for two indexes made or dropped."""
    updates: dict[str, Mapping[str, Any]] = {}
    made_or_dropped: list[tuple[str, Mapping[str, Any]]] = []
    seen: set[str] = set()
    for entry in params.get("GlobalSecondaryIndexUpdates", ()):
        actions = [action for action in _ACTIONS if action in entry]
        if len(actions) > 1:
            raise Validation(
                f"{OMP}Only one global secondary index action is allowed per "
                "GlobalSecondaryIndexUpdate object"
            )
        if not actions:
            raise Validation(
                f"{OMP}One of GlobalSecondaryIndexUpdate.Update, "
                "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be "
                "null"
            )
        fields = entry[actions[0]]
        name = fields["IndexName"]
        if name in seen:
            raise Validation(
                f"{OMP}Only one global secondary index update per index is allowed "
                f"simultaneously. Index: {name}"
            )
        seen.add(name)
        if actions[0] == "Update":
            if fields.get("WarmThroughput") == {}:
                raise Validation(
                    f"{OMP}WarmThroughput must have at least one of ReadUnitsPerSecond or "
                    f"WriteUnitsPerSecond specified for index: {name}"
                )
            updates[name] = fields
        else:
            made_or_dropped.append((actions[0], fields))
    if len(made_or_dropped) > 1:
        raise _one_at_a_time()
    create = next((fields for action, fields in made_or_dropped if action == "Create"), None)
    delete = next((fields for action, fields in made_or_dropped if action == "Delete"), None)
    return IndexUpdates(updates, create, None if delete is None else delete["IndexName"])


def create_index(call: Call, table: Table, fields: Mapping[str, Any]) -> Table:
    """Begin an index; the table as it stands then, with the index in CREATING.

    Raises Validation, LimitExceeded while another index is being made.
    """
    schema = table.schema
    name = fields["IndexName"]
    if not call.params.get("AttributeDefinitions"):
        raise Validation(f"{OMP}AttributeDefinitions is not specified for index: {name}")
    types = attribute_types(call.params["AttributeDefinitions"])
    # Its keys must be in the request itself, also those the table has defined (recorded, 2026).
    if any(element["AttributeName"] not in types for element in fields["KeySchema"]):
        raise Validation(f"{OMP}Some index key attributes are not defined in AttributeDefinitions")
    keys = global_keys(fields["KeySchema"], None)
    index = global_index(schema.next_index, fields, keys, schema.billing)
    for attribute in keys.names:
        kind = schema.attributes.get(attribute, types[attribute])
        if kind != types[attribute]:
            raise Validation(
                f"{OMP}Attribute {attribute} is defined as {kind} and cannot be redefined as "
                f"{types[attribute]}"
            )
    if name in table.indexes:
        raise Validation("Attempting to create an index which already exists")
    _check_idle(table, name)
    check_counts([*schema.indexes, index])
    added = {attribute: types[attribute] for attribute in keys.names}
    widened = Table(replace(schema, attributes={**schema.attributes, **added}), table.stream)
    begun = add_index(call.tx, call.node.catalog, widened, index)
    if not delay_ms(call):
        _begin_filling(call, begun, name)
    return begun


def delete_index(call: Call, table: Table, name: str) -> Table:
    """Raises ResourceNotFound, Validation for a local one, LimitExceeded while another index is
    being made."""
    check_deletable(table, name)
    return remove_index(call.tx, call.node.catalog, table, name)


def check_deletable(table: Table, name: str) -> None:
    """Raises ResourceNotFound, Validation for a local one, LimitExceeded while another index is
    being made."""
    index = table.indexes.get(name)
    if index is None or not index.is_global:
        raise index_missing(table.schema, name, "delete")
    _check_idle(table, name)


def _check_idle(table: Table, but: str) -> None:
    """An index may be dropped while it is being made; otherwise one follows the other."""
    for index in table.schema.indexes:
        if index.status == CREATING and index.name != but:
            raise _one_at_a_time()


def _one_at_a_time() -> LimitExceeded:
    return LimitExceeded(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table"
    )


def _begin_filling(call: Call, table: Table, name: str) -> None:
    node = call.node
    progress = backfill(call.tx, node.catalog, table, name, b"")
    filling = Filling(node.recorder, table, name)
    call.tx.after_commit(lambda: filling.note(progress))
    if progress.is_done:
        return
    index = table.indexes[name]

    def go_on() -> None:
        after = progress.after
        work = fill_index(
            node.engine, node.clock, node.catalog, table, index, after=after, filling=filling
        )
        node.tasks.spawn(f"fill index {table.name}.{name}", work)

    call.tx.after_commit(go_on)
