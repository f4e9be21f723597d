"""How many bytes a canonical item takes by DynamoDB's own count, which limits and prices go by.

It is no count of stored or transmitted bytes: names and strings count their UTF-8 bytes, numbers
about half a byte per digit, a list or map 3 bytes and 1 for each element. This file measures
canonical values and trusts them; `attribute.py` checks and measures in one walk.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Callable
from typing import Any

from headwater.values.number import hundreds

Value = dict[str, Any]  # DynamoDB JSON: {"S": "x"}
Item = dict[str, Value]

CONTAINER_BYTES = 3
ELEMENT_BYTES = 1
_NUMBER_BYTES_MAX = 21


def text_size(text: str) -> int:
    """UTF-8 bytes of a text."""
    return len(text) if text.isascii() else len(text.encode())


def number_size(text: str) -> int:
    """Bytes of a canonical number: 1, and 1 for each base-100 digit, and 1 if negative; zero is 1.

    >>> number_size("0"), number_size("7"), number_size("-123"), number_size("1000000")
    (1, 2, 4, 2)
    """
    pairs, _ = hundreds(text)
    return min(_NUMBER_BYTES_MAX, 1 + (len(pairs) >> 1) + (text[0] == "-"))


def binary_size(encoded: str) -> int:
    """Raw bytes behind a canonical base64 text."""
    return len(encoded) // 4 * 3 - encoded[-2:].count("=")


def attribute_size(name: str, value: Value) -> int:
    """Bytes of one attribute, its name included."""
    return text_size(name) + value_size(value)


def item_size(item: Item) -> int:
    """Bytes of an item, names included.

    >>> item_size({"pk": {"S": "a"}, "n": {"N": "12"}})
    6
    """
    size = 0
    for name, value in item.items():
        size += text_size(name) + value_size(value)
    return size


def value_size(value: Value) -> int:
    """Bytes of one value, without a name."""
    for kind, content in value.items():
        return _SIZES[kind](content)
    raise AssertionError("a value without a type is not canonical")


def _list_size(elements: list[Value]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + value_size(element) for element in elements)


def _map_size(members: Item) -> int:
    return CONTAINER_BYTES + ELEMENT_BYTES * len(members) + item_size(members)


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": text_size,
    "N": number_size,
    "B": binary_size,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda elements: sum(map(text_size, elements)),
    "NS": lambda elements: sum(map(number_size, elements)),
    "BS": lambda elements: sum(map(binary_size, elements)),
    "L": _list_size,
    "M": _map_size,
}
