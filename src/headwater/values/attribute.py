"""The way in for every value: DynamoDB JSON checked, made canonical and measured in one walk.

Canonical: N without exponent, leading or trailing zeros; sets sorted and free of duplicates;
exactly one type per value. Two values are equal if and only if their canonical forms are. Behind
this door the rest of the house trusts values and never checks them again.

This file knows forms of values and AWS's texts about them. It does not know keys, tables, item
limits or operations. The walk is the hottest code of a write, hence its first branches: strings
and integers that are canonical already are settled without a call.
"""

from collections.abc import Callable
from typing import Any

from headwater.errors import Validation
from headwater.limits import ITEM_BYTES_MAX, NESTING_LEVELS_MAX
from headwater.values.binary import is_base64, raw_bytes
from headwater.values.faults import Prefixable
from headwater.values.number import (
    canonical_number,
    is_canonical_integer,
    is_positive_integer,
    number_of,
)
from headwater.values.shape import check_item_shape, check_value_shape
from headwater.values.size import (
    CONTAINER_BYTES,
    ELEMENT_BYTES,
    Item,
    Value,
    binary_size,
    number_size,
    text_size,
)

__all__ = ["Item", "Value", "canonical_item", "canonical_value", "measured_value"]

ATTRIBUTE_NAME_BYTES_MAX = 65535
# The innermost scalar is a level too: AWS takes a string in 31 maps and refuses one in 32.
_CONTAINERS_MAX = NESTING_LEVELS_MAX - 1

_OMP = "One or more parameter values were invalid: "
_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_MANY = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the"
    " supported datatypes"
)
NESTED = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels"
    " beyond supported limit"
)
_TOO_LARGE = "Item size has exceeded the maximum allowed size"
# Whatever is twice too large, or has this many members and is too large, is given up at once.
_MANY_MEMBERS = 10_000
_HOPELESS_BYTES = 2 * ITEM_BYTES_MAX


class _Misshapen(Exception):
    """Somewhere a JSON type is wrong; `shape.py` finds the place and the words."""


class _Endless(Exception):
    """Far more than an item can hold, whatever the rest of it is: to look at every member would
    keep everybody else waiting."""


def canonical_item(raw: Any) -> tuple[Item, int]:
    """An item as it came in a request, made canonical, and its size in bytes.

    raw   parsed JSON: attribute names to DynamoDB JSON values

    The result may share parts with raw; neither is to be changed afterwards.
    Raises Serialization where JSON types are wrong (anywhere in raw, before all else), Validation
    or its subclass Prefixable where values are; Validation without a further look when an item, or
    a set, list or map in it, is larger by far than an item can be.

    >>> canonical_item({"n": {"N": "+1.0"}})
    ({'n': {'N': '1'}}, 3)
    """
    try:
        return _members(raw, 0)
    except _Endless:
        raise Validation(_TOO_LARGE) from None
    except (Validation, _Misshapen):
        check_item_shape(raw)
        raise


def canonical_value(raw: Any) -> Value:
    """One value as it came in a request, made canonical; raises as canonical_item does.

    >>> canonical_value({"SS": ["b", "a"]})
    {'SS': ['a', 'b']}
    """
    return measured_value(raw)[0]


def measured_value(raw: Any) -> tuple[Value, int]:
    """One value as it came in a request, made canonical, and its size in bytes."""
    try:
        return _value(raw, 0)
    except _Endless:
        raise Validation(_TOO_LARGE) from None
    except (Validation, _Misshapen):
        check_value_shape(raw)
        raise


def _members(raw: Any, depth: int) -> tuple[Item, int]:
    """The attributes of an item or map: canonical, and the bytes of names and values."""
    if type(raw) is not dict:
        raise _Misshapen
    if len(raw) > _MANY_MEMBERS and sum(map(len, raw)) > ITEM_BYTES_MAX:
        raise _Endless
    size = 0
    members: Item = {}
    for name, value in raw.items():
        if not name.isascii() or len(name) > ATTRIBUTE_NAME_BYTES_MAX or not name:
            size += _name_size(name)
        else:
            size += len(name)
        if type(value) is dict and len(value) == 1:
            for kind in value:
                content = value[kind]
            if type(content) is str:
                if kind == "S":
                    size += len(content) if content.isascii() else len(content.encode())
                    members[name] = value
                    continue
                # Without a pair of trailing zeros: 1 byte, and 1 for every two digits.
                if kind == "N" and is_positive_integer(content) and content[-2:] != "00":
                    size += (len(content) + 3) >> 1
                    members[name] = value
                    continue
        members[name], value_size = _value(value, depth)
        size += value_size
        if size > _HOPELESS_BYTES:
            raise _Endless
    return members, size


def _name_size(name: str) -> int:
    if not name:
        raise Validation(_OMP + "Attribute name must not be empty")
    size = text_size(name)
    if size > ATTRIBUTE_NAME_BYTES_MAX:
        raise Prefixable("Attribute name is too large, must be less than 65536 bytes")
    return size


def _value(raw: Any, depth: int) -> tuple[Value, int]:
    if type(raw) is not dict:
        if raw is None:
            raise Validation(_EMPTY)
        raise _Misshapen
    if len(raw) != 1:
        raw = _one_type(raw)
    for kind, content in raw.items():
        form = _FORMS.get(kind)
        if form is None or content is None:
            break
        canonical, size = form(content, depth)
        return (raw if canonical is content else {kind: canonical}), size
    raise Validation(_EMPTY)


def _one_type(raw: dict[str, Any]) -> dict[str, Any]:
    """Without nulls and members DynamoDB does not know, which it ignores."""
    known = {kind: raw[kind] for kind in raw if kind in _FORMS and raw[kind] is not None}
    if len(known) > 1:
        raise Validation(_MANY)
    return known


def _string(content: Any, depth: int) -> tuple[str, int]:
    if type(content) is not str:
        raise _Misshapen
    return content, text_size(content)


def _number(content: Any, depth: int) -> tuple[str, int]:
    if type(content) is not str:
        raise _Misshapen
    canonical = canonical_number(content)
    return canonical, number_size(canonical)


def _binary(content: Any, depth: int) -> tuple[str, int]:
    if type(content) is not str or not is_base64(content):
        raise _Misshapen
    return content, binary_size(content)


def _boolean(content: Any, depth: int) -> tuple[bool, int]:
    if type(content) is not bool:
        raise _Misshapen
    return content, 1


def _null(content: Any, depth: int) -> tuple[bool, int]:
    if type(content) is not bool:
        raise _Misshapen
    if not content:
        raise Prefixable(_OMP + "Null attribute value types must have the value of true")
    return content, 1


def _list(content: Any, depth: int) -> tuple[list[Value], int]:
    if type(content) is not list:
        raise _Misshapen
    if content and depth >= _CONTAINERS_MAX:
        raise Validation(NESTED)
    size = CONTAINER_BYTES
    size_max = ITEM_BYTES_MAX if len(content) > _MANY_MEMBERS else _HOPELESS_BYTES
    elements = []
    for raw in content:
        element, element_size = _value(raw, depth + 1)
        elements.append(element)
        size += element_size + ELEMENT_BYTES
        if size > size_max:
            raise _Endless
    return elements, size


def _map(content: Any, depth: int) -> tuple[Item, int]:
    if content and depth >= _CONTAINERS_MAX:
        raise Validation(NESTED)
    members, size = _members(content, depth + 1)
    return members, size + CONTAINER_BYTES + ELEMENT_BYTES * len(members)


def _string_set(content: Any, depth: int) -> tuple[list[str], int]:
    _check_set(content, "An string set  may not be empty")
    elements = sorted(content)
    if len(set(elements)) < len(elements):
        raise Prefixable(f"{_OMP}Input collection {_shown(content)} contains duplicates.")
    return elements, sum(map(text_size, elements))


def _number_set(content: Any, depth: int) -> tuple[list[str], int]:
    _check_set(content, "An number set  may not be empty", 2)
    if all(map(is_canonical_integer, content)):
        elements = sorted(content, key=int)
    else:
        elements = sorted(map(canonical_number, content), key=number_of)
    if len(set(elements)) < len(elements):
        raise Prefixable(_OMP + "Input collection contains duplicates.")
    return elements, sum(map(number_size, elements))


def _binary_set(content: Any, depth: int) -> tuple[list[str], int]:
    _check_set(content, "Binary sets should not be empty")
    if not all(map(is_base64, content)):
        raise _Misshapen
    elements = sorted(content, key=raw_bytes)
    if len(set(elements)) < len(elements):
        raise Prefixable(f"{_OMP}Input collection {_shown(content)}of type BS contains duplicates.")
    return elements, sum(map(binary_size, elements))


def _check_set(content: Any, empty: str, member_bytes_min: int = 1) -> None:
    if type(content) is not list:
        raise _Misshapen
    if not content:
        raise Prefixable(_OMP + empty)
    if not all(type(element) is str for element in content):
        if None in content:
            check_value_shape({"SS": content})
            raise Validation(_OMP + "An string set  may not have a null string as a member")
        raise _Misshapen
    # Members of a set differ, so all but one have a byte or more; a number has two.
    if len(content) > _MANY_MEMBERS and (len(content) - 1) * member_bytes_min > ITEM_BYTES_MAX:
        raise _Endless


def _shown(elements: list[str]) -> str:
    return "[" + ", ".join(elements) + "]"


_FORMS: dict[str, Callable[[Any, int], tuple[Any, int]]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _null,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
    "L": _list,
    "M": _map,
}
