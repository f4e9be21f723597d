"""SELECT: which items of a table or index a statement reads, in which order, and what it shows.

A statement that names one value, or several, of the partition key reads those partitions, one after
the other; any other reads everything. One that names the whole key of a table reads one item.
Sources: AWS, developer guide, "PartiQL select statements for DynamoDB"; the texts are recorded.
"""

from typing import NamedTuple

from headwater.errors import NotSupported, Validation
from headwater.expressions.comparison import ORDERED, kind_of
from headwater.expressions.key_condition import Term
from headwater.expressions.predicates import Test
from headwater.partiql.columns import Columns
from headwater.partiql.constants import Constants
from headwater.partiql.keys import Found, choice, equality, range_term
from headwater.partiql.syntax import Order, Select
from headwater.partiql.where import Condition, bind_where, joined
from headwater.tables.indexes import check_searched_value
from headwater.tables.keys import (
    Key,
    key_of_request,
)
from headwater.tables.read import Bounds, query_bounds, scan_bounds, source_prefix
from headwater.tables.schema import CREATING, IndexPlan, Table
from headwater.values.ordering import encode_key
from headwater.values.size import Value

_OMP = "One or more parameter values were invalid: "
_HASH_VALUES_MAX = 50  # in IN (AWS, developer guide, "PartiQL operators")


class ReadPlan(NamedTuple):
    """What a SELECT reads and shows.

    key      the whole key of a table's item, if the statement names it
    bounds   where to read, in this order; one for each partition that is named, or the whole
    filter   the conditions that do not follow from key or bounds; None if all do
    columns  None for a star
    """

    table: Table
    plan: IndexPlan | None
    key: Key | None
    bounds: tuple[Bounds, ...]
    reverse: bool
    filter: Test | None
    columns: Columns | None


class _Names(NamedTuple):
    """Key attributes of what is read."""

    hash: str
    range: str | None


def plan_select(
    table: Table, select: Select, constants: Constants, *, consistent: bool = False
) -> ReadPlan:
    """The plan of a SELECT on its table.

    Raises Validation in AWS's words, in its order: the index, the columns, WHERE, ORDER BY.
    """
    plan = _index(table, select.target.index_name)
    columns = None if select.columns is None else Columns(select.columns)
    if plan is not None and plan.index.is_global and consistent:
        raise Validation("Strongly consistent read is not supported on Global Secondary Indexes")
    conditions = bind_where(select.where, constants)
    names = _names(table, plan)
    hashes = equality(names.hash, conditions, constants) or choice(
        names.hash, conditions, constants
    )
    term = None
    if hashes is not None and names.range is not None:
        rest = [condition for condition in conditions if condition is not hashes.condition]
        term = range_term(names.range, rest, constants)
    _check_values(table, plan, hashes, term)
    rest = [one for one in conditions if one not in _used(hashes, term)]
    if plan is not None:
        _check_projected(plan, columns, rest, is_keyed=hashes is not None)
    reverse, values = _ordered(select, names, hashes)
    return ReadPlan(
        table,
        plan,
        _whole_key(table, plan, names, values, term),
        _bounds(table, plan, values, term),
        reverse,
        joined(rest) if rest else None,
        columns,
    )


def _index(table: Table, name: str) -> IndexPlan | None:
    if not name:
        return None
    plan = table.plan(name)
    if plan is None:
        raise Validation("The table does not have the specified index")
    if plan.index.status == CREATING:
        raise Validation(f"Cannot read from backfilling global secondary index: {name}")
    if len(plan.index.hash_names) > 1 or len(plan.index.range_names) > 1:
        raise Validation(
            "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
            "multi-attribute RANGE keys."
        )
    return plan


def _names(table: Table, plan: IndexPlan | None) -> _Names:
    if plan is None:
        return _Names(table.hash_name, table.range_name)
    return _Names(plan.index.hash_names[0], next(iter(plan.index.range_names), None))


def _used(*found: Found | None) -> list[Condition]:
    """The conditions that bounds already see to."""
    return [one.condition for one in found if one is not None]


def _check_values(
    table: Table, plan: IndexPlan | None, hashes: Found | None, term: Found | None
) -> None:
    """Refuse values that no key of the schema can have. Raises Validation."""
    if hashes is None:
        return
    names = _names(table, plan)
    if len(hashes.values) > _HASH_VALUES_MAX:
        raise Validation(
            "The IN operator is provided with too many operands;"
            f" number of operands: {len(hashes.values)}"
        )
    for value in hashes.values:
        _check_value(table, plan, names.hash, value)
    if term is not None and names.range is not None:
        for value in term.values:
            _check_value(table, plan, names.range, value)


def _check_value(table: Table, plan: IndexPlan | None, name: str, value: Value) -> None:
    if table.schema.attributes[name] != kind_of(value) or kind_of(value) not in ORDERED:
        raise Validation(f"{_OMP}Condition parameter type does not match schema type")
    check_searched_value(table, plan, name, value)


def _check_projected(
    plan: IndexPlan, columns: Columns | None, rest: list[Condition], *, is_keyed: bool
) -> None:
    """Refuse what an index that keeps only some attributes cannot give.

    A filter on an attribute it does not keep is refused where the partition key is named; a scan
    of the index takes such an attribute for missing (recorded).
    """
    if plan.kept is None:
        return
    name = plan.index.name
    if plan.index.is_global and columns is not None and not columns.attributes <= plan.kept:
        missing = ", ".join(sorted(columns.attributes - plan.kept))
        raise Validation(f"{_OMP}Global secondary index {name} does not project [{missing}]")
    read = {attribute for condition in rest for attribute in condition.attributes}
    if is_keyed and not read <= plan.kept:
        missing = ", ".join(sorted(read - plan.kept))
        raise Validation(
            f"{_OMP}Secondary index {name} does not project one or more filter attributes: "
            f"[{missing}]"
        )


def _ordered(
    select: Select, names: _Names, hashes: Found | None
) -> tuple[bool, tuple[Value, ...] | None]:
    """Whether to read backwards, and the partition keys in the order to read them.

    None: all of them.
    """
    values = None if hashes is None else _distinct(hashes.values)
    if not select.order:
        return False, values
    if select.where is None:
        raise Validation("Must have WHERE clause in the statement when using ORDER BY clause.")
    for order in select.order:
        if order.name not in names:
            raise Validation(
                f"Variable reference {order.name} in ORDER BY clause must be part of the "
                "primary key"
            )
    if values is None:
        raise Validation(
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause."
        )
    return _reads_backwards(select.order, names), _sorted(values, select.order, names)


def _reads_backwards(order: tuple[Order, ...], names: _Names) -> bool:
    return any(one.descending for one in order if one.name == names.range)


def _sorted(
    values: tuple[Value, ...], order: tuple[Order, ...], names: _Names
) -> tuple[Value, ...]:
    if len(values) == 1:
        return values
    if order[0].name != names.hash:
        raise NotSupported("ORDER BY the sort key alone is not supported across partition keys")
    return tuple(sorted(values, key=encode_key, reverse=order[0].descending))


def _distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple({repr(value): value for value in values}.values())


def _whole_key(
    table: Table,
    plan: IndexPlan | None,
    names: _Names,
    values: tuple[Value, ...] | None,
    term: Found | None,
) -> Key | None:
    if plan is not None or values is None or len(values) > 1:
        return None
    key = {names.hash: values[0]}
    if names.range is not None:
        if term is None or term.term is None or term.term.op != "=":
            return None
        key[names.range] = term.values[0]
    return key_of_request(table, key)


def _bounds(
    table: Table, plan: IndexPlan | None, values: tuple[Value, ...] | None, term: Found | None
) -> tuple[Bounds, ...]:
    prefix = source_prefix(table, plan)
    if values is None:
        return (scan_bounds(prefix),)
    terms: list[Term] = [term.term] if term is not None and term.term is not None else []
    return tuple(query_bounds(prefix, (value,), terms) for value in values)
