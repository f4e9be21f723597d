"""What the parameters of item operations mean: conditions, projections, return values.

Requests come here with their JSON types and constraints checked (wire/shapes.py). This file turns
parameters, expressions or their older forms, into things that tables/ and expressions/ work with,
in AWS's order of checks: combinations, attribute values, expressions, unused placeholders. It does
not know tables or keys. Source of the texts: recorded answers of AWS.
"""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.expressions.condition import Condition, parse_condition
from headwater.expressions.legacy import (
    check_conditional_operator,
    expected_condition,
    legacy_projection,
)
from headwater.expressions.placeholders import Placeholders, check_parameters
from headwater.expressions.projection import Projection, parse_projection
from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_missing, table_named
from headwater.tables.schema import CREATING, DELETING, Table
from headwater.values.faults import Prefixable, prefixed
from headwater.wire.reply import Answer

Params = Mapping[str, Any]

_GONE = frozenset({CREATING, DELETING})


def item_table(call: Call) -> Table:
    """The table an item operation works on; one that is being made or deleted is not there yet.

    Raises ResourceNotFound, Validation for an ARN that names no table.
    """
    return item_table_named(call, call.params["TableName"])


def item_table_named(call: Call, reference: str) -> Table:
    """As `item_table`, for a table named elsewhere in the request."""
    table = table_named(call, reference)
    if table.schema.status in _GONE:
        raise table_missing(call, reference)
    return table


def answers_prefixed(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """A handler whose faults carry AWS's prefix where their family does: PutItem, UpdateItem."""

    def prefixing(call: Call) -> Answer:
        try:
            return handler(call)
        except Prefixable as fault:
            raise prefixed(fault) from None

    prefixing.__name__ = handler.__name__
    prefixing.__doc__ = handler.__doc__
    return prefixing


def placeholders_of(params: Params) -> Placeholders:
    """The request's ExpressionAttributeNames and ExpressionAttributeValues.

    Raises Validation for empty maps, keys that are no placeholders, values that are no values.
    """
    return Placeholders(
        params.get("ExpressionAttributeNames"), params.get("ExpressionAttributeValues")
    )


def check_write_parameters(params: Params) -> None:
    """Refuse combinations PutItem and DeleteItem do not take. Raises Prefixable."""
    check_parameters(
        params,
        expressions=("ConditionExpression",),
        others=("Expected", "ConditionalOperator"),
    )
    if params.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
        raise Prefixable("ReturnValues can only be ALL_OLD or NONE")


def condition_param(params: Params, placeholders: Placeholders) -> Condition | None:
    """The condition a write depends on, in either form; None if there is none."""
    text = params.get("ConditionExpression")
    if text is not None:
        return parse_condition(text, placeholders)
    expected = params.get("Expected")
    operator = params.get("ConditionalOperator")
    if expected is None:
        check_conditional_operator(operator, 0)
        return None
    return expected_condition(expected, operator)


def only_condition(params: Params) -> Condition | None:
    """The condition of a write whose only expression it is; every placeholder has to be used."""
    placeholders = placeholders_of(params)
    condition = condition_param(params, placeholders)
    placeholders.check_all_used()
    return condition


def wants_old_on_failure(params: Params) -> bool:
    """Whether the error of a failed condition is to carry the item it met."""
    return bool(params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")


def projection_param(params: Params, placeholders: Placeholders) -> Projection | None:
    """Which parts of items are asked for, in either form; None for all."""
    text = params.get("ProjectionExpression")
    if text is not None:
        return parse_projection(text, placeholders)
    names = params.get("AttributesToGet")
    return None if names is None else legacy_projection(names)


def only_projection(params: Params) -> Projection | None:
    """The projection of a read whose only expression it is.

    params  of GetItem, of one table of BatchGetItem, or of a Get in TransactGetItems
    """
    check_parameters(params, expressions=("ProjectionExpression",), others=("AttributesToGet",))
    placeholders = placeholders_of(params)
    projection = projection_param(params, placeholders)
    placeholders.check_all_used()
    return projection
