"""The first of two passes over a request: every JSON value has the type its member asks for.

The pass goes through the document in its own order and stops at the first value that cannot be
read, as AWS's reader does. What it returns is the request as AWS would hold it: members that are
null are absent, whole numbers are whole. It knows types; lengths and enums are the second pass
(`constraints.py`). Members the model does not name are kept, since AWS ignores them.
Source of the texts: recorded answers of AWS.
"""

import re
from math import isfinite
from typing import Any, Final

from headwater.errors import Serialization
from headwater.wire.models import Model, Shape
from headwater.wire.rules import NOT_FINITE_TOLD, OPAQUE_SHAPES

_UNEXPECTED_MAP = "Start of structure or map found where not expected"
_UNEXPECTED_FIELD = "Unexpected field type"
_UNEXPECTED_VALUE = "Unexpected value type in payload"
_NOT_BASE64 = "only base-64-encoded strings are convertible to bytes"

_JAVA_PACKAGE = "com.amazonaws.dynamodb.v20120810."
_JAVA_SCALARS = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "boolean": "Boolean",
    "float": "Float",
    "double": "Double",
    "timestamp": "Date",
}
_INTEGER_BITS = {"integer": 31, "long": 63}
# What SDKs write in JSON, which has no numbers for them.
_NOT_FINITE: Final = {word: float(word) for word in ("NaN", "Infinity", "-Infinity")}
_MOMENT_S_MAX = 253_402_300_800  # the year 10000
# With a length that is a multiple of 4 this is the whole grammar. A stricter pattern with groups
# is ten times slower, and a function's code may be 70 MB of this.
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII)


def read_types(model: Model, shape: Shape, value: Any) -> Any:
    """`value` as a request of `shape` holds it, or Serialization at the first wrong type."""
    kind = shape.kind
    if shape.name in OPAQUE_SHAPES:
        return _read_opaque(shape, value)
    if kind == "structure":
        return _read_structure(model, shape, value)
    if kind == "list":
        return _read_list(model, shape, value)
    if kind == "map":
        return _read_map(model, shape, value)
    if kind == "blob":
        return _read_blob(value)
    if kind == "double" and (model.service_id, shape.name) in NOT_FINITE_TOLD:
        if isinstance(value, float):
            return value
        if isinstance(value, str) and value in _NOT_FINITE:
            return _NOT_FINITE[value]
    return _read_scalar(kind, value)


def _read_structure(model: Model, shape: Shape, value: Any) -> dict[str, Any]:
    entries = _need_object(shape, value, f"class {_JAVA_PACKAGE}{shape.name}")
    read: dict[str, Any] = {}
    for name, entry in entries.items():
        member = shape.members.get(name)
        if member is None:
            read[name] = entry
        elif entry is not None:
            read[name] = read_types(model, model.shape(member.shape), entry)
    return read


def _read_map(model: Model, shape: Shape, value: Any) -> dict[str, Any]:
    element = model.shape(shape.element)
    entries = _need_object(shape, value, f"java.util.Map<java.lang.String, {_java_name(element)}>")
    return {key: _read_entry(model, element, entry) for key, entry in entries.items()}


def _read_list(model: Model, shape: Shape, value: Any) -> list[Any]:
    if isinstance(value, dict):
        raise Serialization(_UNEXPECTED_MAP)
    if not isinstance(value, list):
        raise Serialization(_UNEXPECTED_FIELD)
    element = model.shape(shape.element)
    return [_read_entry(model, element, entry) for entry in value]


def _read_entry(model: Model, element: Shape, entry: Any) -> Any:
    """An entry of a list or map. Null stays: it has a place, unlike an absent member."""
    if entry is not None:
        return read_types(model, element, entry)
    # An AttributeValue that is null sets no type, which `values/` has AWS's text for.
    return {} if element.name in OPAQUE_SHAPES else None


def _read_opaque(shape: Shape, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        raise Serialization(f"Unrecognized collection type class {_JAVA_PACKAGE}{shape.name}")
    raise Serialization(_UNEXPECTED_VALUE)


def is_base64(text: str) -> bool:
    """Whether `text` is canonical base64 in form; what it decodes to is not looked at."""
    return len(text) % 4 == 0 and _BASE64.fullmatch(text) is not None


def _read_blob(value: Any) -> str | bytes:
    """A blob stays base64 text: whoever needs its bytes decodes them once. A blob that is the
    whole body of a REST request comes as bytes."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        raise Serialization(_UNEXPECTED_MAP)
    if not isinstance(value, str):
        raise Serialization(_NOT_BASE64)
    if len(value) % 4:
        raise Serialization(
            "Base64 encoded length is expected a multiple of 4 bytes but found: " + str(len(value))
        )
    if not is_base64(value):
        raise Serialization(_NOT_BASE64)
    return value


def _read_scalar(kind: str, value: Any) -> Any:
    if isinstance(value, dict):
        raise Serialization(_UNEXPECTED_MAP)
    if isinstance(value, list):
        raise Serialization(f"Unrecognized collection type class java.lang.{_JAVA_SCALARS[kind]}")
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if _is_number(value):
        if kind in _INTEGER_BITS:
            return _whole(kind, value)
        if kind in ("float", "double") or (kind == "timestamp" and is_moment(value)):
            return value
    raise Serialization(f"{_token(value)} cannot be converted to {_JAVA_SCALARS[kind]}")


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def is_moment(value: int | float) -> bool:
    """Whether seconds since 1970 fall into the years that a date can have."""
    return abs(value) < _MOMENT_S_MAX


def _whole(kind: str, value: int | float) -> int:
    """A whole number of the member's width; fractions are cut off, as Java's conversion does."""
    whole = int(value)
    if not -(1 << _INTEGER_BITS[kind]) <= whole < 1 << _INTEGER_BITS[kind]:
        raise Serialization(f"NUMBER_VALUE cannot be converted to {_JAVA_SCALARS[kind]}")
    return whole


def _need_object(shape: Shape, value: Any, java_type: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        raise Serialization(f"Unrecognized collection type {java_type}")
    raise Serialization(_UNEXPECTED_FIELD)


def _java_name(shape: Shape) -> str:
    scalar = _JAVA_SCALARS.get(shape.kind)
    return f"java.lang.{scalar}" if scalar else _JAVA_PACKAGE + shape.name


def _token(value: Any) -> str:
    """The name AWS's reader has for a JSON token."""
    if value is True:
        return "TRUE_VALUE"
    if value is False:
        return "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    return "NUMBER_VALUE"
