"""What a function's answer means.

Source: AWS, Lambda guide, "Configuring partial batch response with DynamoDB and Lambda"; each
answer's meaning is recorded, except where the case says unsure.
"""

from typing import NamedTuple

import pytest

from headwater.consumers.mappings.decide import Policy
from headwater.consumers.mappings.outcome import outcome_of, outcome_of_trouble
from headwater.errors import ResourceNotFound, ServiceUnavailable, TooManyRequests
from headwater.storage.sequence import to_wire

SEQUENCES = [10, 20, 30]
ALL_DONE, ALL_FAILED = None, 0


class Said(NamedTuple):
    """An invocation's answer."""

    payload: bytes
    error: str | None = None
    request_id: str = ""
    executed_version: str = "$LATEST"


def entry(sequence):
    return b'{"itemIdentifier":"%s"}' % to_wire(sequence).encode()


@pytest.mark.parametrize(
    ("payload", "failed_at"),
    [
        (b'{"batchItemFailures":[]}', ALL_DONE),
        (b'{"batchItemFailures":null}', ALL_DONE),
        (b"{}", ALL_DONE),
        (b"null", ALL_DONE),
        (b"[]", ALL_DONE),
        (b'""', ALL_DONE),
        (b"", ALL_DONE),
        (b'{"batchItemFailures":[' + entry(30) + b"]}", 2),
        (b'{"batchItemFailures":[' + entry(30) + b"," + entry(20) + b"]}", 1),
        (b'{"batchItemFailures":[' + entry(10) + b"]}", 0),
        (b'{"batchItemFailures":[{"itemIdentifier":""}]}', ALL_FAILED),
        (b'{"batchItemFailures":[{"itemIdentifier":null}]}', ALL_FAILED),
        (b'{"batchItemFailures":[{"foo":"x"}]}', ALL_FAILED),
        (b'{"batchItemFailures":[' + entry(11) + b"]}", ALL_FAILED),
        (b'{"batchItemFailures":[' + entry(30) + b',{"foo":"x"}]}', ALL_FAILED),
        (b'{"batchItemFailures":["5"]}', ALL_FAILED),  # unsure
        (b'{"batchItemFailures":"x"}', ALL_FAILED),  # unsure
        (b'"done"', ALL_FAILED),  # unsure
        (b"7", ALL_FAILED),  # unsure
        (b"not JSON", ALL_FAILED),  # unsure
    ],
)
def test_a_report_of_failed_records(payload, failed_at):
    outcome = outcome_of(Said(payload), SEQUENCES, Policy(report=True))
    assert outcome.failed_at == failed_at
    assert outcome.counted


def test_without_function_response_types_the_answer_is_ignored():
    outcome = outcome_of(Said(b'{"batchItemFailures":[{"foo":1}]}'), SEQUENCES, Policy())
    assert (outcome.failed_at, outcome.result) == (None, "OK")


@pytest.mark.parametrize("report", [False, True])
def test_a_function_error_fails_the_whole_batch_and_counts(report):
    said = Said(b'{"batchItemFailures":[]}', "Unhandled")
    outcome = outcome_of(said, SEQUENCES, Policy(report=report))
    assert (outcome.failed_at, outcome.counted, outcome.reported) == (0, True, False)
    assert outcome.result == "PROBLEM: Function call failed"


@pytest.mark.parametrize(
    ("trouble", "result"),
    [
        (ResourceNotFound("x"), "PROBLEM: Function not found under accountId 111122223333"),
        (TooManyRequests("x"), "PROBLEM: Function call throttled"),
        (ServiceUnavailable("x"), "PROBLEM: Function call failed"),
        (RuntimeError("x"), "PROBLEM: Internal error"),
    ],
)
def test_a_call_that_could_not_be_made_is_not_counted(trouble, result):
    outcome = outcome_of_trouble(trouble, "111122223333")
    assert (outcome.failed_at, outcome.counted, outcome.result) == (0, False, result)


@pytest.mark.parametrize(
    ("payload", "failed_at", "state"),
    [
        (b'{"state":{"sum":3}}', ALL_DONE, '{"sum":3}'),
        (b'{"state":{}}', ALL_DONE, "{}"),
        (b'{"state":{"big":123456789012345678901234567890}}', ALL_DONE, None),
        (b"{}", ALL_FAILED, None),
        (b"null", ALL_FAILED, None),
        (b'{"state":null}', ALL_FAILED, None),
        (b'{"state":[1]}', ALL_FAILED, None),  # unsure: "any JSON object"
        (b"not JSON", ALL_FAILED, None),
        (b'{"batchItemFailures":[]}', ALL_FAILED, None),
        (b'{"state":{},"batchItemFailures":[' + entry(20) + b"]}", 1, "{}"),
        (b'{"state":{},"batchItemFailures":[{"foo":"x"}]}', ALL_FAILED, "{}"),
    ],
)
def test_the_answer_of_a_window_needs_a_state(payload, failed_at, state):
    """Source: AWS, Lambda guide, "Tumbling windows": the answer must contain the state."""
    outcome = outcome_of(Said(payload), SEQUENCES, Policy(report=True, windowed=True))
    assert outcome.failed_at == failed_at
    if b"big" in payload:
        state = '{"big":123456789012345678901234567890}'
    assert outcome.state == state
