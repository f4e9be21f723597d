"""Event patterns: the language of filters, compiled to closures.

A pattern is a JSON object shaped like the events it admits. Members are AND'ed; a leaf is an
array whose entries are OR'ed, each a value to equal or an object with one operator. Where the
event has an array, any of its elements may match.

Source: AWS, EventBridge user guide, "Comparison operators for use in event patterns"; Lambda
guide, "Control which events Lambda sends to your function"; recorded answers for what the guides
leave open (numbers are equal by their text: 300 is not 300.0). `cidr` is not taken.

This file knows the language. It does not know what a change record looks like.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

DEPTH_MAX = 100

Match = Callable[[Any], bool]
"""Whether a value of the event (an object; for leaves a string, number, bool or None) fits."""

_NOTHING: dict[str, Any] = {}
_ABSENT = object()


class InvalidPattern(Exception):
    """The text is not a pattern; the message says why, in our words."""


class Number:
    """A number as it is spelled: equality of patterns is by text."""

    __slots__ = ("text", "value")

    def __init__(self, text: str) -> None:
        self.text = text
        self.value = float(text)


def parse_pattern(text: str) -> dict[str, Any]:
    """The JSON object that `text` is, with numbers as `Number`.

    Raises InvalidPattern when it is not an object with at least one member.
    """
    try:
        pattern = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidPattern("not JSON") from None
    if not isinstance(pattern, dict):
        raise InvalidPattern("not an object")
    return pattern


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def compile_pattern(pattern: dict[str, Any], depth: int = 0) -> Match:
    """What tells whether an event (or the part of it that `pattern` describes) fits.

    Raises InvalidPattern for an empty object or array, a scalar leaf, an unknown operator or an
    operator's wrong argument.
    """
    if not pattern:
        raise InvalidPattern("an empty object")
    if depth > DEPTH_MAX:
        raise InvalidPattern("nested too deeply")
    members = [_member(name, wanted, depth) for name, wanted in pattern.items()]
    if len(members) == 1:
        return members[0]
    checks = tuple(members)

    def match(event: Any) -> bool:
        return all(check(event) for check in checks)

    return match


def _member(name: str, wanted: Any, depth: int) -> Match:
    if name == "$or" and _is_alternative(wanted):
        return _any_of([compile_pattern(branch, depth + 1) for branch in wanted])
    if isinstance(wanted, dict):
        return _nested(name, compile_pattern(wanted, depth + 1))
    if isinstance(wanted, list):
        return _leaf(name, wanted)
    raise InvalidPattern(f"{name} is neither an object nor an array")


def _is_alternative(wanted: Any) -> bool:
    """Whether the value of `$or` is a choice of patterns, rather than a leaf of that name."""
    return (
        isinstance(wanted, list)
        and len(wanted) >= 2
        and all(isinstance(branch, dict) for branch in wanted)
        and not any(name in OPERATORS for branch in wanted for name in branch)
    )


def _nested(name: str, inner: Match) -> Match:
    def match(event: Any) -> bool:
        value = event.get(name)
        if isinstance(value, dict):
            return inner(value)
        if isinstance(value, list):
            objects = [element for element in value if isinstance(element, dict)]
            if objects:
                return any(inner(element) for element in objects)
        # Nothing lies below: only {"exists": false} can still hold.
        return inner(_NOTHING)

    return match


def _leaf(name: str, wanted: list[Any]) -> Match:
    test, absent = compile_leaf(wanted)

    def match(event: Any) -> bool:
        value = event.get(name, _ABSENT)
        if value is _ABSENT or value == []:
            return absent
        if isinstance(value, list):
            return any(test(element) for element in _scalars(value))
        return not isinstance(value, dict) and test(value)

    return match


def _scalars(values: list[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _scalars(value)
        elif not isinstance(value, dict):
            yield value


def compile_leaf(wanted: list[Any]) -> tuple[Match, bool]:
    """What tells whether a scalar fits one of the entries, and whether an absent one does."""
    if not wanted:
        raise InvalidPattern("an empty array")
    absent = any(isinstance(entry, dict) and entry.get("exists") is False for entry in wanted)
    equal = [entry for entry in wanted if not isinstance(entry, dict)]
    tests = [_operator(entry) for entry in wanted if isinstance(entry, dict)]
    if equal:
        tests.insert(0, _equal_to(equal))
    return _any_of(tests), absent


def _any_of(tests: list[Match]) -> Match:
    if len(tests) == 1:
        return tests[0]
    alternatives = tuple(tests)

    def match(value: Any) -> bool:
        return any(test(value) for test in alternatives)

    return match


def _equal_to(wanted: list[Any]) -> Match:
    if not all(entry is None or isinstance(entry, str | bool | Number) for entry in wanted):
        raise InvalidPattern("an array within an array")
    texts = frozenset(_text(entry) for entry in wanted)

    def match(value: Any) -> bool:
        return _text(value) in texts

    return match


def _text(value: Any) -> str:
    """The value spelled such that equal texts are equal values, and kinds stay apart."""
    if isinstance(value, str):
        return '"' + value
    if value is None or isinstance(value, bool):
        return str(value)
    return value.text if isinstance(value, Number) else repr(value)


# --- operators -----------------------------------------------------------------------------------


def _operator(entry: dict[str, Any]) -> Match:
    if len(entry) != 1:
        raise InvalidPattern("an entry must have exactly one operator")
    ((name, argument),) = entry.items()
    make = OPERATORS.get(name)
    if make is None:
        raise InvalidPattern(f"unknown operator {name}")
    return make(argument)


def _exists(argument: Any) -> Match:
    if not isinstance(argument, bool):
        raise InvalidPattern("exists takes true or false")

    def match(value: Any) -> bool:
        return argument

    return match


def _prefix(argument: Any) -> Match:
    wanted, fold = _affix(argument)

    def match(value: Any) -> bool:
        return isinstance(value, str) and fold(value).startswith(wanted)

    return match


def _suffix(argument: Any) -> Match:
    wanted, fold = _affix(argument)

    def match(value: Any) -> bool:
        return isinstance(value, str) and fold(value).endswith(wanted)

    return match


def _affix(argument: Any) -> tuple[str, Callable[[str], str]]:
    """A text, or {"equals-ignore-case": text}."""
    if isinstance(argument, dict) and argument.keys() == {"equals-ignore-case"}:
        return _string(argument["equals-ignore-case"]).lower(), str.lower
    return _string(argument), str


def _ignoring_case(argument: Any) -> Match:
    wanted = _string(argument).lower()

    def match(value: Any) -> bool:
        return isinstance(value, str) and value.lower() == wanted

    return match


def _wildcard(argument: Any) -> Match:
    first, *rest = _wildcard_parts(_string(argument))
    if not rest:
        return _equal_to([first])
    last = rest.pop()

    def match(value: Any) -> bool:
        if not isinstance(value, str) or not value.startswith(first):
            return False
        at, end = len(first), len(value) - len(last)
        # The earliest place of each part leaves the most room for those behind it.
        for part in rest:
            found = value.find(part, at, max(at, end))
            if found < 0:
                return False
            at = found + len(part)
        return at <= end and value.endswith(last)

    return match


def _wildcard_parts(text: str) -> list[str]:
    """The texts between the asterisks; a backslash makes one plain.

    >>> _wildcard_parts("a*b"), _wildcard_parts(r"a\\*b"), _wildcard_parts("*")
    (['a', 'b'], ['a*b'], ['', ''])
    """
    parts, letters, before = [""], iter(text), ""
    for letter in letters:
        if letter == "*":
            if before == "*":
                raise InvalidPattern("two asterisks in a row")
            parts.append("")
        elif letter == "\\":
            escaped = next(letters, "")
            if escaped not in ("*", "\\"):
                raise InvalidPattern("a backslash escapes only * and itself")
            parts[-1] += escaped
        else:
            parts[-1] += letter
        before = letter
    return parts


def _anything_but(argument: Any) -> Match:
    if isinstance(argument, dict):
        refused = _any_of([_NEGATED[name](text) for name, text in _negated(argument)])
    else:
        values = argument if isinstance(argument, list) else [argument]
        kinds = {type(value) for value in values}
        if kinds != {str} and kinds != {Number}:
            raise InvalidPattern("anything-but takes texts or numbers")
        refused = _equal_to(values)

    def match(value: Any) -> bool:
        return not refused(value)

    return match


def _negated(argument: dict[str, Any]) -> list[tuple[str, str]]:
    """The operator under anything-but, once for each text it takes."""
    if len(argument) != 1 or not argument.keys() <= _NEGATED.keys():
        raise InvalidPattern("unknown operator under anything-but")
    ((name, given),) = argument.items()
    texts = given if isinstance(given, list) else [given]
    if not texts:
        raise InvalidPattern("an empty array")
    return [(name, text) for text in texts]


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}


def _numeric(argument: Any) -> Match:
    """[op, number], or [lower op, number, upper op, number]."""
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise InvalidPattern("numeric takes a comparison and a number, or two for a range")
    names, bounds = argument[0::2], argument[1::2]
    if not all(isinstance(bound, Number) for bound in bounds):
        raise InvalidPattern("numeric compares with numbers")
    if not all(isinstance(name, str) and name in _COMPARISONS for name in names):
        raise InvalidPattern("numeric knows = > >= < <=")
    if len(names) == 2 and (
        names[0] not in (">", ">=")
        or names[1] not in ("<", "<=")
        or bounds[0].value >= bounds[1].value
    ):
        raise InvalidPattern("a range is a lower bound and then a higher one")
    checks = tuple(
        (_COMPARISONS[name], bound.value) for name, bound in zip(names, bounds, strict=True)
    )

    def match(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return all(compare(value, bound) for compare, bound in checks)

    return match


def _string(argument: Any) -> str:
    if not isinstance(argument, str):
        raise InvalidPattern("this operator takes a text")
    return argument


OPERATORS: dict[str, Callable[[Any], Match]] = {
    "exists": _exists,
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
_NEGATED = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
}
