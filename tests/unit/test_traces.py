"""Where a span stands, read from headers and written to them; who made which change."""

import sys

import pytest

from headwater.errors import StartupError
from headwater.traces.context import TraceContext, context_in, xray_header
from headwater.traces.opening import open_tracer
from headwater.traces.origins import Origins

# The examples of https://www.w3.org/TR/trace-context/ and of X-Ray's developer guide.
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
W3C = f"00-{TRACE}-00f067aa0ba902b7-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"traceparent": W3C}, (int(TRACE, 16), 0x00F067AA0BA902B7, True)),
        ({"traceparent": W3C[:-1] + "0"}, (int(TRACE, 16), 0x00F067AA0BA902B7, False)),
        (
            {"x-amzn-trace-id": XRAY},
            (0x5759E988BD862E3FE1BE46A994272793, 0x53995C3F42CD8AD8, True),
        ),
        # W3C's is the one that is followed.
        ({"traceparent": W3C, "x-amzn-trace-id": XRAY}, (int(TRACE, 16), 0xF067AA0BA902B7, True)),
        # A later version may have more to say; this one may not.
        ({"traceparent": "01" + W3C[2:] + "-more"}, (int(TRACE, 16), 0xF067AA0BA902B7, True)),
        ({"traceparent": W3C + "-more"}, None),
        ({"traceparent": "ff" + W3C[2:]}, None),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, None),
        ({"traceparent": f"00-{TRACE}-{'0' * 16}-01"}, None),
        ({"traceparent": W3C.upper()}, None),
        ({"x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793"}, None),
        ({"x-amzn-trace-id": "nonsense"}, None),
        ({}, None),
    ],
)
def test_a_request_says_where_it_stands(headers, found):
    given = {name.encode(): value.encode() for name, value in headers.items()}
    assert context_in(given) == (None if found is None else TraceContext(*found))


def test_a_handler_is_told_in_the_form_that_its_sdk_reads():
    context = context_in({b"x-amzn-trace-id": XRAY.encode()})
    assert context is not None
    assert xray_header(context) == XRAY


def test_origins_are_remembered_for_the_newest_changes():
    origins = Origins(2)
    spans = [TraceContext(1, number, True) for number in range(3)]
    origins.note(10, 13, spans[0])
    origins.note(20, 22, spans[1])
    assert [origins.find(sequence) for sequence in (10, 11, 13, 14, 20, 21, 22, 23)] == [
        None,
        spans[0],
        spans[0],
        None,
        None,
        spans[1],
        spans[1],
        None,
    ]
    origins.note(30, 32, spans[2])
    assert [origins.find(sequence) for sequence in (11, 21, 31)] == [None, spans[1], spans[2]]


def test_a_node_without_the_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "headwater.traces.otlp", raising=False)
    with pytest.raises(StartupError, match=r"pip install 'headwater\[traces\]'"):
        open_tracer("http://127.0.0.1:4318")
    assert open_tracer("") is None
