"""Alert rules of a view: what is compared with what, whom to call, and when the state changes.

    OK  -> ALARM   when the rule has held for `for` without a break
    ALARM -> OK    when it no longer holds

Over all time a rule is about what the view has come to; in windows, about the last that is closed.
A rule without a group is about all groups: it holds as long as it holds for one. This file is pure:
`alerting.py` finds the values, `notices.py` calls.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import orjson

from headwater.arns import Scope, parse_arn
from headwater.consumers.views.answers import groups_named
from headwater.consumers.views.definition import TOP, Definition
from headwater.consumers.views.results import Found
from headwater.errors import OperatorError
from headwater.moments import duration_ms, iso, shown_duration

OK: Final = "OK"
ALARM: Final = "ALARM"
ALERTS_MAX: Final = 50  # of one view
VALUE: Final = "value"  # another name of the view's first aggregate

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_RULE = re.compile(r"\s*(\S.*?)\s*(<=|>=|<>|!=|=|<|>)\s*(\S+)\s*")
_COMPARED: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
}


class Target(NamedTuple):
    """Whom an alert calls: a function in a scope, or a URL."""

    scope: Scope
    function: str = ""
    qualifier: str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One rule, and the state it is in.

    group       as it was written; None: all groups
    held_ms     since when the rule has held; None: it does not
    state_ms    when the state last changed; None: never
    window_ms   end of the last window that was looked at
    trouble     why the last call came to nothing
    """

    name: str
    aggregate: str
    compared: str
    bound: str
    call: str
    group: str | None = None
    for_ms: int = 0
    state: str = OK
    held_ms: int | None = None
    state_ms: int | None = None
    window_ms: int = 0
    trouble: str | None = None

    def holds(self, found: Found) -> bool:
        """Whether the rule holds for one value; never for one that is no number."""
        if not isinstance(found, dict) or "N" not in found:
            return False
        return _COMPARED[self.compared](Decimal(found["N"]), Decimal(self.bound))

    @property
    def due_ms(self) -> int | None:
        """When it changes though nothing else does."""
        if self.held_ms is None or self.state == ALARM:
            return None
        return self.held_ms + self.for_ms

    def judged(self, *, holds: bool, now_ms: int) -> "Alert":
        """The alert after a look.

        >>> alert = Alert(name="a", aggregate="count", compared=">", bound="1", call="", for_ms=10)
        >>> [(one.state, one.held_ms) for one in (
        ...     alert.judged(holds=True, now_ms=5),
        ...     alert.judged(holds=True, now_ms=5).judged(holds=True, now_ms=15),
        ...     alert.judged(holds=True, now_ms=5).judged(holds=False, now_ms=15),
        ... )]
        [('OK', 5), ('ALARM', 5), ('OK', None)]
        """
        held_ms = None
        if holds:
            held_ms = now_ms if self.held_ms is None else self.held_ms
        is_alarm = held_ms is not None and now_ms - held_ms >= self.for_ms
        state = ALARM if is_alarm else OK
        if self.state == ALARM and held_ms is not None:
            state = ALARM
        changed_ms = self.state_ms if state == self.state else now_ms
        return replace(self, held_ms=held_ms, state=state, state_ms=changed_ms)

    def in_trouble(self, why: str | None) -> "Alert":
        """The alert after a call that came to nothing, or to something."""
        return replace(self, trouble=why)

    def shown(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": self.name,
            "when": f"{self.aggregate} {self.compared} {self.bound}",
            "call": self.call,
            "state": self.state,
            "since": None if self.state_ms is None else iso(self.state_ms),
            "trouble": self.trouble,
        }
        if self.group is not None:
            told["group"] = self.group
        if self.for_ms:
            told["for"] = shown_duration(self.for_ms)
        return told

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self))

    @staticmethod
    def decode(data: bytes) -> "Alert":
        fields: dict[str, Any] = orjson.loads(data)
        return Alert(**fields)


def alert_of(definition: Definition, given: Mapping[str, Any]) -> Alert:
    """The alert that `given` asks for: name, when, call, group, for. Raises OperatorError."""
    for member in given:
        if member not in ("name", "when", "call", "group", "for"):
            raise OperatorError(
                f"an alert has {member!r}, which is not known. There are: name, when, call, "
                "group, for."
            )
    name, call, group = given.get("name", "alert"), given.get("call"), given.get("group")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise OperatorError(
            f"{name!r} is no name for an alert: give 1 to 128 letters, digits, dots, dashes and "
            "underscores."
        )
    if not isinstance(call, str):
        raise OperatorError('whom to call? Give "call": function:NAME or webhook:URL.')
    target_of(definition.scope, call)
    if group is not None and not isinstance(group, str):
        raise OperatorError(f'"group" is {group!r}: give a word, or JSON as text.')
    if group is not None:
        groups_named(definition, group)
    aggregate, compared, bound = _rule(definition, given.get("when"))
    length, for_ms = given.get("for"), 0
    if length:
        found = duration_ms(length) if isinstance(length, str) else None
        if found is None:
            raise OperatorError(f'"for" is {length!r}: give a duration such as 30s or 5m.')
        for_ms = found
    return Alert(
        name=name,
        aggregate=aggregate,
        compared=compared,
        bound=bound,
        call=call,
        group=group,
        for_ms=for_ms,
    )


def _rule(definition: Definition, when: Any) -> tuple[str, str, str]:
    match = _RULE.fullmatch(when) if isinstance(when, str) else None
    if match is None:
        raise OperatorError(
            f'"when" is {when!r}: give an aggregate, a comparison and a number, such as '
            '"value > 1000".'
        )
    wanted, compared, bound = match.groups()
    names = [one.name for one in definition.aggregates if one.kind != TOP]
    if wanted == VALUE:
        wanted = definition.aggregates[0].name
    if wanted not in names:
        raise OperatorError(
            f'"when" asks for {wanted!r}. View {definition.name} has numbers in: '
            f"{', '.join(names) or 'nothing'}."
        )
    try:
        is_number = Decimal(bound).is_finite()
    except InvalidOperation:
        is_number = False
    if not is_number:
        raise OperatorError(f'"when" compares with {bound!r}: give a number.')
    return wanted, compared, bound


def target_of(scope: Scope, call: str) -> Target:
    """Whom `call` means: function:NAME, its ARN, webhook:URL or a URL. Raises OperatorError."""
    url = call.removeprefix("webhook:")
    if url.startswith(("http://", "https://")):
        return Target(scope, url=url)
    arn = parse_arn(call)
    if arn is not None and arn.service == "lambda" and arn.resource.startswith("function:"):
        scope, call = Scope(arn.account, arn.region), arn.resource
    kind, _, named = call.partition(":")
    name, _, qualifier = named.partition(":")
    if kind != "function" or not name:
        raise OperatorError(
            f"{call!r} cannot be called: give function:NAME, or webhook:URL with http or https."
        )
    return Target(scope, function=name, qualifier=qualifier or None)
