"""What an invocation came to, read from the function's answer or from why there was none.

Source: AWS, Lambda guide, "Configuring partial batch response with DynamoDB and Lambda"; the
table of answers is recorded. LastProcessingResult texts: "OK", "No records processed" and
"PROBLEM: Function call failed" are recorded, the others are ours after their pattern.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from headwater.consumers.mappings.decide import Outcome, Policy
from headwater.consumers.mappings.window import state_of
from headwater.errors import AwsError, ResourceNotFound, TooManyRequests
from headwater.storage.sequence import from_wire

NOTHING_YET = "No records processed"
OK = "OK"
CALL_FAILED = "PROBLEM: Function call failed"
THROTTLED = "PROBLEM: Function call throttled"
NODE_FAILED = "PROBLEM: Internal error"

_DONE = Outcome(None, result=OK)
_FAILED = Outcome(0, result=CALL_FAILED)


class Answer(Protocol):
    """What invoking a function gives: its answer (JSON), and "Unhandled" if it failed."""

    @property
    def payload(self) -> bytes: ...

    @property
    def error(self) -> str | None: ...

    @property
    def request_id(self) -> str: ...

    @property
    def executed_version(self) -> str: ...


def outcome_of(answer: Answer, sequences: Sequence[int], policy: Policy) -> Outcome:
    """The outcome of an invocation that was made. sequences: of the records handed in."""
    if answer.error is not None:
        return _FAILED
    state = None
    if policy.windowed:
        state = state_of(answer.payload)
        if state is None:
            return _FAILED
    outcome = _reported(answer.payload, sequences) if policy.report and sequences else _DONE
    return outcome if state is None else outcome._replace(state=state)


def outcome_of_trouble(trouble: Exception, account: str) -> Outcome:
    """The outcome when the function could not be called; it was not to blame, so no retry is
    used up."""
    if isinstance(trouble, ResourceNotFound):
        text = f"PROBLEM: Function not found under accountId {account}"
    elif isinstance(trouble, TooManyRequests):
        text = THROTTLED
    elif isinstance(trouble, AwsError):
        text = CALL_FAILED
    else:
        text = NODE_FAILED
    return Outcome(0, counted=False, result=text)


def _reported(payload: bytes, sequences: Sequence[int]) -> Outcome:
    """The outcome that a report of failed records means.

    An answer without failures, or with nothing where they would stand, is a success; a report
    that names no record of the batch fails the whole batch.
    """
    try:
        answer = orjson.loads(payload) if payload else None
    except orjson.JSONDecodeError:
        return _FAILED
    if not isinstance(answer, dict):
        return _DONE if answer in (None, "", []) else _FAILED
    failures = answer.get("batchItemFailures")
    if failures in (None, []):
        return _DONE
    if not isinstance(failures, list):
        return _FAILED
    places = [_place(failure, sequences) for failure in failures]
    first = min((-1 if place is None else place for place in places), default=-1)
    if first < 0:
        return _FAILED
    return Outcome(first, reported=True, result=CALL_FAILED)


def _place(failure: Any, sequences: Sequence[int]) -> int | None:
    """Index of the record that one entry names, or None if it names none of the batch."""
    name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    sequence = from_wire(name) if isinstance(name, str) else None
    if sequence is None or sequence not in sequences:
        return None
    return sequences.index(sequence)
