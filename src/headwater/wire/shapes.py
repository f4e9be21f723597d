"""Is this a request AWS would take? One check for each operation, made from its model.

A check is two things. A quick test, compiled to closures, says yes to nearly every valid request
within a microsecond or two and never explains itself. Whenever it does not say yes, the full
check decides: JSON types first (`json_types.py`), then all constraints (`constraints.py`). So the
quick test may be narrower than AWS, and must never be wider.

AttributeValues are opaque here; `values/` reads them. Members unknown to the model pass, since AWS
ignores them too.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

from headwater.errors import Serialization
from headwater.wire.constraints import check_constraints, member_shape
from headwater.wire.json_types import is_base64, is_moment, read_types
from headwater.wire.models import Model, Shape, compile_pattern
from headwater.wire.rules import OPAQUE_SHAPES, TABLE_REFERENCE, TABLE_REFERENCE_SHAPE

Quick = Callable[[Any], bool]
Check = Callable[[Any], dict[str, Any]]

_NUMBER_KINDS = ("float", "double")
_INT32_MAX = (1 << 31) - 1
_INT64_MAX = (1 << 63) - 1


def compile_check(model: Model, operation: str) -> Check:
    """The check of one operation's params.

    It returns the params as handlers get them: the same dict, or a corrected one in which members
    that were null are absent. It raises Serialization or Validation in AWS's words.
    """
    input_name = model.operations[operation].input
    if not input_name:
        return _no_input
    shape = model.shape(input_name)
    quick = _Compiler(model).top(operation, shape)

    def check(params: Any) -> dict[str, Any]:
        if quick(params):
            return params  # type: ignore[no-any-return]  # quick has looked
        return full_check(model, operation, shape, params)

    return check


def full_check(model: Model, operation: str, shape: Shape, params: Any) -> dict[str, Any]:
    """The slow and exact check: what the quick test leaves undecided comes here."""
    if not isinstance(params, dict):
        raise Serialization
    read: dict[str, Any] = read_types(model, shape, params)
    check_constraints(model, operation, shape, read)
    return read


def _no_input(params: Any) -> dict[str, Any]:
    if not isinstance(params, dict):
        raise Serialization
    return params


class _Compiler:
    """Closures for the shapes of one model, each made once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._made: dict[str, Quick] = {}

    def top(self, operation: str, shape: Shape) -> Quick:
        members = {
            name: self.quick(member_shape(self._model, operation, shape, name))
            for name in shape.members
        }
        return _structure(members, shape.required)

    def quick(self, shape: Shape) -> Quick:
        made = self._made.get(shape.name)
        if made is None:
            # A shape that contains itself meets this while it is being made.
            self._made[shape.name] = lambda value: self._made[shape.name](value)
            made = self._made[shape.name] = self._make(shape)
        return made

    def _make(self, shape: Shape) -> Quick:
        if shape.name in OPAQUE_SHAPES:
            return _is_object
        if shape.kind == "structure":
            members = {
                name: self.quick(self._model.shape(member.shape))
                for name, member in shape.members.items()
            }
            return _structure(members, shape.required)
        if shape.kind == "map":
            return self._map(shape)
        if shape.kind == "list":
            element = self.quick(self._model.shape(shape.element))
            return _list(element, shape.minimum or 0, _bound(shape.maximum))
        return _scalar(shape)

    def _map(self, shape: Shape) -> Quick:
        key = self._model.shape(shape.key)
        if shape.element in OPAQUE_SHAPES and _only_maximum(key) and shape.maximum is None:
            return _opaque_map(_bound(key.maximum))
        element = self.quick(self._model.shape(shape.element))
        return _map(self.quick(key), element, shape.minimum or 0, _bound(shape.maximum))


def _bound(maximum: int | None) -> int:
    return _INT64_MAX if maximum is None else maximum


def _only_maximum(shape: Shape) -> bool:
    return shape.pattern is None and not shape.enum and not shape.minimum


def _structure(members: dict[str, Quick], required: tuple[str, ...]) -> Quick:
    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name in required:
            if name not in value:
                return False
        for name, entry in value.items():
            member = members.get(name)
            if member is not None and not member(entry):
                return False
        return True

    return check


def _opaque_map(key_length_max: int) -> Quick:
    """Attributes by name: the items, keys and expression values of nearly every request."""

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, entry in value.items():
            if type(entry) is not dict or len(name) > key_length_max:
                return False
        return True

    return check


def _map(key: Quick, element: Quick, least: int, most: int) -> Quick:
    def check(value: Any) -> bool:
        if type(value) is not dict or not least <= len(value) <= most:
            return False
        return all(key(name) and element(entry) for name, entry in value.items())

    return check


def _list(element: Quick, least: int, most: int) -> Quick:
    def check(value: Any) -> bool:
        if type(value) is not list or not least <= len(value) <= most:
            return False
        return all(element(entry) for entry in value)

    return check


def _scalar(shape: Shape) -> Quick:
    if shape.name == TABLE_REFERENCE_SHAPE:
        return _table_reference
    if shape.kind == "string":
        return _string(shape)
    if shape.kind == "boolean":
        return _is_boolean
    if shape.kind in ("integer", "long"):
        widest = _INT32_MAX if shape.kind == "integer" else _INT64_MAX
        least = -widest if shape.minimum is None else shape.minimum
        return _integer(least, widest if shape.maximum is None else shape.maximum)
    if shape.kind in _NUMBER_KINDS and shape.minimum is None and shape.maximum is None:
        return _is_number
    if shape.kind == "timestamp":
        return _is_moment
    if shape.kind == "blob" and shape.minimum is None and shape.maximum is None:
        return _is_blob
    return _undecided


def _string(shape: Shape) -> Quick:
    if shape.enum:
        words = frozenset(shape.enum)
        return lambda value: type(value) is str and value in words
    least = shape.minimum or 0
    most = _bound(shape.maximum)
    if shape.pattern is None:
        return lambda value: type(value) is str and least <= len(value) <= most
    pattern = compile_pattern(shape.pattern)
    if pattern is None:
        return _undecided
    matches = pattern.fullmatch
    return lambda value: (
        type(value) is str and least <= len(value) <= most and matches(value) is not None
    )


def _integer(least: int, most: int) -> Quick:
    return lambda value: type(value) is int and least <= value <= most


def _table_reference(value: Any) -> bool:
    return type(value) is str and TABLE_REFERENCE.fullmatch(value) is not None


def _is_object(value: Any) -> bool:
    return type(value) is dict


def _is_boolean(value: Any) -> bool:
    return value is True or value is False


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and isfinite(value))


def _is_moment(value: Any) -> bool:
    return _is_number(value) and is_moment(value)


def _is_blob(value: Any) -> bool:
    return type(value) is bytes or (type(value) is str and is_base64(value))


def _undecided(value: Any) -> bool:
    return False
