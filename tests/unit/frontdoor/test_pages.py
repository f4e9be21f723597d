"""What the door answers without credentials: health, metrics, admin pages, preflights."""

from typing import Any

import pytest

from headwater.errors import OperatorError
from headwater.frontdoor.admin import Admin
from headwater.loops import run
from headwater.metrics.counters import Registry
from headwater.metrics.names import MetricName
from headwater.wire.reply import Reply


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = "".join(f"{n.replace('_', '-').title()}: {value}\r\n" for n, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


def ask(open_door, *requests, add=None, **settings):
    async def story():
        async with open_door(**settings) as door, door.connect() as line:
            if add is not None:
                add(door.pipeline.admin)
            answers = []
            for data in requests:
                await line.send(data)
                answers.append(await line.reply())
            return answers

    return run(story())


def test_get_slash_answers_as_aws_s_endpoints_do(open_door):
    (answer,) = ask(open_door, request("GET", "/"), region="eu-west-1")
    assert answer.status == 200
    assert answer.body == b"healthy: dynamodb.eu-west-1.amazonaws.com "


def test_health_is_ok(open_door):
    (answer,) = ask(open_door, request("GET", "/_headwater/health"))
    assert (answer.status, answer.json()["status"]) == (200, "ok")


def test_what_was_answered_and_refused_is_on_the_metrics_page(open_door, rpc):
    item = {"TableName": "orders", "Item": {"pk": {"S": "a"}}}
    *_, page = ask(
        open_door,
        rpc("PutItem", item),
        rpc("PutItem", item),
        rpc("DescribeTable", {"TableName": "orders"}),
        request("GET", "/nowhere"),
        request("GET", "/_headwater/metrics"),
    )
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    start = 'headwater_requests_total{service="dynamodb",operation='
    lines = page.body.decode().splitlines()
    assert start + '"PutItem",outcome="ok"} 2' in lines
    assert start + '"DescribeTable",outcome="ResourceNotFoundException"} 1' in lines
    assert 'headwater_refused_total{reason="unknown operation"} 1' in lines
    assert "headwater_connections 1" in lines


def test_label_values_are_escaped_on_the_metrics_page():
    """Source: the exposition format: backslash, double quote and line feed."""
    registry = Registry()
    counter = registry.counter(MetricName("x_total", "counter", "X.", ("label",)))
    counter.add(('a"b\\c\nd',))
    assert 'x_total{label="a\\"b\\\\c\\nd"} 1' in registry.page().decode().splitlines()


def test_other_parts_of_the_node_add_pages_of_their_own(open_door):
    async def move(page_request):
        return {"moved": page_request.json()["hours"], "why": page_request.query["why"]}

    def add(admin: Admin) -> None:
        admin.add("POST", "clock", move)
        admin.add("GET", "clock", lambda page_request: Reply(b"12:00", headers={"X-A": "b"}))

    moved, told = ask(
        open_door,
        request("POST", "/_headwater/clock?why=test", b'{"hours": 48}'),
        request("GET", "/_headwater/clock/"),
        add=add,
    )
    assert moved.json() == {"moved": 48, "why": "test"}
    assert (told.body, told.headers["x-a"]) == (b"12:00", "b")


def test_trouble_on_an_admin_page_says_what_to_do(open_door, caplog):
    def refuse(page_request):
        raise OperatorError("no such shard. Look at /_headwater/shards.")

    async def fail(page_request):
        raise RuntimeError("a bug of ours")

    def add(admin: Admin) -> None:
        admin.add("GET", "refuses", refuse)
        admin.add("GET", "fails", fail)
        admin.add("POST", "json", lambda page_request: page_request.json())

    refused, failed, bad, unknown, method = ask(
        open_door,
        request("GET", "/_headwater/refuses"),
        request("GET", "/_headwater/fails"),
        request("POST", "/_headwater/json", b"["),
        request("GET", "/_headwater/nothing"),
        request("DELETE", "/_headwater/health"),
        add=add,
    )
    assert refused.status == 400
    assert refused.json() == {"error": "no such shard. Look at /_headwater/shards."}
    assert failed.status == 500
    assert "a bug of ours" in caplog.text
    assert bad.status == 400
    assert unknown.status == 404
    assert "/_headwater/health" in unknown.json()["error"]
    assert (method.status, method.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("cors", ["", "https://shop.example"])
def test_a_web_page_of_an_origin_that_is_not_allowed_reaches_nothing(open_door, rpc, cors):
    call = rpc("ListTables", {}, origin="https://evil.example")
    preflight = request(
        "OPTIONS", "/", origin="https://evil.example", access_control_request_method="POST"
    )
    for answer in ask(open_door, call, preflight, cors=cors):
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, 403),
        ({"cors": "https://evil.example.net"}, 200),
        ({"allow_anonymous": True}, 200),
        ({"host": "0.0.0.0"}, 200),
    ],
)
def test_a_web_page_that_has_its_name_lead_here_reaches_nothing(
    open_door, rpc, rest, settings, status
):
    """DNS rebinding: its GET carries no Origin, but its own name."""
    named: dict[str, Any] = {"host": "evil.example.net:8000"}
    answers = ask(
        open_door,
        request("GET", "/_headwater/metrics", **named),
        rest("GET", "/2015-03-31/functions/", **named),
        rpc("PutItem", {"TableName": "orders", "Item": {}}, **named),
        **settings,
    )
    assert [answer.status for answer in answers] == [status] * 3


@pytest.mark.parametrize(
    ("cors", "allowed"),
    [("*", "*"), ("https://a.example, https://shop.example/", "https://shop.example")],
)
def test_a_web_page_of_an_allowed_origin_is_served(open_door, rpc, cors, allowed):
    """Source: https://fetch.spec.whatwg.org/#http-cors-protocol"""
    preflight, call = ask(
        open_door,
        request(
            "OPTIONS",
            "/",
            origin="https://shop.example",
            access_control_request_method="POST",
            access_control_request_headers="x-amz-target,content-type",
        ),
        rpc("DescribeTable", {"TableName": "orders"}, origin="https://shop.example"),
        cors=cors,
    )
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-headers"] == "x-amz-target,content-type"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    for answer in (preflight, call):
        assert answer.headers["access-control-allow-origin"] == allowed
    assert call.status == 400
    assert "x-amzn-RequestId" in call.headers["access-control-expose-headers"]
