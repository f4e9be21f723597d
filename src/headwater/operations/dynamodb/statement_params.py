"""What the three PartiQL operations share: a statement with its parameters, ready for a table."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.errors import Validation
from headwater.partiql.changing import WritePlan
from headwater.partiql.constants import Constants
from headwater.partiql.statements import parse
from headwater.partiql.syntax import Statement
from headwater.tables.keys import Key, key_of_item, key_of_request
from headwater.values.attribute import canonical_value
from headwater.values.size import Value


class Request(NamedTuple):
    """One statement of a request."""

    text: str
    statement: Statement
    parameters: list[Value]
    constants: Constants


def statement_param(params: Mapping[str, Any]) -> Request:
    """Statement and Parameters of a request, or of one of its members.

    Raises Validation: first for the text, then for the parameters, then if they do not match.
    """
    text = params["Statement"]
    parsed = parse(text)
    parameters = [canonical_value(raw) for raw in params.get("Parameters", ())]
    if len(parameters) != parsed.parameters:
        raise Validation("Number of parameters in request and statement don't match.")
    return Request(text, parsed.statement, parameters, Constants(parameters))


def key_of_plan(plan: WritePlan) -> Key:
    """The key of the item that a plan writes. Raises Validation for one that does not fit."""
    if plan.kind == "Insert":
        return key_of_item(plan.table, plan.item)
    return key_of_request(plan.table, plan.item)
