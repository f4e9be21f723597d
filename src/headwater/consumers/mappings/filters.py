"""FilterCriteria: which records of a shard a mapping's function is to see.

A mapping's patterns are OR'ed. Most ask for eventName and nothing else; what they say of it is
answered when they are compiled, once for each kind of change, so that such records are admitted
or dropped without being parsed, and a record of an unwanted kind is not even rendered.

Source: AWS, Lambda guide, "Control which events Lambda sends to your function". The language of
one pattern is in patterns.py.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from headwater.changelog.record import EVENT_NAMES
from headwater.consumers.mappings.patterns import (
    InvalidPattern,
    Match,
    compile_leaf,
    compile_pattern,
    parse_pattern,
)
from headwater.errors import InvalidParameterValue

FILTERS_MAX = 5  # AWS's quota; up to 10 for who asks there
_EVENT_NAME = "eventName"

# What is known of a record by the kind of its change: it fits (True), it cannot fit (False), or
# it fits if one of these does.
Verdict = bool | tuple[Match, ...]


class Filter:
    """The compiled filters of one mapping.

    by_kind  verdicts by the kind of a change (changelog/record.py: INSERT, MODIFY, REMOVE)
    """

    __slots__ = ("by_kind",)

    def __init__(self, by_kind: tuple[Verdict, ...]) -> None:
        self.by_kind = by_kind

    def admits(self, kind: int, record: bytes) -> bool:
        """Whether a record, rendered for the function, is one it is to see."""
        verdict = self.by_kind[kind]
        if isinstance(verdict, bool):
            return verdict
        event = orjson.loads(record)
        return any(match(event) for match in verdict)


def compile_filters(patterns: Sequence[str]) -> Filter | None:
    """The filter that `patterns` (JSON texts) make together, or None if there are none.

    Raises InvalidParameterValue for a pattern that is not in the language, and for too many.
    """
    if not patterns:
        return None
    if len(patterns) > FILTERS_MAX:
        raise InvalidParameterValue(
            f"A mapping takes at most {FILTERS_MAX} filters, and {len(patterns)} were given."
        )
    try:
        verdicts = [_verdicts(parse_pattern(pattern)) for pattern in patterns]
    except InvalidPattern:
        raise InvalidParameterValue("Invalid filter pattern definition.") from None
    return Filter(tuple(_either([each[kind] for each in verdicts]) for kind in range(3)))


def _verdicts(pattern: dict[str, Any]) -> list[Verdict]:
    """What one pattern says of each kind of change."""
    wanted = pattern.get(_EVENT_NAME)
    if not isinstance(wanted, list):
        match = compile_pattern(pattern)
        return [(match,)] * len(EVENT_NAMES)
    test, _ = compile_leaf(wanted)
    rest = {name: value for name, value in pattern.items() if name != _EVENT_NAME}
    fits: Verdict = (compile_pattern(rest),) if rest else True
    return [fits if test(name) else False for name in EVENT_NAMES]


def _either(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict from those of OR'ed patterns."""
    if any(verdict is True for verdict in verdicts):
        return True
    matches = [match for verdict in verdicts if isinstance(verdict, tuple) for match in verdict]
    return tuple(matches) or False
