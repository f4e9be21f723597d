"""INSERT, UPDATE, DELETE and EXISTS: plans of writes, run by tables/write.py.

Each names one item by its whole key; what else WHERE says is a condition on that item. INSERT wants
no item there and UPDATE wants one, while DELETE of a missing item does nothing, whatever else WHERE
says. Sources: AWS, developer guide, "PartiQL statements for DynamoDB"; recorded answers, 2026.
"""

from typing import NamedTuple

from headwater.errors import ConditionalCheckFailed, DuplicateItem, Validation
from headwater.expressions.condition import Condition
from headwater.expressions.predicates import Test
from headwater.expressions.update import Update
from headwater.partiql.assignments import bind_update
from headwater.partiql.constants import Constants
from headwater.partiql.faults import NO_FULL_KEY
from headwater.partiql.keys import equality
from headwater.partiql.syntax import Delete, Exists, Insert, Node, Write
from headwater.partiql.syntax import Update as UpdateStatement
from headwater.partiql.where import bind_where, joined
from headwater.storage.engine import Transaction
from headwater.tables import write
from headwater.tables.keys import Key, check_not_key
from headwater.tables.schema import Table
from headwater.tables.write import Written
from headwater.values.codec import decode_item, encode_item
from headwater.values.size import Item

_NO_ATTRIBUTES: frozenset[str] = frozenset()
_ON_INDEX = "This operation is not supported on an index"
_IS_NEW = Condition(lambda item: not item, _NO_ATTRIBUTES)


class WritePlan(NamedTuple):
    """What a statement writes.

    kind       Insert, Update, Delete or Exists
    item       to be inserted, or the key
    size       of the former in bytes
    condition  on the item that is there
    returning  "ALL OLD", "MODIFIED NEW", ... or ""
    """

    table: Table
    kind: str
    item: Item
    size: int
    condition: Condition
    update: Update | None = None
    returning: str = ""


def plan_write(table: Table, statement: Write, constants: Constants) -> WritePlan:
    """The plan of a write on its table. Raises Validation in AWS's words."""
    if isinstance(statement, Insert):
        item, size = _new_item(statement, constants)
        return WritePlan(table, "Insert", item, size, _IS_NEW)
    if isinstance(statement, Exists):
        if statement.target.index_name:
            raise Validation(_ON_INDEX)
        key, rest = _split(table, statement.select.where, constants)
        return WritePlan(table, "Exists", key, 0, _on_existing(rest))
    if statement.target.index_name:
        raise Validation(_ON_INDEX)
    if isinstance(statement, UpdateStatement):
        key, rest = _split(table, statement.where, constants)
        update = bind_update(statement, constants)
        condition = _on_existing(rest)
        return WritePlan(table, "Update", key, 0, condition, update, statement.returning)
    assert isinstance(statement, Delete), statement
    if statement.returning not in ("", "ALL OLD"):
        raise Validation(
            f"Invalid returning clause: RETURNING {statement.returning} *. Only RETURNING ALL OLD "
            "* is allowed in DELETE statements."
        )
    key, rest = _split(table, statement.where, constants)
    return WritePlan(table, "Delete", key, 0, _unless_missing(rest), None, statement.returning)


def run_write(
    tx: Transaction, plan: WritePlan, key: Key | None, now_ms: int, *, old_on_failure: bool = False
) -> Written:
    """Do what a plan says.

    key             of plan.item, in plan.table; INSERT does without
    old_on_failure  a failed condition's error carries the item that was found
    Raises DuplicateItem, ConditionalCheckFailed, Validation.
    """
    table = plan.table
    if plan.kind == "Insert":
        try:
            return write.put(tx, table, plan.item, plan.size, now_ms, condition=plan.condition)
        except ConditionalCheckFailed:
            raise DuplicateItem from None
    assert key is not None
    if plan.kind == "Exists":
        size = write.check(tx, table, key, plan.condition, old_on_failure=old_on_failure)
        return Written(b"", size, b"", size, {})
    if plan.kind == "Delete":
        return write.delete(
            tx, table, key, now_ms, condition=plan.condition, old_on_failure=old_on_failure
        )
    assert plan.update is not None
    check_not_key(table, plan.update.attributes)
    return write.update(
        tx,
        table,
        key,
        plan.update,
        now_ms,
        condition=plan.condition,
        old_on_failure=old_on_failure,
    )


def returned(plan: WritePlan, written: Written) -> bytes:
    """JSON of what RETURNING asks for; b"" if there is nothing to return."""
    if not plan.returning:
        return b""
    which, image = plan.returning.split()
    image_json = written.old if image == "OLD" else written.new
    if which == "ALL" or not image_json or plan.update is None:
        return image_json
    touched = plan.update.touched(decode_item(image_json))
    return encode_item(touched) if touched else b""


def _new_item(statement: Insert, constants: Constants) -> tuple[Item, int]:
    found = constants.item(statement.item)
    if found is None:
        raise Validation("The item of INSERT has to be a map of values")
    return found


def _split(table: Table, where: Node | None, constants: Constants) -> tuple[Item, Test | None]:
    """The key that a WHERE clause names, and what else it says."""
    conditions = bind_where(where, constants)
    key: Item = {}
    for name in table.key_names:
        found = equality(name, conditions, constants)
        if found is None:
            raise Validation(NO_FULL_KEY)
        conditions = [one for one in conditions if one is not found.condition]
        key[name] = found.values[0]
    return key, joined(conditions) if conditions else None


def _on_existing(rest: Test | None) -> Condition:
    if rest is None:
        return Condition(bool, _NO_ATTRIBUTES)
    return Condition(lambda item: bool(item) and rest(item), _NO_ATTRIBUTES)


def _unless_missing(rest: Test | None) -> Condition:
    if rest is None:
        return Condition(lambda _: True, _NO_ATTRIBUTES)
    return Condition(lambda item: not item or rest(item), _NO_ATTRIBUTES)
