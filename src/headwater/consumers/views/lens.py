"""What a view sees of one item: whether it counts, its group, and the values that are aggregated.

A pure function of the item, compiled once from the definition.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from headwater.consumers.views.definition import Definition, parse_path
from headwater.consumers.views.encoding import encode_value
from headwater.errors import AwsError, OperatorError
from headwater.expressions.condition import Condition, parse_condition
from headwater.expressions.paths import Getter, getter
from headwater.expressions.placeholders import Placeholders
from headwater.values.size import Item, Value

_KNOWN_MAX: Final = 10_000
_SECONDS_MAX: Final = 100_000_000_000  # the year 5138; from here on it must be milliseconds


Inputs: TypeAlias = tuple[Value | None, ...]
"""The values of a lens's paths in one item."""
Seen: TypeAlias = tuple[bytes, tuple[Value | None, ...], Inputs]
"""What one item contributes: the bytes that name its group; the group's values, None where the
item has none; and its inputs. Bare tuples, because one is made of each change."""


class Lens:
    """paths  those that are aggregated, each once, in the order of inputs"""

    __slots__ = ("_condition", "_inputs", "_known", "_shown", "_time", "paths")

    def __init__(self, definition: Definition) -> None:
        """Raises OperatorError for a filter that is none."""
        self._condition = _condition(definition)
        self._shown = _values_at(definition.by)
        self.paths = tuple(dict.fromkeys(one.of for one in definition.aggregates if one.of))
        self._inputs = _values_at(self.paths)
        self._known: dict[str, bytes] = {}  # bytes of groups that are one string
        self._time = _getter(definition.time) if definition.time else None

    def see(self, item: Item) -> Seen | None:
        """None: the filter does not admit it."""
        if self._condition is not None and not self._condition.matches(item):
            return None
        shown = self._shown(item)
        return self._named(shown), shown, self._inputs(item)

    def _named(self, shown: tuple[Value | None, ...]) -> bytes:
        """The bytes of a group. Most views have one path, and few different strings there."""
        if len(shown) != 1 or shown[0] is None or "S" not in shown[0]:
            return b"".join([encode_value(value) for value in shown])
        text = shown[0]["S"]
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            known = self._known[text] = encode_value(shown[0])
        return known

    def moment_ms(self, item: Item, created_ms: int) -> int | None:
        """When a change of `item` happened, in the sense of the view; None: it does not tell."""
        if self._time is None:
            return created_ms
        value = self._time(item)
        if value is None:
            return None
        if "N" in value:
            seconds = Decimal(value["N"])
            if not 0 <= seconds < _SECONDS_MAX * 1000:
                return None
            return int(seconds * 1000) if seconds < _SECONDS_MAX else int(seconds)
        return _iso_ms(value["S"]) if "S" in value else None


def _iso_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        found = int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return found if found >= 0 else None


def _getter(text: str) -> Getter:
    return getter(parse_path(text))


def _values_at(paths: Sequence[str]) -> Callable[[Item], tuple[Value | None, ...]]:
    """A function from an item to its values at the paths. Most views have one, or none."""
    gets = [_getter(path) for path in paths]
    if not gets:
        return lambda item: ()
    if len(gets) == 1:
        (get,) = gets
        return lambda item: (get(item),)
    return lambda item: tuple([get(item) for get in gets])


def _condition(definition: Definition) -> Condition | None:
    names, values = dict(definition.names) or None, dict(definition.values) or None
    if not definition.filter:
        if names or values:
            raise OperatorError(
                f'view {definition.name} has "names" or "values" and no "filter" that uses them. '
                "Give the filter, or leave them out."
            )
        return None
    try:
        placeholders = Placeholders(names, values)
        condition = parse_condition(definition.filter, placeholders, what="FilterExpression")
        placeholders.check_all_used()
    except AwsError as trouble:
        raise OperatorError(
            f"view {definition.name}: the filter is refused: {trouble.message}. Write it as a "
            'FilterExpression; :x stands in "values", #x in "names".'
        ) from None
    return condition
