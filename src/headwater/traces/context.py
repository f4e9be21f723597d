"""Where a span stands in a trace, in the two forms in which it travels in headers.

    traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
    X-Amzn-Trace-Id: Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1

Source: https://www.w3.org/TR/trace-context/,
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_W3C = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT = re.compile(r"[0-9a-f]{16}")


class TraceContext(NamedTuple):
    """A span's place. sampled: whether its trace is kept"""

    trace_id: int
    span_id: int
    sampled: bool


def context_in(headers: Mapping[bytes, bytes]) -> TraceContext | None:
    """What a request's headers say, W3C's first; None if that is nothing that can be followed."""
    given = headers.get(b"traceparent")
    if given is not None and (found := _w3c(given)) is not None:
        return found
    given = headers.get(b"x-amzn-trace-id")
    return None if given is None else _xray(given.decode("latin-1"))


def xray_header(context: TraceContext) -> str:
    """What a handler gets as _X_AMZN_TRACE_ID.

    >>> xray_header(TraceContext(1, 2, True))
    'Root=1-00000000-000000000000000000000001;Parent=0000000000000002;Sampled=1'
    """
    trace = f"{context.trace_id:032x}"
    parent, sampled = f"{context.span_id:016x}", int(context.sampled)
    return f"Root=1-{trace[:8]}-{trace[8:]};Parent={parent};Sampled={sampled}"


def _w3c(text: bytes) -> TraceContext | None:
    match = _W3C.fullmatch(text.strip())
    # Version ff is none, and only later versions than 00 may have more parts.
    if match is None or match[1] == b"ff" or (match[1] == b"00" and match[5]):
        return None
    return _valid(int(match[2], 16), int(match[3], 16), bool(int(match[4], 16) & 1))


def _xray(text: str) -> TraceContext | None:
    parts = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    root, parent = _ROOT.fullmatch(parts.get("Root", "")), parts.get("Parent", "")
    if root is None or not _PARENT.fullmatch(parent):
        return None
    # Without a decision, the one who goes on decides.
    sampled = parts.get("Sampled", "1") != "0"
    return _valid(int(root[1] + root[2], 16), int(parent, 16), sampled)


def _valid(trace_id: int, span_id: int, sampled: bool) -> TraceContext | None:
    return TraceContext(trace_id, span_id, sampled) if trace_id and span_id else None
