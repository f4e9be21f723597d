"""Values as the model sees them: a kind and Python's own content, compared by Python itself.

Sources: AWS, developer guide, "Supported data types and naming rules" and "Item sizes and
formats". Nothing of the package is used here.
"""

import base64
import re
from decimal import Context, Decimal, localcontext
from typing import Any, NamedTuple

DIGITS_MAX = 38
_CANONICAL = re.compile(r"0|-?(0\.[0-9]*[1-9]|[1-9][0-9]*(\.[0-9]*[1-9])?)")
_EXACT = Context(prec=400)


class Refused(Exception):
    """What the model says no to; `code` is the error's name, `reasons` those of a transaction."""

    def __init__(self, code: str, reasons: list[str] | None = None) -> None:
        super().__init__(code, reasons)
        self.code = code
        self.reasons = reasons


class Val(NamedTuple):
    """One value. content: str, Decimal, bytes, bool, frozenset, list of Val, dict of Val."""

    kind: str
    content: Any


Doc = dict[str, Val]


def read_value(raw: dict[str, Any]) -> Val:
    """DynamoDB JSON as the model sees it."""
    ((kind, content),) = raw.items()
    if kind == "N":
        return Val(kind, number(content))
    if kind == "B":
        return Val(kind, base64.b64decode(content))
    if kind in ("SS", "NS", "BS"):
        return Val(kind, frozenset(read_value({kind[0]: one}).content for one in content))
    if kind == "L":
        return Val(kind, [read_value(one) for one in content])
    if kind == "M":
        return Val(kind, read_item(content))
    return Val(kind, content)


def read_item(raw: dict[str, Any]) -> Doc:
    return {name: read_value(value) for name, value in raw.items()}


def number(text: str) -> Decimal:
    with localcontext(_EXACT):
        return Decimal(text) + 0  # minus zero is zero


def check_told(raw: dict[str, Any]) -> None:
    """What an answer shows is told as AWS tells it: canonical numbers, sets without repeats."""
    ((kind, content),) = raw.items()
    if kind == "N":
        assert _CANONICAL.fullmatch(content), content
    elif kind in ("SS", "NS", "BS"):
        assert content, raw
        assert len(read_value(raw).content) == len(content), raw
        for one in content:
            check_told({kind[0]: one})
    elif kind in ("L", "M"):
        for inner in content if kind == "L" else content.values():
            check_told(inner)


def told_item(raw: dict[str, Any]) -> Doc:
    """An item of an answer."""
    for value in raw.values():
        check_told(value)
    return read_item(raw)


def calculated(one: Decimal, two: Decimal, sign: str) -> Decimal:
    """Exact sum or difference; refused where it does not fit."""
    with localcontext(_EXACT):
        result = one + two if sign == "+" else one - two
        digits = result.normalize().as_tuple().digits
    if len(digits) > DIGITS_MAX:
        raise Refused("ValidationException")
    return result


def order_of(value: Val) -> Any:
    """What to sort S, N and B by: strings by their UTF-8 bytes."""
    return value.content.encode() if value.kind == "S" else value.content


def frozen(doc: Doc) -> Any:
    """An item as something that can be counted and compared."""
    return tuple(sorted((name, _frozen(value)) for name, value in doc.items()))


def _frozen(value: Val) -> Any:
    kind, content = value
    if kind == "N":
        return kind, str(content.normalize(_EXACT))
    if kind == "NS":
        return kind, tuple(sorted(str(one.normalize(_EXACT)) for one in content))
    if kind in ("SS", "BS"):
        return kind, tuple(sorted(content))
    if kind == "L":
        return kind, tuple(_frozen(one) for one in content)
    return kind, frozen(content) if kind == "M" else content


def bytes_of(doc: Doc) -> int:
    """The size of an item by AWS's rules."""
    return sum(len(name.encode()) + _bytes_of(value) for name, value in doc.items())


def _bytes_of(value: Val) -> int:
    kind, content = value
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number_bytes(content)
    if kind == "B":
        return len(content)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind in ("SS", "NS", "BS"):
        return sum(_bytes_of(Val(kind[0], one)) for one in content)
    if kind == "L":
        return 3 + sum(1 + _bytes_of(one) for one in content)
    return 3 + len(content) + bytes_of(content)


def _number_bytes(content: Decimal) -> int:
    """1, and 1 for each pair of digits, pairs of zeros at either end left out; 1 if negative."""
    if not content:
        return 1
    whole, _, part = f"{content.copy_abs():f}".partition(".")
    pairs = whole.zfill(len(whole) + len(whole) % 2) + part.ljust(len(part) + len(part) % 2, "0")
    split = [pairs[at : at + 2] for at in range(0, len(pairs), 2)]
    while split[0] == "00":
        split.pop(0)
    while split[-1] == "00":
        split.pop()
    return min(21, 1 + len(split) + (content < 0))
