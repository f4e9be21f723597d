"""DescribeLogStreams: the streams of a group, by name or by their last event."""

from typing import Any

from headwater.errors import InvalidParameter
from headwater.functions.logs.files import StreamFacts
from headwater.operations.call import Call
from headwater.operations.logs.grouped import existing_group, group_arn, logs_of, paged

_PAGE = 50


async def describe_log_streams(call: Call) -> dict[str, Any]:
    params, group = call.params, await existing_group(call)
    prefix = params.get("logStreamNamePrefix", "")
    by_time = params.get("orderBy", "LogStreamName") == "LastEventTime"
    if prefix and by_time:
        raise InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    streams = await logs_of(call).streams(call.scope, group)
    names = sorted(name for name in streams if name.startswith(prefix))
    if by_time:
        names.sort(key=lambda name: streams[name].last_ms or 0)
    if params.get("descending"):
        names.reverse()
    arn = group_arn(call.scope, group)
    shown = [_shown(arn, name, streams[name]) for name in names]
    answer: dict[str, Any] = paged(shown, "logStreams", params, _PAGE)
    return answer


def _shown(group: str, name: str, facts: StreamFacts) -> dict[str, Any]:
    shown = {
        "logStreamName": name,
        "creationTime": facts.made_ms,
        "arn": f"{group}:log-stream:{name}",
        "storedBytes": 0,  # AWS has told 0 for every stream since 2019
    }
    if facts.first_ms is not None:
        shown["firstEventTimestamp"] = facts.first_ms
        shown["lastEventTimestamp"] = facts.last_ms
        shown["lastIngestionTime"] = facts.ingested_ms
    return shown
