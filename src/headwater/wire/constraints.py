"""The second pass over a request: required members, lengths, ranges, enums and patterns.

All faults of a request are gathered and told together, ten at most, in AWS's words:

    1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member
    must have length greater than or equal to 3

It relies on the first pass (`json_types.py`): every value already has its JSON type.
Source of the texts: recorded answers of AWS; of the bounds: the service models.
"""

from typing import Any

from headwater.errors import Validation
from headwater.wire.java_text import java_text, lower_camel
from headwater.wire.models import Model, Shape, compile_pattern
from headwater.wire.rules import (
    ALONE,
    ENUM_ORDER,
    FAULTS_MAX,
    FIRST_FAULT_ONLY,
    MEMBER_ORDER,
    MEMBER_SHAPES,
    MISSING_IF_EMPTY,
    MISSING_TEXTS,
    OPAQUE_SHAPES,
    OPEN_ENUMS,
    TABLE_NAME_LENGTH_MAX,
    TABLE_NAME_PATTERN,
    TABLE_REFERENCE_SHAPE,
    TOLD_ELSEWHERE,
    UNVALUED_PATHS,
)

_MATCHED_CHARS_MAX = 300  # of a text that is too long anyway
_NOT_NULL = "Member must not be null"


def check_constraints(model: Model, operation: str, shape: Shape, params: dict[str, Any]) -> None:
    """Raises Validation with all faults of `params`, a request for `operation`."""
    _Gathering(model, operation).check(shape, params)


def member_shape(model: Model, operation: str, shape: Shape, name: str) -> Shape:
    """The shape a top-level member is held to."""
    return model.shape(MEMBER_SHAPES.get((operation, name)) or shape.members[name].shape)


class _Gathering:
    """The faults of one request, as they are found."""

    def __init__(self, model: Model, operation: str) -> None:
        self._model = model
        self._operation = operation
        self._unvalued = UNVALUED_PATHS.get(operation)
        self._faults: list[str] = []

    def check(self, shape: Shape, params: dict[str, Any]) -> None:
        for name in shape.required:
            text = MISSING_TEXTS.get((self._operation, name))
            if text is None:
                continue
            is_empty = (self._operation, name) in MISSING_IF_EMPTY and not params.get(name)
            if name not in params or is_empty:
                raise Validation(text)
        for name in sorted(shape.members, key=lambda name: name not in ALONE):
            if name not in ALONE:
                self._raise_if_any()
                break
            self._member(shape, params, name)
        for name in shape.members:
            if name not in ALONE:
                self._member(shape, params, name)
        self._raise_if_any()

    def _raise_if_any(self) -> None:
        faults = self._faults[: 1 if self._operation in FIRST_FAULT_ONLY else FAULTS_MAX]
        if faults:
            plural = "error" if len(faults) == 1 else "errors"
            raise Validation(f"{len(faults)} validation {plural} detected: {'; '.join(faults)}")

    def _member(self, shape: Shape, params: dict[str, Any], name: str) -> None:
        path = lower_camel(name)
        value = params.get(name)
        if value is None:
            if name in shape.required:
                self._missing(path)
            return
        held_to = member_shape(self._model, self._operation, shape, name)
        self._walk(held_to, value, path)

    def _walk(self, shape: Shape, value: Any, path: str) -> None:
        if shape.name in OPAQUE_SHAPES or (self._model.service_id, shape.name) in TOLD_ELSEWHERE:
            return
        if value is None:
            self._missing(path)
            return
        for text in violations(shape, value):
            self._fault(shape, value, path, text)
        if shape.kind == "structure":
            self._structure(shape, value, path)
        elif shape.kind == "list":
            self._list(shape, value, path)
        elif shape.kind == "map":
            self._map(shape, value, path)

    def _structure(self, shape: Shape, value: dict[str, Any], path: str) -> None:
        for name in MEMBER_ORDER.get(shape.name, shape.members):
            member = shape.members[name]
            inner = f"{path}.{lower_camel(name)}"
            entry = value.get(name)
            if entry is not None:
                self._walk(self._model.shape(member.shape), entry, inner)
            elif name in shape.required:
                self._missing(inner)

    def _list(self, shape: Shape, value: list[Any], path: str) -> None:
        element = self._model.shape(shape.element)
        if element.kind in ("structure", "list", "map"):
            for index, entry in enumerate(value, 1):
                self._walk(element, entry, f"{path}.{index}.member")
        elif any(entry is None or violations(element, entry) for entry in value):
            self._fault(shape, value, path, f"Member must satisfy constraint: {_all(element)}")

    def _map(self, shape: Shape, value: dict[str, Any], path: str) -> None:
        key = self._model.shape(shape.key)
        if any(violations(key, name) for name in value):
            self._fault(shape, value, path, f"Map keys must satisfy constraint: {_all(key)}")
        element = self._model.shape(shape.element)
        # A value's own bounds are told of the map as a whole; what is inside it has a path.
        unvalued = self._unvalued is not None and bool(self._unvalued.fullmatch(path))
        for name, entry in value.items():
            if not unvalued and entry is not None and violations(element, entry):
                text = f"Map value must satisfy constraint: {_all(element)}"
                self._fault(shape, value, path, text)
                return
            self._walk(element, entry, f"{path}.{name}.member")

    def _missing(self, path: str) -> None:
        self._faults.append(f"Value null at '{path}' failed to satisfy constraint: {_NOT_NULL}")

    def _fault(self, shape: Shape, value: Any, path: str, text: str) -> None:
        if self._unvalued is not None and self._unvalued.fullmatch(path):
            shown = f"Value at '{_model_names(path)}'"
        else:
            shown = f"Value '{java_text(self._model, shape, value)}' at '{path}'"
        self._faults.append(f"{shown} failed to satisfy constraint: {text}")


def violations(shape: Shape, value: Any) -> list[str]:
    """What `value` itself violates of `shape`, not looking inside it."""
    if shape.name == TABLE_REFERENCE_SHAPE:
        return _table_reference(shape, value)
    if shape.kind in ("structure", "boolean", "timestamp"):
        return []
    found: list[str] = []
    if shape.enum and value not in shape.enum and shape.name not in OPEN_ENUMS:
        found.append(_enum(shape))
    size = value if shape.kind in ("integer", "long", "float", "double") else _length(shape, value)
    if shape.pattern is not None and not _is_endless(shape, size):
        if not _matches(shape.pattern, value):
            found.append(_pattern(shape.pattern))
    if shape.minimum is not None and size < shape.minimum:
        found.append(_least(shape))
    if shape.maximum is not None and size > shape.maximum:
        found.append(_most(shape))
    return found


def _table_reference(shape: Shape, value: str) -> list[str]:
    """A table's name or ARN: a name is held to the bounds of names, whatever the model says."""
    if not value:
        return [_least(shape)]
    if value.startswith("arn:"):
        return [_most(shape)] if shape.maximum is not None and len(value) > shape.maximum else []
    found = [] if _matches(TABLE_NAME_PATTERN, value) else [_pattern(TABLE_NAME_PATTERN)]
    if len(value) > TABLE_NAME_LENGTH_MAX:
        found.append(f"Member must have length less than or equal to {TABLE_NAME_LENGTH_MAX}")
    return found


def _length(shape: Shape, value: Any) -> int:
    """Of a blob, its bytes; of anything else, its entries or characters."""
    if shape.kind == "blob" and isinstance(value, str):
        return len(value) // 4 * 3 - value[-2:].count("=")
    return len(value)


def _is_endless(shape: Shape, size: Any) -> bool:
    """Whether a text is so much too long that its length is all that is told of it.

    A pattern such as S3Bucket's takes the cube of the length to say no.
    """
    return shape.maximum is not None and size > max(shape.maximum, _MATCHED_CHARS_MAX)


def _matches(pattern: str, value: str) -> bool:
    compiled = compile_pattern(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


def _all(shape: Shape) -> str:
    """All constraints of a shape, as AWS lists them for the entries of a list or map."""
    texts: list[str] = []
    if shape.maximum is not None:
        texts.append(_most(shape))
    if shape.minimum is not None:
        texts.append(_least(shape))
    if shape.name == TABLE_REFERENCE_SHAPE:
        texts.append(_pattern(TABLE_NAME_PATTERN))
    if shape.pattern is not None:
        texts.append(_pattern(shape.pattern))
    if shape.enum:
        texts.append(_enum(shape))
    return f"[{', '.join(texts)}]"


def _least(shape: Shape) -> str:
    return f"Member must have {_measure(shape)} greater than or equal to {shape.minimum}"


def _most(shape: Shape) -> str:
    return f"Member must have {_measure(shape)} less than or equal to {shape.maximum}"


def _measure(shape: Shape) -> str:
    return "value" if shape.kind in ("integer", "long", "float", "double") else "length"


def _pattern(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def _enum(shape: Shape) -> str:
    known = set(shape.enum)
    ordered = [word for word in ENUM_ORDER.get(shape.name, ()) if word in known]
    ordered += [word for word in shape.enum if word not in ordered]
    return f"Member must satisfy enum value set: [{', '.join(ordered)}]"


def _model_names(path: str) -> str:
    """A path with the members' names as the model writes them.

    >>> _model_names("requestItems.orders.member.keys")
    'RequestItems.orders.member.Keys'
    """
    head, *rest = path.split(".")
    shown = [head[:1].upper() + head[1:]]
    if rest:
        shown += [*rest[:-1], rest[-1][:1].upper() + rest[-1][1:]]
    return ".".join(shown)
