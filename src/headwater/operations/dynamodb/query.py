"""Query: read items of one partition key, of a table or an index, in the order of sort keys."""

from collections.abc import Sequence

from headwater.errors import Validation
from headwater.expressions.condition import plan_condition
from headwater.expressions.key_condition import KeyCondition, parse_key_condition
from headwater.expressions.legacy import legacy_key_condition
from headwater.expressions.placeholders import Placeholders, check_parameters
from headwater.operations.call import Call
from headwater.operations.dynamodb.item_params import (
    Params,
    item_table,
    placeholders_of,
    projection_param,
)
from headwater.operations.dynamodb.reading import (
    BAD_START,
    Shown,
    check_select,
    filter_param,
    index_param,
    page_answer,
    start_key_matches,
    start_key_param,
    start_of,
)
from headwater.tables.indexes import check_searched_value
from headwater.tables.read import Bounds, query_bounds, read_page, source_prefix
from headwater.tables.schema import IndexPlan, Table
from headwater.values.size import Item

_KEYS = "KeyConditionExpression"
_OLDER = ("AttributesToGet", "QueryFilter", "ConditionalOperator")


def query(call: Call) -> bytes:
    """Source: AWS, API reference, "Query"."""
    params = call.params
    _check_parameters(params)
    start_key = start_key_param(params)
    placeholders = placeholders_of(params)
    _check_key_condition(params, placeholders)
    shown = Shown(
        filter_param(params, placeholders, "QueryFilter"),
        projection_param(params, placeholders),
        params.get("Select") == "COUNT",
    )
    placeholders.check_all_used()
    table = item_table(call)
    plan = index_param(params, table, shown)
    condition = _key_condition(params, placeholders, table, plan)
    _check_values(table, plan, condition)
    _check_filter(table, plan, params, shown)
    prefix = source_prefix(table, plan)
    bounds = query_bounds(prefix, condition.hash, condition.terms)
    after = None
    if start_key is not None:
        after = _start(table, plan, condition, bounds, prefix, start_key)
    page = read_page(
        call.tx,
        bounds,
        reverse=not params.get("ScanIndexForward", True),
        limit=params.get("Limit"),
        after=after,
    )
    if _is_point(table, plan, condition):
        # There is nothing behind its one item, and a key to go on from would be refused.
        page = page._replace(is_cut=False)
    return page_answer(call, table, plan, page, shown)


def _check_parameters(params: Params) -> None:
    """Refuse combinations that no table could make right. Raises Validation."""
    # KeyConditions goes with the newer filter and projection, but not with its own successor.
    older = (*_OLDER, "KeyConditions") if _KEYS in params else _OLDER
    check_parameters(
        params,
        expressions=("ProjectionExpression", "FilterExpression", _KEYS),
        others=older,
    )
    check_select(params, prefixed_missing=True)
    if _KEYS not in params and "KeyConditions" not in params:
        raise Validation(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
            "the request."
        )


def _check_key_condition(params: Params, placeholders: Placeholders) -> None:
    """What can be said of the key condition before the table is known."""
    text = params.get(_KEYS)
    if text is not None:
        parsed = plan_condition(text, _KEYS)
        placeholders.use(parsed.names, parsed.values, _KEYS)


def _names(table: Table, plan: IndexPlan | None) -> tuple[Sequence[str], Sequence[str]]:
    """Hash and range attributes of what is read."""
    if plan is not None:
        return plan.index.hash_names, plan.index.range_names
    return (table.hash_name,), () if table.range_name is None else (table.range_name,)


def _key_condition(
    params: Params, placeholders: Placeholders, table: Table, plan: IndexPlan | None
) -> KeyCondition:
    hash_names, range_names = _names(table, plan)
    text = params.get(_KEYS)
    if text is not None:
        return parse_key_condition(text, placeholders, hash_names, range_names)
    return legacy_key_condition(params["KeyConditions"], hash_names, range_names)


def _check_values(table: Table, plan: IndexPlan | None, condition: KeyCondition) -> None:
    """Refuse values that no key of the schema can have. Raises Validation."""
    hash_names, _ = _names(table, plan)
    pairs = list(zip(hash_names, condition.hash, strict=True))
    pairs += [(term.name, value) for term in condition.terms for value in term.values]
    for name, value in pairs:
        if table.schema.attributes[name] not in value:
            raise Validation(
                "One or more parameter values were invalid: Condition parameter type does not "
                "match schema type"
            )
        check_searched_value(table, plan, name, value)


def _check_filter(table: Table, plan: IndexPlan | None, params: Params, shown: Shown) -> None:
    """A filter may not look at the keys that the key condition is for. Raises Validation."""
    if shown.filter is None:
        return
    hash_names, range_names = _names(table, plan)
    for name in (*hash_names, *range_names):
        if name in shown.filter.attributes:
            what = "Filter Expression" if "FilterExpression" in params else "QueryFilter"
            raise Validation(
                f"{what} can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _start(
    table: Table,
    plan: IndexPlan | None,
    condition: KeyCondition,
    bounds: Bounds,
    prefix: bytes,
    start_key: Item,
) -> bytes:
    """The storage key behind which to go on. Raises Validation unless the query can be there."""
    if not start_key_matches(table, plan, start_key):
        raise Validation(BAD_START)
    hash_names, _ = _names(table, plan)
    if _is_point(table, plan, condition):
        raise Validation("The query can return at most one row and cannot be restarted")
    if tuple(start_key[name] for name in hash_names) != condition.hash:
        raise Validation(
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    after = start_of(prefix, table, plan, start_key)
    if not bounds.start <= after < bounds.end:
        raise Validation("The provided starting key does not match the range key predicate")
    return after


def _is_point(table: Table, plan: IndexPlan | None, condition: KeyCondition) -> bool:
    """Whether a query asks for one whole key of the table."""
    if plan is not None:
        return False
    return table.range_name is None or any(term.op == "=" for term in condition.terms)
