"""Tumbling windows: spans of time whose records a function folds into one state.

A record belongs to the window of the time it was made in; windows begin at multiples of their
length since the epoch. The state that the function answers goes into its next call for the shard
and the window; when the window is over, one more call hands it over for good, with no records.
Pure: what lies where in an event and an answer, and how large a state may grow.

Source: AWS, Lambda guide, "Tumbling windows" of DynamoDB streams; that windows begin at multiples
since the epoch, and that the last call carries no records, is unsure.
"""

import json
from typing import NamedTuple

import orjson

from headwater.consumers.checkpoint import Window
from headwater.limits import MIB
from headwater.moments import iso

STATE_BYTES_MAX = MIB  # of one shard; above it the window ends early


class Frame(NamedTuple):
    """What is said of a window around its records.

    is_final  no record of the window follows: the function gets its state for the last time
    is_early  the window ends before its time
    """

    window: Window
    shard_id: str
    source_arn: str
    is_final: bool = False
    is_early: bool = False


def window_at(created_ms: int, length_ms: int) -> Window:
    """The window that a record made then belongs to, before anything is known of it.

    >>> window_at(1_772_600_800_123, 300_000).start_ms % 300_000
    0
    """
    return Window(created_ms // length_ms * length_ms, length_ms)


def frame_bytes(frame: Frame) -> bytes:
    """The members of an event beside Records, as JSON that follows a comma."""
    window = frame.window
    bounds = {"start": _whole_seconds(window.start_ms), "end": _whole_seconds(window.end_ms)}
    rest = {
        "shardId": frame.shard_id,
        "eventSourceARN": frame.source_arn,
        "isFinalInvokeForWindow": frame.is_final,
        "isWindowTerminatedEarly": frame.is_early,
    }
    state = window.state.encode()
    return b'"window":' + orjson.dumps(bounds) + b',"state":' + state + b"," + _inside(rest)


def _inside(members: dict[str, object]) -> bytes:
    return orjson.dumps(members)[1:-1]


def _whole_seconds(at_ms: int) -> str:
    """
    >>> _whole_seconds(1_772_600_800_000)
    '2026-03-04T05:06:40Z'
    """
    return iso(at_ms)[:19] + "Z"


def state_of(payload: bytes) -> str | None:
    """The state in a function's answer, as JSON text; None if there is none.

    Any JSON object is a state. Numbers keep all their digits.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        return None
    state = answer.get("state") if isinstance(answer, dict) else None
    if not isinstance(state, dict):
        return None
    return json.dumps(state, separators=(",", ":"))


def with_state(window: Window, state: str | None) -> Window:
    """The window after a call that answered `state`; None: it stays as it was."""
    if state is None:
        return window._replace(attempts=0)
    return window._replace(state=state, attempts=0, is_early=len(state) > STATE_BYTES_MAX)
