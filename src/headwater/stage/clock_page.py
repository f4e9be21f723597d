"""GET and POST /_headwater/clock: what time it is for the node, and moving it.

    {"advance": "48h"}  {"advance_ms": 1500}  {"to": "2026-03-04T05:06:07Z"}  {"to": 1772600767891}

and with any of them "wait_ms": the real time that batches in flight get at each moment on the way;
0 moves on without waiting for functions.
"""

from typing import Any

from headwater.clock import ManualClock
from headwater.errors import OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.moments import MOMENT_MS_MAX, duration_ms, iso, moment_ms
from headwater.stage.arguments import whole_number
from headwater.stage.timekeeper import WAIT_MS, StillBusy, TimeKeeper
from headwater.wire.reply import Reply

_WAYS = ("advance_ms", "advance", "to")


def show(keeper: TimeKeeper) -> dict[str, Any]:
    """next_ms: when something happens by itself, if the clock is virtual. due: what, and when:
    [{"what": "...", "at": "...", "at_ms": N}], the first dozen."""
    clock = keeper.clock
    now_ms = clock.now_ms()
    shown: dict[str, Any] = {
        "clock": "virtual" if keeper.is_virtual else "system",
        "now": iso(now_ms),
        "now_ms": now_ms,
    }
    if isinstance(clock, ManualClock):
        shown["next_ms"] = clock.next_ms
        shown["due"] = keeper.due()
    return shown


async def move(keeper: TimeKeeper, request: AdminRequest) -> Reply:
    """Answers the new time, or 409 and where time stands if something does not end."""
    wanted = request.json()
    before_ms = keeper.clock.now_ms()
    wait_ms = whole_number(wanted, "wait_ms", WAIT_MS)
    try:
        took_ms = await keeper.travel(target_ms(wanted, before_ms), wait_ms)
    except StillBusy as trouble:
        return Reply({"error": str(trouble), **show(keeper)}, status=409)
    moved_ms = keeper.clock.now_ms() - before_ms
    return Reply({**show(keeper), "moved_ms": moved_ms, "took_ms": round(took_ms, 3)})


def target_ms(wanted: dict[str, Any], now_ms: int) -> int:
    """The moment a body asks for. Raises OperatorError.

    >>> target_ms({"advance": "1m"}, 5), target_ms({"to": "1970-01-01T00:00:01Z"}, 5)
    (60005, 1000)
    """
    given = [way for way in _WAYS if way in wanted]
    unknown = wanted.keys() - {*_WAYS, "wait_ms"}
    if len(given) != 1 or unknown:
        raise OperatorError(
            'say how far, in one way: {"advance_ms": 1500}, {"advance": "48h"}, or {"to": '
            '"2026-03-04T05:06:07Z"} (or epoch ms). "wait_ms" may stand beside it.'
        )
    way, value = given[0], wanted[given[0]]
    if way == "advance_ms":
        target = now_ms + whole_number(wanted, way, 0)
    elif way == "advance":
        span_ms = duration_ms(value) if isinstance(value, str) else None
        if span_ms is None:
            raise OperatorError(f'"advance" is {value!r}: give a duration as 90s, 1h30m or 2d.')
        target = now_ms + span_ms
    else:
        found = moment_ms(str(value))
        if found is None:
            raise OperatorError(
                f'"to" is {value!r}: give a moment as 2026-03-04T05:06:07Z or in milliseconds '
                "since the epoch."
            )
        target = found
    if target > MOMENT_MS_MAX:
        raise OperatorError(f"that is too far: time ends at {iso(MOMENT_MS_MAX)}.")
    return target
