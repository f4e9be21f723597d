"""Batches: ten requests in one, each with an id, and each answered on its own."""

import re
from collections.abc import Callable
from typing import Any, Final

from headwater.errors import (
    AwsError,
    BatchEntryIdsNotDistinct,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)
from headwater.limits import MESSAGE_BATCH_MAX
from headwater.wire.query_errors import query_code

_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,80}", re.ASCII)


def checked_entries(entries: list[dict[str, Any]], shape: str) -> list[dict[str, Any]]:
    """`entries`, if a batch may look so.

    shape  the model's name of an entry, for texts
    Raises EmptyBatchRequest, TooManyEntriesInBatchRequest, InvalidBatchEntryId,
    BatchEntryIdsNotDistinct.
    """
    if not entries:
        raise EmptyBatchRequest(f"There should be at least one {shape} in the request.")
    if len(entries) > MESSAGE_BATCH_MAX:
        raise TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {MESSAGE_BATCH_MAX}. "
            f"You have sent {len(entries)}."
        )
    seen: set[str] = set()
    for entry in entries:
        name = entry["Id"]
        if not _ID.fullmatch(name):
            raise InvalidBatchEntryId(
                "A batch entry id can only contain alphanumeric characters, hyphens and "
                "underscores. It can be at most 80 letters long."
            )
        if name in seen:
            raise BatchEntryIdsNotDistinct(f"Id {name} repeated.")
        seen.add(name)
    return entries


def answer_each(
    entries: list[dict[str, Any]], work: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """The answer to a batch. `work` answers one entry, and changes nothing if it raises."""
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            done.append({"Id": entry["Id"], **work(entry)})
        except AwsError as error:
            fault = {"SenderFault": True, "Code": query_code(error.code), "Message": error.message}
            failed.append({"Id": entry["Id"], **fault})
    answer = {"Successful": done}
    if failed:
        answer["Failed"] = failed
    return answer
