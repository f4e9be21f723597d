"""FilterLogEvents: the events of a group, of some or all streams, that a pattern matches.

A page ends early where much had to be looked through; its token goes on from there.
"""

from typing import Any

from headwater.errors import InvalidParameter, NotSupported
from headwater.functions.logs.patterns import compile_pattern
from headwater.functions.logs.store import Search
from headwater.operations.call import Call
from headwater.operations.logs.grouped import existing_group, logs_of, make_token, read_token

_LIMIT = 10_000


async def filter_log_events(call: Call) -> dict[str, Any]:
    params = call.params
    if params.get("unmask"):
        raise NotSupported("unmask is not supported by Headwater: nothing is masked.")
    group = await existing_group(call)
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix", "")
    if names and prefix:
        raise InvalidParameter(
            "Only one of logStreamNames and logStreamNamePrefix can be specified."
        )
    search = Search(
        start=read_token(params.get("nextToken")),
        streams=frozenset(names) if names else None,
        prefix=prefix,
        start_ms=params.get("startTime", 0),
        # Unlike GetLogEvents', this end is included.
        end_ms=params.get("endTime", 1 << 61) + 1,
        matches=compile_pattern(params.get("filterPattern", "")),
        limit=params.get("limit", _LIMIT),
    )
    found = await logs_of(call).search(call.scope, group, search)
    events = [
        {
            "logStreamName": event.stream,
            "timestamp": event.at_ms,
            "message": event.message,
            "ingestionTime": event.ingested_ms,
            "eventId": f"{event.position:056d}",
        }
        for event in found.events
    ]
    answer: dict[str, Any] = {"events": events, "searchedLogStreams": []}
    if found.more:
        answer["nextToken"] = make_token(found.next)
    return answer
