"""DescribeLogGroups: the groups of the caller's scope, by name, a page at a time."""

from typing import Any

from headwater.errors import InvalidParameter, NotSupported
from headwater.functions.logs.files import GroupFiles
from headwater.operations.call import Call
from headwater.operations.logs.grouped import group_arn, logs_of, paged

_PAGE = 50


async def describe_log_groups(call: Call) -> dict[str, Any]:
    params = call.params
    for name in ("accountIdentifiers", "includeLinkedAccounts", "logGroupIdentifiers"):
        if params.get(name):
            raise NotSupported(f"{name} is not supported by Headwater: leave it out.")
    prefix, pattern = params.get("logGroupNamePrefix", ""), params.get("logGroupNamePattern")
    if prefix and pattern:
        raise InvalidParameter(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    if params.get("logGroupClass", "STANDARD") != "STANDARD":
        return {"logGroups": []}
    groups = await logs_of(call).groups(call.scope)
    wanted = [
        _shown(call, group)
        for group in groups
        if group.name.startswith(prefix) and (pattern or "").lower() in group.name.lower()
    ]
    answer: dict[str, Any] = paged(wanted, "logGroups", params, _PAGE)
    return answer


def _shown(call: Call, group: GroupFiles) -> dict[str, Any]:
    arn = group_arn(call.scope, group.name)
    shown: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.made_ms,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": group.stored_bytes,
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }
    if group.days is not None:
        shown["retentionInDays"] = group.days
    return shown
