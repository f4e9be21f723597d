"""GetLogEvents: the events of one stream, forward or backward from a token.

A token is a position in the group, "f/<position>" or "b/<position>". As on AWS, a page without
events answers the token it was asked with: that is how a reader knows it has come to the end.
"""

from typing import Any

from headwater.errors import InvalidParameter, NotSupported, ResourceNotFound
from headwater.functions.logs.store import Found, Search
from headwater.operations.call import Call
from headwater.operations.logs.grouped import NO_STREAM, existing_group, logs_of

_DIGITS = 56
_LIMIT = 10_000


async def get_log_events(call: Call) -> dict[str, Any]:
    params, logs = call.params, logs_of(call)
    if params.get("unmask"):
        raise NotSupported("unmask is not supported by Headwater: nothing is masked.")
    group, stream = await existing_group(call), params["logStreamName"]
    direction, position = _read_token(params.get("nextToken"))
    if not direction:
        direction = "f" if params.get("startFromHead") else "b"
        position = 0 if direction == "f" else None
        if stream not in await logs.streams(call.scope, group):
            raise ResourceNotFound(NO_STREAM)
    search = Search(
        start=position or 0 if direction == "f" else 0,
        stop=position if direction == "b" else None,
        streams=frozenset((stream,)),
        start_ms=params.get("startTime", 0),
        end_ms=params.get("endTime", 1 << 62),
        limit=params.get("limit", _LIMIT),
        newest=direction == "b",
    )
    found = await logs.search(call.scope, group, search)
    return _answer(found, params.get("nextToken"), direction, position)


def _answer(
    found: Found, token: str | None, direction: str, position: int | None
) -> dict[str, Any]:
    first = found.events[0].position if found.events else position or 0
    last = found.events[-1].end if found.events else found.next
    forward, backward = f"f/{last:0{_DIGITS}d}", f"b/{first:0{_DIGITS}d}"
    if token is not None and not found.events and not found.more:
        forward, backward = (token, backward) if direction == "f" else (forward, token)
    events = [
        {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.ingested_ms}
        for event in found.events
    ]
    return {"events": events, "nextForwardToken": forward, "nextBackwardToken": backward}


def _read_token(token: str | None) -> tuple[str, int | None]:
    """Direction and position; ("", None) for no token."""
    if token is None:
        return "", None
    direction, _, digits = token.partition("/")
    if direction not in ("f", "b") or not digits.isdigit() or len(digits) > _DIGITS:
        raise InvalidParameter("The specified nextToken is invalid.")
    return direction, int(digits)
