"""Comparing canonical values: equality, order, containment, prefix, size. No items, no paths.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from typing import Any

from headwater.values.binary import raw_bytes
from headwater.values.number import number_of
from headwater.values.size import Value, binary_size

ORDERED = frozenset({"S", "N", "B"})
SCALAR_OF_SET = {"SS": "S", "NS": "N", "BS": "B"}


def kind_of(value: Value) -> str:
    """The type code of a value: S, N, B, ..."""
    return next(iter(value))


def order_key(kind: str, content: Any) -> Any:
    """What to compare with < for two contents of one kind out of S, N and B."""
    if kind == "N":
        return number_of(content)
    # Code points sort as UTF-8 bytes do.
    return content if kind == "S" else raw_bytes(content)


def compare_values(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; None if the values have different types or a type without order."""
    for kind, content in left.items():
        other = right.get(kind)
        if other is None or kind not in ORDERED:
            return None
        if content == other:
            return 0
        return -1 if order_key(kind, content) < order_key(kind, other) else 1
    return None


def begins_with(value: Value, prefix: Value) -> bool:
    """Whether a string begins with a string, or a binary with a binary."""
    if "S" in value and "S" in prefix:
        return bool(value["S"].startswith(prefix["S"]))
    if "B" in value and "B" in prefix:
        return raw_bytes(value["B"]).startswith(raw_bytes(prefix["B"]))
    return False


def contains(value: Value, part: Value) -> bool:
    """Whether a text holds a part of its kind, a set an element, a list an equal element."""
    for kind, content in value.items():
        if kind == "S":
            return "S" in part and part["S"] in content
        if kind == "L":
            return part in content
        if kind == "B":
            return "B" in part and raw_bytes(part["B"]) in raw_bytes(content)
        scalar = SCALAR_OF_SET.get(kind)
        return scalar is not None and scalar in part and part[scalar] in content
    return False


def size_of(value: Value) -> Value | None:
    """What size() gives, as a number; None for types it does not measure (N, BOOL, NULL).

    Of a string it is UTF-16 code units (recorded), of a binary bytes, else the count of elements.

    >>> size_of({"S": "a\\U0001F30A"}), size_of({"N": "1"})
    ({'N': '3'}, None)
    """
    for kind, content in value.items():
        if kind == "S":
            units = len(content) if content.isascii() else len(content.encode("utf-16-le")) // 2
            return {"N": str(units)}
        if kind == "B":
            return {"N": str(binary_size(content))}
        if kind in ("SS", "NS", "BS", "L", "M"):
            return {"N": str(len(content))}
    return None
