"""The parameters from before expressions, turned into the same conditions, updates and projections.

Expected, QueryFilter and ScanFilter become a Condition, KeyConditions a KeyCondition,
AttributeUpdates an Update, AttributesToGet a Projection. They name top-level attributes only, know
no placeholders and have texts of their own.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from headwater.errors import Validation
from headwater.expressions.comparison import begins_with, compare_values, contains, kind_of
from headwater.expressions.condition import Condition
from headwater.expressions.key_condition import KeyCondition, Term, arrange
from headwater.expressions.paths import DocumentPath, Getter, getter
from headwater.expressions.predicates import (
    Test,
    all_of,
    any_of,
    between_test,
    compare_test,
    exists,
    in_test,
    not_exists,
    pairwise,
)
from headwater.expressions.projection import Projection
from headwater.expressions.update import Evaluator, Update
from headwater.values.attribute import Value, canonical_value

_OMP = "One or more parameter values were invalid: "
_MISMATCH = "Type mismatch for attribute to update"

_COMPARATORS = {"EQ": "=", "NE": "<>", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_SCALARS = frozenset({"S", "N", "B"})
_PARTS = _SCALARS | {"BOOL", "NULL"}
_SETS = frozenset({"SS", "NS", "BS"})
# What an operator takes: how many values (None: one or more) and of which types (None: any).
_OPERATORS: dict[str, tuple[int | None, frozenset[str] | None]] = {
    "EQ": (1, None),
    "NE": (1, None),
    "LT": (1, _SCALARS),
    "LE": (1, _SCALARS),
    "GT": (1, _SCALARS),
    "GE": (1, _SCALARS),
    "IN": (None, _SCALARS),
    "BETWEEN": (2, _SCALARS),
    "BEGINS_WITH": (1, frozenset({"S", "B"})),
    "CONTAINS": (1, _PARTS),
    "NOT_CONTAINS": (1, _PARTS),
    "NULL": (0, None),
    "NOT_NULL": (0, None),
}
_ENUM = (  # in the order AWS prints it
    "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS"
)
_KEY_OPERATORS = {
    "EQ": "=",
    "LT": "<",
    "LE": "<=",
    "GT": ">",
    "GE": ">=",
    "BETWEEN": "BETWEEN",
    "BEGINS_WITH": "begins_with",
}


# --- conditions ----------------------------------------------------------------------------------


def filter_condition(filters: Mapping[str, Any], conditional_operator: str | None) -> Condition:
    """QueryFilter or ScanFilter: {name: {"ComparisonOperator", "AttributeValueList"}}.

    conditional_operator   "AND", "OR" or None, which means AND

    Raises Validation in AWS's words.
    """
    tests = []
    for name, entry in filters.items():
        operator = _operator(entry.get("ComparisonOperator"))
        values = [canonical_value(raw) for raw in entry.get("AttributeValueList") or ()]
        _check_values(operator, values)
        tests.append(_test(name, operator, values))
    return _joined(tests, filters, conditional_operator)


def expected_condition(expected: Mapping[str, Any], conditional_operator: str | None) -> Condition:
    """Expected: {name: {"Value", "Exists"} or {"ComparisonOperator", "AttributeValueList"}}.

    Raises as filter_condition does.
    """
    tests = [_expected_test(name, entry) for name, entry in expected.items()]
    return _joined(tests, expected, conditional_operator)


def check_conditional_operator(conditional_operator: str | None, conditions: int) -> None:
    """Raise for a ConditionalOperator that has nothing to join.

    conditions   how many entries the request's Expected or filter has
    """
    if conditional_operator is None:
        return
    if not conditions:
        raise Validation("ConditionalOperator cannot be used without Filter or Expected")
    if conditions < 2:
        raise Validation(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def _joined(
    tests: list[Test], names: Mapping[str, Any], conditional_operator: str | None
) -> Condition:
    check_conditional_operator(conditional_operator, len(tests))
    join = any_of if conditional_operator == "OR" else all_of
    return Condition(join(tests), frozenset(names))


def _expected_test(name: str, entry: Mapping[str, Any]) -> Test:
    operator = entry.get("ComparisonOperator")
    raw_value, raw_list = entry.get("Value"), entry.get("AttributeValueList")
    present = entry.get("Exists")
    if raw_value is not None and raw_list is not None:
        raise _unfit(f"Value and AttributeValueList cannot be used together for Attribute: {name}")
    if operator is None:
        if raw_list is not None:
            raise _unfit(
                f"AttributeValueList can only be used with a ComparisonOperator for"
                f" Attribute: {name}"
            )
        return _existence_test(name, raw_value, present)
    if present is not None:
        raise _unfit(f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
    operator = _operator(operator)
    count, _ = _OPERATORS[operator]
    if raw_value is None and raw_list is None and count != 0:
        raise _unfit(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator}"
            f" for Attribute: {name}"
        )
    raws = raw_list or ([] if raw_value is None else [raw_value])
    values = [canonical_value(raw) for raw in raws]
    _check_values(operator, values)
    return _test(name, operator, values)


def _existence_test(name: str, raw_value: Any, present: bool | None) -> Test:
    if present is False:
        if raw_value is not None:
            raise _unfit(f"Value cannot be used when Exists is set to false for Attribute: {name}")
        return not_exists((name,))
    if raw_value is None:
        told = "null" if present is None else "true"
        raise _unfit(f"Value must be provided when Exists is set to {told} for Attribute: {name}")
    return _test(name, "EQ", [canonical_value(raw_value)])


def _unfit(text: str) -> Validation:
    return Validation(_OMP + text)


def _operator(operator: Any) -> str:
    if operator not in _OPERATORS:
        shown = "null" if operator is None else f"'{operator}'"
        raise Validation(
            f"1 validation error detected: Value {shown} at 'comparisonOperator' failed to satisfy"
            f" constraint: Member must satisfy enum value set: [{_ENUM}]"
        )
    return str(operator)


def _check_values(operator: str, values: list[Value]) -> None:
    count, kinds = _OPERATORS[operator]
    if len(values) != count and (count is not None or not values):
        raise _unfit(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    for value in values:
        kind = kind_of(value)
        if kinds is not None and kind not in kinds:
            raise _unfit(
                f"ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
            )
    if len({kind_of(value) for value in values}) > 1:
        raise _unfit("AttributeValues inside AttributeValueList must be of same type")
    if operator == "BETWEEN" and compare_values(values[0], values[1]) == 1:
        raise Validation(
            "The BETWEEN condition was provided a range where the lower bound is greater than the"
            " upper bound"
        )


def _test(name: str, operator: str, values: list[Value]) -> Test:
    get = getter((name,))
    constants = [_constant(value) for value in values]
    if operator in _COMPARATORS:
        return compare_test(_COMPARATORS[operator], get, constants[0], values[0])
    return _TESTS[operator](name, get, constants)


def _constant(value: Value) -> Getter:
    return lambda _: value


_TESTS: dict[str, Callable[[str, Getter, list[Getter]], Test]] = {
    "NULL": lambda name, get, values: not_exists((name,)),
    "NOT_NULL": lambda name, get, values: exists((name,)),
    "IN": lambda name, get, values: in_test(get, values),
    "BETWEEN": lambda name, get, values: between_test(get, values[0], values[1]),
    "BEGINS_WITH": lambda name, get, values: pairwise(begins_with, get, values[0]),
    "CONTAINS": lambda name, get, values: pairwise(contains, get, values[0]),
    # False where the attribute is missing, unlike NOT contains() in an expression.
    "NOT_CONTAINS": lambda name, get, values: pairwise(_lacks, get, values[0]),
}


def _lacks(value: Value, part: Value) -> bool:
    return not contains(value, part)


# --- keys, projections, updates ------------------------------------------------------------------


def legacy_key_condition(
    conditions: Mapping[str, Any], hash_names: Sequence[str], range_names: Sequence[str]
) -> KeyCondition:
    """KeyConditions: {name: {"ComparisonOperator", "AttributeValueList"}}.

    hash_names, range_names   key attributes of the table or index, in the order of its schema

    Raises Validation in AWS's words. Whether values have the types of the schema is for the caller.
    """
    if not 1 <= len(conditions) <= max(2, len(hash_names) + len(range_names)):
        raise Validation("Conditions can be of length 1 or 2 only")
    terms = {}
    for name, entry in conditions.items():
        operator = _operator(entry.get("ComparisonOperator"))
        values = [canonical_value(raw) for raw in entry.get("AttributeValueList") or ()]
        _check_values(operator, values)
        if operator not in _KEY_OPERATORS:
            raise Validation("Attempted conditional constraint is not an indexable operation")
        terms[name] = Term(name, _KEY_OPERATORS[operator], tuple(values))
    return arrange(terms, hash_names, range_names)


def legacy_projection(names: Sequence[str]) -> Projection:
    """AttributesToGet: names of top-level attributes, none twice."""
    seen = set()
    for name in names:
        if name in seen:
            raise _unfit(f"Duplicate value in attribute name: {name}")
        seen.add(name)
    return Projection([(name,) for name in names])


def legacy_update(updates: Mapping[str, Any]) -> Update:
    """AttributeUpdates: {name: {"Value", "Action": "PUT" (also if absent), "ADD" or "DELETE"}}.

    ADD may append to a list, which ADD in an expression may not.
    Raises Validation in AWS's words.
    """
    sets: list[tuple[DocumentPath, Evaluator]] = []
    removes: list[DocumentPath] = []
    adds: list[tuple[DocumentPath, Value]] = []
    deletes: list[tuple[DocumentPath, Value]] = []
    for name, entry in updates.items():
        path: DocumentPath = (name,)
        action = entry.get("Action") or "PUT"
        raw = entry.get("Value")
        if raw is None:
            if action != "DELETE":
                raise _unfit("Only DELETE action is allowed when no attribute value is specified")
            removes.append(path)
            continue
        value = canonical_value(raw)
        kind = kind_of(value)
        if action == "PUT":
            sets.append((path, _constant(value)))
        elif action == "ADD":
            if kind != "N" and kind != "L" and kind not in _SETS:
                raise _unfit(f"ADD action is not supported for the type {kind}")
            adds.append((path, value))
        else:
            if kind not in _SETS:
                raise _unfit(f"DELETE action with value is not supported for the type {kind}")
            deletes.append((path, value))
    return Update(sets, removes, adds, deletes, mismatch=_MISMATCH)
