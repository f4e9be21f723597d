"""AWS's words for wrong JSON types inside attribute values: {"S": 5}, {"L": "x"}, bad base64.

DynamoDB parses a whole request before it looks at any value, so these faults are told before all
others, wherever they stand. The walk here runs only when a value has been refused already; it goes
without recursion, because callers nest as deep as they like.
"""

from collections.abc import Callable, Iterable
from typing import Any

from headwater.errors import Serialization
from headwater.values.binary import check_base64

_STRUCTURE = "Start of structure or map found where not expected"
_VALUE_CLASS = "com.amazonaws.dynamodb.v20120810.AttributeValue"


def check_item_shape(raw: Any) -> None:
    """Raise Serialization for the first wrong JSON type in a raw item; None if there is none."""
    _walk(_map_members(raw))


def check_value_shape(raw: Any) -> None:
    """Raise Serialization for the first wrong JSON type in a raw value; None if there is none."""
    _walk([raw])


def _walk(values: Iterable[Any]) -> None:
    waiting = list(values)[::-1]
    while waiting:
        value = waiting.pop()
        if value is None:
            continue
        if isinstance(value, list):
            raise Serialization(f"Unrecognized collection type class {_VALUE_CLASS}")
        if not isinstance(value, dict):
            raise Serialization("Unexpected value type in payload")
        for kind, content in value.items():
            check = _CHECKS.get(kind)
            if check is not None and content is not None:
                waiting.extend(list(check(content))[::-1])


def _string(content: Any) -> Iterable[Any]:
    if not isinstance(content, str):
        raise Serialization(_not_scalar(content, "String", "java.lang.String"))
    return ()


def _boolean(content: Any) -> Iterable[Any]:
    if not isinstance(content, bool):
        raise Serialization(_not_scalar(content, "Boolean", "java.lang.Boolean"))
    return ()


def _binary(content: Any) -> Iterable[Any]:
    if isinstance(content, str):
        check_base64(content)
        return ()
    if isinstance(content, (list, dict)):
        raise Serialization(_not_scalar(content, "Blob", "java.nio.ByteBuffer"))
    raise Serialization("only base-64-encoded strings are convertible to bytes")


def _not_scalar(content: Any, target: str, java_class: str) -> str:
    if isinstance(content, dict):
        return _STRUCTURE
    if isinstance(content, list):
        return f"Unrecognized collection type class {java_class}"
    return f"{token_name(content)} cannot be converted to {target}"


def token_name(content: Any) -> str:
    """AWS's name of a JSON scalar: STRING_VALUE, NUMBER_VALUE, DECIMAL_VALUE, TRUE_VALUE, ..."""
    if isinstance(content, bool):
        return "TRUE_VALUE" if content else "FALSE_VALUE"
    if isinstance(content, str):
        return "STRING_VALUE"
    return "NUMBER_VALUE" if isinstance(content, int) else "DECIMAL_VALUE"


def _list_elements(content: Any) -> list[Any]:
    if isinstance(content, dict):
        raise Serialization(_STRUCTURE)
    if not isinstance(content, list):
        raise Serialization("Unexpected field type")
    return content


def _map_members(content: Any) -> Iterable[Any]:
    if isinstance(content, list):
        raise Serialization("Unrecognized collection type class java.util.Map")
    if not isinstance(content, dict):
        raise Serialization("Unexpected field type")
    return content.values()


def _each(check: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterable[Any]]:
    def elements(content: Any) -> Iterable[Any]:
        for element in _list_elements(content):
            if element is not None:
                check(element)
        return ()

    return elements


_CHECKS: dict[str, Callable[[Any], Iterable[Any]]] = {
    "S": _string,
    "N": _string,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _boolean,
    "SS": _each(_string),
    "NS": _each(_string),
    "BS": _each(_binary),
    "L": _list_elements,
    "M": _map_members,
}
