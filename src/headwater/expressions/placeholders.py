"""ExpressionAttributeNames and ExpressionAttributeValues of one request, checked and counted.

All expressions of a request share one Placeholders, because "unused" means unused by all of them.
This file knows maps of placeholders. It does not know grammar, nor which operation asks.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headwater.errors import Validation
from headwater.expressions.faults import malformed
from headwater.limits import MIB, PLACEHOLDER_BYTES_MAX
from headwater.values.attribute import ATTRIBUTE_NAME_BYTES_MAX, NESTED, Value, measured_value
from headwater.values.faults import Prefixable
from headwater.values.size import text_size

SUBSTITUTIONS_BYTES_MAX = 2 * MIB

_NAMES = "ExpressionAttributeNames"
_VALUES = "ExpressionAttributeValues"
_is_name_key = re.compile(r"#[A-Za-z0-9_]+", re.ASCII).fullmatch
_is_value_key = re.compile(r":[A-Za-z0-9_]+", re.ASCII).fullmatch


class Placeholders:
    """The two maps of a request; None stands for a map that is not in the request.

    Raises Validation, Prefixable or Serialization from the constructor if a map is empty, a key
    is no placeholder or a value is no value.
    """

    __slots__ = ("_names_used", "_values_used", "names", "values")

    def __init__(self, names: dict[str, str] | None, values: dict[str, Any] | None) -> None:
        self.names: dict[str, str] = _checked_names(names) if names is not None else {}
        self.values: dict[str, Value] = _checked_values(values) if values is not None else {}
        self._names_used: set[str] = set()
        self._values_used: set[str] = set()

    def use(self, names: Iterable[str], values: Iterable[str], what: str) -> None:
        """Mark placeholders as used by an expression; raise for the first that is not defined.

        what   the request parameter that holds the expression
        """
        for name in names:
            if name not in self.names:
                raise malformed(
                    what,
                    "An expression attribute name used in the document path is not defined;"
                    f" attribute name: {name}",
                )
        for value in values:
            if value not in self.values:
                raise malformed(
                    what,
                    "An expression attribute value used in expression is not defined;"
                    f" attribute value: {value}",
                )
        self._names_used.update(names)
        self._values_used.update(values)

    def check_all_used(self) -> None:
        """Raise if a name or value was used by no expression; call when all are parsed."""
        if len(self._names_used) < len(self.names):
            raise _unused(_NAMES, self.names, self._names_used)
        if len(self._values_used) < len(self.values):
            raise _unused(_VALUES, self.values, self._values_used)


def _unused(parameter: str, given: Iterable[str], used: set[str]) -> Prefixable:
    keys = ", ".join(key for key in given if key not in used)
    return Prefixable(f"Value provided in {parameter} unused in expressions: keys: {{{keys}}}")


def _checked_names(names: dict[str, str]) -> dict[str, str]:
    if not names:
        raise Validation(f"{_NAMES} must not be empty")
    for key, name in names.items():
        if len(key) > PLACEHOLDER_BYTES_MAX or not _is_name_key(key):
            raise _invalid_key(_NAMES, key)
        if not name:
            raise Validation(
                f"{_NAMES} contains invalid value: Attribute name must not be empty for key {key}"
            )
        if len(name) > PLACEHOLDER_BYTES_MAX and text_size(name) > ATTRIBUTE_NAME_BYTES_MAX:
            raise Prefixable("Attribute name is too large, must be less than 65536 bytes")
    return names


def _checked_values(values: dict[str, Any]) -> dict[str, Value]:
    if not values:
        raise Validation(f"{_VALUES} must not be empty")
    checked = {}
    size = 0
    for key, raw in values.items():
        if len(key) > PLACEHOLDER_BYTES_MAX or not _is_value_key(key):
            raise _invalid_key(_VALUES, key)
        try:
            checked[key], value_size = measured_value(raw)
        except Validation as fault:
            if fault.message == NESTED:
                raise
            text = f"{_VALUES} contains invalid value: {fault.message} for key {key}"
            raise type(fault)(text) from None
        size += value_size
    if size > SUBSTITUTIONS_BYTES_MAX:
        raise Validation(f"{_VALUES} exceeds max size")
    return checked


def _invalid_key(parameter: str, key: str) -> Validation:
    if len(key) > PLACEHOLDER_BYTES_MAX:
        return Validation(
            f"{parameter} contains invalid key: The expression attribute map contains a key that"
            f' is too long; key: "{key}"'
        )
    return Validation(f'{parameter} contains invalid key: Syntax error; key: "{key}"')


def check_parameters(
    params: Mapping[str, Any], *, expressions: Sequence[str], others: Sequence[str] = ()
) -> None:
    """Raise where a request mixes two styles, or brings placeholders without an expression.

    expressions  the expression parameters this operation knows, in AWS's order of telling them:
                 ("UpdateExpression", "ConditionExpression")
    others       its non-expression parameters: ("AttributeUpdates", "Expected", ...)

    Raises Prefixable. A parameter that is null counts as absent.
    """
    present = [name for name in expressions if params.get(name) is not None]
    old = [name for name in others if params.get(name) is not None]
    if old and present:
        raise Prefixable(
            "Can not use both expression and non-expression parameters in the same request:"
            f" Non-expression parameters: {{{', '.join(old)}}}"
            f" Expression parameters: {{{', '.join(present)}}}"
        )
    if present:
        return
    if params.get(_NAMES) is not None:
        raise Prefixable(f"{_NAMES} can only be specified when using expressions")
    if params.get(_VALUES) is not None:
        # A projection takes no values, so AWS does not miss it.
        valued = [name for name in expressions if name != "ProjectionExpression"]
        missing = " and ".join(valued) + (" is null" if len(valued) == 1 else " are null")
        raise Prefixable(f"{_VALUES} can only be specified when using expressions: {missing}")
