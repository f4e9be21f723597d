"""The request parameters from before expressions: strategies, their JSON, and the trees they mean.

    entry     (name, operator, values)      of Expected, QueryFilter and ScanFilter
    Expected  (entries, "AND", "OR" or None, whether in its first form: Value and Exists)
    Updates   {name: (action, value)}       value None: DELETE of a whole attribute
    Asked     (entries, joiner, names, limit)

Source: AWS, developer guide, "Legacy conditional parameters".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from tests.model.requests import FREE, KEYABLE, LISTS, OF_KIND, SCALARS, SETS, VALUES, between

Entry = tuple[str, str, list[Any]]
Expected = tuple[list[Entry], str | None, bool]
Updates = dict[str, tuple[str, Any]]
Asked = tuple[list[Entry], str | None, list[str] | None, int | None]

_SIGNS = {"EQ": "=", "NE": "<>", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_OPERATORS = {sign: operator for operator, sign in _SIGNS.items()}
_KEY_OPERATORS = {**_OPERATORS, "between": "BETWEEN", "begins": "BEGINS_WITH"}


def _one(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return values.map(lambda value: [value])


_OF_ONE_KIND = st.sampled_from("SNB").flatmap(
    lambda kind: st.lists(OF_KIND[kind], min_size=1, max_size=3)
)
_BOUNDS = st.sampled_from("SNB").flatmap(
    lambda kind: st.lists(OF_KIND[kind], min_size=2, max_size=2).map(between)
)
_TAKEN: dict[str, st.SearchStrategy[list[Any]]] = {
    **dict.fromkeys(("EQ", "NE"), _one(VALUES)),
    **dict.fromkeys(("LT", "LE", "GT", "GE"), _one(SCALARS)),
    "IN": _OF_ONE_KIND,
    "BETWEEN": _BOUNDS,
    "BEGINS_WITH": _one(st.one_of(OF_KIND["S"], OF_KIND["B"])),
    **dict.fromkeys(("CONTAINS", "NOT_CONTAINS"), _one(SCALARS)),
    **dict.fromkeys(("NULL", "NOT_NULL"), st.just([])),
}
_NAMES = (*FREE, *KEYABLE)
_ENTRIES = st.lists(
    st.sampled_from(sorted(_TAKEN)).flatmap(
        lambda operator: st.tuples(st.sampled_from(_NAMES), st.just(operator), _TAKEN[operator])
    ),
    max_size=3,
    unique_by=lambda entry: entry[0],
)
_JOINERS = st.sampled_from(["AND", "OR", None])
EXPECTED: st.SearchStrategy[Expected] = st.tuples(_ENTRIES, _JOINERS, st.booleans())
ASKED: st.SearchStrategy[Asked] = st.tuples(
    _ENTRIES,
    _JOINERS,
    st.one_of(st.none(), st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True)),
    st.sampled_from([None, 1, 2, 7]),
)
_ACTIONS = st.one_of(
    st.tuples(st.just("PUT"), VALUES),
    st.tuples(st.just("PUT"), VALUES),
    st.tuples(st.just("ADD"), st.one_of(OF_KIND["N"], SETS, LISTS)),
    st.tuples(st.just("DELETE"), st.one_of(st.none(), SETS)),
)
UPDATES: st.SearchStrategy[Updates] = st.dictionaries(
    st.sampled_from(_NAMES), _ACTIONS, min_size=1, max_size=4
)


# --- as the request has them ---------------------------------------------------------------------


def expected_members(expected: Expected) -> dict[str, Any]:
    """Expected and ConditionalOperator, as far as they say something."""
    entries, joiner, in_first_form = expected
    made = {entry[0]: _expectation(entry, in_first_form) for entry in entries}
    return {"Expected": made, **_joined(entries, joiner)} if made else {}


def _expectation(entry: Entry, in_first_form: bool) -> dict[str, Any]:
    _, operator, values = entry
    if in_first_form and operator == "EQ":
        return {"Value": values[0]}
    if in_first_form and operator == "NULL":
        return {"Exists": False}
    return _comparison(operator, values)


def filter_members(name: str, entries: Sequence[Entry], joiner: str | None) -> dict[str, Any]:
    """QueryFilter or ScanFilter, and ConditionalOperator."""
    made = {entry[0]: _comparison(*entry[1:]) for entry in entries}
    return {name: made, **_joined(entries, joiner)} if made else {}


def _comparison(operator: str, values: list[Any]) -> dict[str, Any]:
    some = {"AttributeValueList": values} if values else {}
    return {"ComparisonOperator": operator, **some}


def _joined(entries: Sequence[Entry], joiner: str | None) -> dict[str, Any]:
    # One entry alone has nothing to join: that is refused.
    return {"ConditionalOperator": joiner} if joiner and len(entries) > 1 else {}


def key_conditions(terms: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """KeyConditions. terms: as Model.found takes them"""
    return {
        name: {"ComparisonOperator": _KEY_OPERATORS[sign], "AttributeValueList": list(values)}
        for name, sign, *values in terms
    }


def update_members(updates: Updates) -> dict[str, Any]:
    """AttributeUpdates; PUT is what is meant where no action is said."""
    made = {}
    for name, (action, value) in updates.items():
        said = {} if action == "PUT" and len(updates) % 2 else {"Action": action}
        made[name] = {**said, **({} if value is None else {"Value": value})}
    return made


# --- as the model has them -----------------------------------------------------------------------


def tree_of(entries: Sequence[Entry], joiner: str | None) -> Any:
    """The condition that some entries mean; None for none."""
    tree: Any = None
    for entry in entries:
        one = _tree(*entry)
        tree = one if tree is None else ("or" if joiner == "OR" else "and", tree, one)
    return tree


def _tree(name: str, operator: str, values: list[Any]) -> Any:
    path = (name,)
    subject, operands = ("path", path), [("value", value) for value in values]
    if operator in _SIGNS:
        return (_SIGNS[operator], subject, *operands)
    if operator == "BETWEEN":
        return ("between", subject, *operands)
    if operator == "IN":
        return ("in", subject, operands)
    if operator in ("NULL", "NOT_NULL"):
        return ("missing" if operator == "NULL" else "exists", path)
    if operator == "BEGINS_WITH":
        return ("begins", path, values[0])
    contains = ("contains", path, values[0])
    # What is missing contains nothing, and does not "not contain" anything either.
    return contains if operator == "CONTAINS" else ("and", ("exists", path), ("not", contains))


def update_tree(updates: Mapping[str, tuple[str, Any]]) -> dict[str, list[Any]]:
    """The update that AttributeUpdates mean."""
    tree: dict[str, list[Any]] = {}
    for name, (action, value) in updates.items():
        path = (name,)
        if action == "PUT":
            tree.setdefault("SET", []).append((path, ("value", value)))
        elif value is None:
            tree.setdefault("REMOVE", []).append(path)
        else:
            tree.setdefault(action, []).append((path, value))
    return tree
