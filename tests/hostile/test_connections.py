"""Connections that mean ill: too much, too slow, too many, broken off."""

import contextlib
import socket

import pytest
from tests.hostile.wire import MIB, TABLE, Line, head, request

GET = request("GetItem", {"TableName": TABLE, "Key": {"pk": {"S": "a"}}})
PIECE = b"x" * MIB


def test_a_long_header_line_is_taken_and_a_longer_head_refused(victim):
    """16 KiB in one line pass, as at AWS; a head of far more than 64 KiB is answered 431."""

    def with_line(length: int) -> bytes:
        return GET.replace(b"Host:", b"X-Long: " + b"y" * length + b"\r\nHost:")

    with Line(victim.port) as line:
        assert line.ask(with_line(16_384)).status == 200
        line.push(with_line(1_000_000))
        assert line.answer().status == 431


@pytest.mark.parametrize("count", [50, 1000, 100_000])
def test_many_headers_are_taken_or_refused(victim, undisturbed, count):
    lines = b"".join(b"x-%d: y\r\n" % number for number in range(count))
    with undisturbed(), Line(victim.port) as line:
        line.push(GET.replace(b"Host:", lines + b"Host:"))
        assert line.answer().status == (200 if count <= 1000 else 431)


def test_100_mib_are_refused_before_they_come(victim, undisturbed):
    with undisturbed():
        for _ in range(3):
            with Line(victim.port) as line:
                line.push(head("PutItem", content_length=str(100 * MIB)))
                assert line.answer().status == 413
                for _ in range(100):
                    line.push(PIECE)


def test_100_mib_in_chunks_are_refused_when_it_is_too_much(victim, undisturbed):
    with undisturbed(), Line(victim.port) as line:
        line.push(head("PutItem", transfer_encoding="chunked"))
        for _ in range(100):
            line.push(b"%x\r\n%b\r\n" % (MIB, PIECE))
        assert line.answer().status == 413


def test_chunks_of_one_byte_do_not_hold_up_others(victim, undisturbed):
    with undisturbed(), Line(victim.port) as line:
        line.push(head("PutItem", transfer_encoding="chunked"))
        for _ in range(20):
            line.push(b"1\r\n \r\n" * 100_000)
        line.push(b"0\r\n\r\n")
        assert line.answer().status in (400, 413)


def test_a_request_cut_at_any_byte_leaves_nothing_behind(victim, undisturbed):
    """The other side has sent all it will: what is no whole request is never run as one."""
    with undisturbed():
        for length in range(len(GET)):
            with Line(victim.port, wait_s=5) as line:
                line.push(GET[:length])
                with contextlib.suppress(OSError):
                    line.plug.shutdown(socket.SHUT_WR)
                try:
                    assert line.answer().status in (400, 408), length
                except ConnectionError:
                    pass
        for length in range(0, len(GET), 7):
            line = Line(victim.port)
            line.push(GET[:length])
            line.reset()


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"GARBAGE\r\n\r\n", b"\xff\xfe\r\n", b"{}" * 50])
def test_garbage_behind_a_request_ends_the_connection_after_its_answer(victim, garbage):
    with Line(victim.port) as line:
        line.push(GET * 3 + garbage)
        assert [line.answer().status for _ in range(4)] == [200, 200, 200, 400]
        assert line.is_closed()


@pytest.mark.parametrize(
    ("length", "statuses"),
    [("-1", [400]), ("abc", [400]), ("1, 2", [400]), ("9" * 30, [400]), ("0x10", [400])],
)
def test_a_length_that_is_none_is_refused(victim, length, statuses):
    with Line(victim.port) as line:
        line.push(head("GetItem", content_length=length) + b"{}")
        assert [line.answer().status for _ in statuses] == statuses
        assert line.is_closed()


def test_a_length_that_is_too_small_makes_the_rest_a_broken_request(victim):
    body = GET.partition(b"\r\n\r\n")[2]
    with Line(victim.port) as line:
        line.push(head("GetItem", content_length=str(len(body) - 5)) + body)
        assert [line.answer().status for _ in range(2)] == [400, 400]
        assert line.is_closed()


def test_a_length_that_is_too_large_waits_and_can_be_left(victim, undisturbed):
    with undisturbed():
        lines = [Line(victim.port) for _ in range(50)]
        for line in lines:
            line.push(head("GetItem", content_length="1000000") + b"{}")
        for line in lines:
            line.reset()


def test_thousands_of_requests_at_once_on_one_connection(victim, undisturbed):
    """The client sends without reading; what it asked for comes, in order, once it reads."""
    count = 3000
    with undisturbed(), Line(victim.port) as line:
        line.plug.settimeout(60)
        line.push(GET * count)
        for _ in range(count):
            assert line.answer().status == 200


def test_slow_senders_and_idlers_by_the_thousand(victim, undisturbed):
    """Half say nothing, half stop in the middle of a request; 2000 of them cost a few KiB each."""
    with undisturbed(), contextlib.ExitStack() as stack:
        lines = [stack.enter_context(Line(victim.port)) for _ in range(2000)]
        for number in range(0, 2000, 2):
            lines[number].push(GET[:200])
        for byte in GET[200:]:
            for number in range(0, 100, 2):
                lines[number].push(bytes((byte,)))
        for number in range(0, 100, 2):
            assert lines[number].answer().status == 200
        for number in range(1, 100, 2):
            assert lines[number].ask(GET).status == 200


def test_a_reader_who_does_not_read_is_not_read_either(victim, undisturbed):
    """Answers of 380 KB that nobody takes: the node stops working for it instead of filling up."""
    item = {"pk": {"S": "large"}, "v": {"S": "x" * 380_000}}
    large = request("GetItem", {"TableName": TABLE, "Key": {"pk": {"S": "large"}}})
    with Line(victim.port) as line:
        assert line.ask(request("PutItem", {"TableName": TABLE, "Item": item})).status == 200
    with undisturbed(growth_mib=150), Line(victim.port) as greedy:
        greedy.plug.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(2000):
                greedy.plug.send(large * 10)
        greedy.reset()


def test_replies_of_megabytes_that_nobody_reads_are_not_made_in_advance(victim, undisturbed):
    """65 requests for 8 MB each arrive at once. The replies of a few lie in memory while the client
    looks away; one that reads late gets them all."""
    names = [f"huge{number}" for number in range(22)]
    with Line(victim.port) as line:
        for name in names:
            item = {"pk": {"S": name}, "v": {"S": "x" * 390_000}}
            assert line.ask(request("PutItem", {"TableName": TABLE, "Item": item})).status == 200
    keys = [{"pk": {"S": name}} for name in names]
    asked = request("BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys}}})
    with undisturbed(growth_mib=64), Line(victim.port) as greedy:
        greedy.push(asked * 65)
        with Line(victim.port) as other:
            for _ in range(20):
                assert other.ask(GET).status == 200
    with Line(victim.port) as late:
        late.push(asked * 12)
        for _ in range(12):
            assert len(late.answer().body["Responses"][TABLE]) == len(names)
