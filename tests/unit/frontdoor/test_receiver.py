"""The receiving half of a connection, fed with anything in pieces of any size."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.gate import Gate, Limits
from headwater.frontdoor.receiver import Receiver

LIMITS = Limits(head_bytes_max=2000, body_bytes_max=1000, held_bytes_max=10_000)


class Recorder:
    """A connection that answers everything at once and notes what it was asked."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.seen: list[tuple[object, ...]] = []
        self.open = True

    def arrived(self, exchange: Exchange) -> bool:
        assert self.open, "nothing may come after the end"
        headers = tuple(sorted(exchange.headers.items()))
        self.seen.append((exchange.method, exchange.url, headers, exchange.body, exchange.close))
        self.gate.release(exchange.held_bytes)
        self.open = not exchange.close
        return self.open

    def refused(self, exchange: Exchange, status: int, reason: str) -> None:
        assert self.open, "nothing may come after the end"
        self.seen.append((status, reason))
        self.gate.release(exchange.held_bytes)
        self.open = False

    def expects_continue(self) -> None:
        self.seen.append(("continue",))

    def finished(self, exchange: Exchange) -> None:
        raise AssertionError("not used here")

    def has_left(self) -> bool:
        raise AssertionError("not used here")


def receive(pieces: list[bytes]) -> tuple[list[tuple[object, ...]], Gate]:
    gate = Gate(LIMITS)
    recorder = Recorder(gate)
    receiver = Receiver(recorder, gate)
    for piece in pieces:
        if recorder.open and piece:
            receiver.feed(piece)
    receiver.close()
    return recorder.seen, gate


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A request of some kind, mostly a good one."""
    body = draw(st.binary(max_size=60))
    lines = [draw(st.sampled_from([b"POST / HTTP/1.1", b"PUT /a%20b?c=d HTTP/1.1"]))]
    extra = [b"X-A: b", b"Expect: 100-continue", b"Upgrade: h2c\r\nConnection: upgrade"]
    lines += draw(st.lists(st.sampled_from([*extra, b"Connection: close"]), max_size=2))
    if draw(st.booleans()):
        lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + body
    lines.append(b"Transfer-Encoding: chunked")
    chunks = b"".join(b"1\r\n%b\r\n" % body[at : at + 1] for at in range(len(body)))
    return b"\r\n".join(lines) + b"\r\n\r\n" + chunks + b"0\r\nX-Trailer: t\r\n\r\n"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(marks)]


PLACES = st.lists(st.integers(0, 10_000), max_size=20)


@given(st.lists(messages(), min_size=1, max_size=4), PLACES)
def test_where_the_bytes_are_cut_makes_no_difference(sent, places):
    data = b"".join(sent)
    whole, gate = receive([data])
    assert gate.held_bytes == 0
    pieces, gate = receive(cut(data, places))
    assert gate.held_bytes == 0
    assert pieces == whole


@given(st.lists(messages(), min_size=1, max_size=3), PLACES, st.binary(max_size=5), st.data())
def test_damaged_bytes_end_in_an_answer_and_hold_nothing(sent, places, damage, data):
    stream = b"".join(sent)
    at = data.draw(st.integers(0, len(stream)))
    seen, gate = receive(cut(stream[:at] + damage + stream[at + len(damage) :], places))
    assert gate.held_bytes == 0
    assert gate.connections == 0
    statuses = [entry[0] for entry in seen if isinstance(entry[0], int)]
    assert set(statuses) <= {400, 405, 413, 417, 431}
    assert len(statuses) <= 1


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_noise_is_refused_or_waited_for(pieces):
    seen, gate = receive(pieces)
    assert gate.held_bytes == 0
    assert len(seen) <= 1


def test_a_refusal_because_of_too_many_bytes_at_once_is_counted_back():
    gate = Gate(LIMITS)
    recorders = [Recorder(gate) for _ in range(11)]
    receivers = [Receiver(recorder, gate) for recorder in recorders]
    for receiver in receivers:
        receiver.feed(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
    assert [recorder.seen for recorder in recorders[:10]] == [[]] * 10
    assert recorders[10].seen == [(503, "too many bytes of requests at once")]
    assert gate.held_bytes == 10_000
    for receiver in receivers:
        receiver.close()
    assert gate.held_bytes == 0
