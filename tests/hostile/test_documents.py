"""Requests that are whole but mean ill: nested, doubled, broken, blown up."""

import gzip
import json

import pytest
from tests.hostile.wire import MIB, TABLE, Line, request, resident_bytes

KEY = {"pk": {"S": "a"}}


def nested(levels: int, opening: str, closing: str) -> bytes:
    """A PutItem with a value of so many levels, as text: Python's own encoder does not go there."""
    value = opening * levels + '{"S":"x"}' + closing * levels
    return f'{{"TableName":"{TABLE}","Item":{{"pk":{{"S":"a"}},"v":{value}}}}}'.encode()


@pytest.mark.parametrize("levels", [32, 100, 250, 400, 500, 1000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [('{"L":[', "]}"), ('{"M":{"x":', "}}"), ("[", "]"), ('{"x":', "}")],
    ids=["lists", "maps", "arrays", "objects"],
)
def test_a_deep_document_is_refused(line, levels, opening, closing):
    """At most 32 levels: AWS, developer guide, "Constraints"."""
    answer = line.ask(request("PutItem", nested(levels, opening, closing)))
    assert answer.status == 400
    assert answer.kind in ("ValidationException", "SerializationException")


@pytest.mark.parametrize("levels", [300, 2000])
@pytest.mark.parametrize(
    ("operation", "member", "text"),
    [
        ("PutItem", "ConditionExpression", "{}a = :v{}"),
        ("Scan", "FilterExpression", "{}a = :v{}"),
        ("Query", "KeyConditionExpression", "{}pk = :v{}"),
        ("UpdateItem", "UpdateExpression", "SET a = {}:v{}"),
        ("PutItem", "ConditionExpression", "{}NOT a = :v{}"),
        ("GetItem", "ProjectionExpression", "{}a{}"),
    ],
)
def test_many_parentheses_are_refused(line, operation, member, text, levels):
    params = {"TableName": TABLE, member: text.format("(" * levels, ")" * levels)}
    params |= {"PutItem": {"Item": KEY}, "UpdateItem": {"Key": KEY}, "GetItem": {"Key": KEY}}.get(
        operation, {}
    )
    if operation != "GetItem":
        params["ExpressionAttributeValues"] = {":v": {"S": "a"}}
    answer = line.ask(request(operation, params))
    assert (answer.status, answer.kind) == (400, "ValidationException")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        ")" * 4000,
        "size(" * 700 + "a" + ")" * 700,
        "a" + "[0]" * 1300 + " = :v",
        "a" + ".b" * 2000 + " = :v",
        "a IN (" + ", ".join([":v"] * 900) + ")",
        " AND ".join(["a = :v"] * 350),
        "a[" + "9" * 4000 + "] = :v",
        "\0" * 4000,
        "\U0001f30a" * 1000,
        "x" * 10 * MIB,
    ],
    ids=range(11),
)
def test_an_expression_that_goes_too_far_is_refused(line, text):
    params = {"TableName": TABLE, "Item": KEY, "ExpressionAttributeValues": {":v": {"S": "a"}}}
    answer = line.ask(request("PutItem", {**params, "ConditionExpression": text}))
    assert (answer.status, answer.kind) == (400, "ValidationException")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM hostile WHERE " + "(" * 3000 + "a = 1" + ")" * 3000,
        "SELECT * FROM hostile WHERE " + "NOT " * 1900 + "a = 1",
        "SELECT * FROM hostile WHERE a = " + "[" * 3000 + "]" * 3000,
        "SELECT * FROM hostile WHERE a = " + "{'a':" * 1300 + "1" + "}" * 1300,
        "SELECT * FROM hostile WHERE a = " + "<<" * 1900 + ">>" * 1900,
        "SELECT * FROM hostile WHERE a = " + "-" * 8000 + "1",
        "SELECT " + "a." * 3000 + "b FROM hostile",
        "INSERT INTO hostile VALUE " + "{'pk':" * 1100 + "1" + "}" * 1100,
        "(" * 8000,
        "'" * 8001,
        "SELECT * FROM hostile WHERE " + " OR ".join(["a = 1"] * 700),
    ],
    ids=range(11),
)
def test_a_statement_that_goes_too_far_is_no_trouble(line, statement):
    assert len(statement) <= 8192, "PartiQL's own bound is met before"
    answer = line.ask(request("ExecuteStatement", {"Statement": statement}))
    assert answer.status in (200, 400)


@pytest.mark.parametrize(
    "body",
    [
        b'{"TableName":"\xff\xfe"}',
        b'{"TableName":"\xed\xa0\x80"}',
        b'{"TableName":"\\ud800"}',
        b'\xef\xbb\xbf{"TableName":"hostile"}',
        '{"TableName":"hostile"}'.encode("utf-16"),
        b'{"TableName":"hostile"',
        b'{"TableName":"hostile"}{}',
        b'{"TableName":"hostile",}',
        b'{"TableName":NaN}',
        b'{"Limit":' + b"9" * 100_000 + b"}",
        b'{"Limit":1e999}',
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"\0" * 1000,
    ],
)
@pytest.mark.parametrize("operation", ["PutItem", "Scan"])
def test_what_is_not_a_document_is_refused(line, operation, body):
    answer = line.ask(request(operation, body))
    assert answer.status == 400
    assert answer.kind in ("SerializationException", "ValidationException")


def test_a_member_that_comes_twice_counts_once(line):
    """JSON leaves it open which; both halves of the node must see the same one."""
    item = '{"pk":{"S":"twice"},"a":{"S":"one"},"a":{"S":"two"}}'
    body = f'{{"TableName":"none","TableName":"{TABLE}","Item":{item}}}'.encode()
    assert line.ask(request("PutItem", body)).status == 200
    got = line.ask(request("GetItem", {"TableName": TABLE, "Key": {"pk": {"S": "twice"}}}))
    assert got.body["Item"]["a"] == {"S": "two"}
    both = b'{"TableName":"hostile","Item":{"pk":{"S":"a","S":"b"}}}'
    assert line.ask(request("PutItem", both)).status == 200


def test_a_thousand_nots_are_no_trouble(line):
    text = "NOT " * 999 + "a = :v"
    params = {"TableName": TABLE, "Item": KEY, "ExpressionAttributeValues": {":v": {"S": "a"}}}
    assert line.ask(request("PutItem", {**params, "ConditionExpression": text})).status < 500


@pytest.mark.parametrize("key", ["a" * 2049, "a" * 100_000, "\U0001f30a" * 600, "\0" * 3000])
def test_a_key_that_is_too_long_is_refused(line, key):
    answer = line.ask(request("PutItem", {"TableName": TABLE, "Item": {"pk": {"S": key}}}))
    assert (answer.status, answer.kind) == (400, "ValidationException")


@pytest.mark.parametrize(
    "number", ["1" * 10_000_000, "1e999999999999", "-1e-99999999999", "0." + "0" * 5_000_000 + "1"]
)
def test_a_monstrous_number_is_refused(line, number):
    item = {"pk": {"S": "a"}, "n": {"N": number}}
    answer = line.ask(request("PutItem", {"TableName": TABLE, "Item": item}))
    assert (answer.status, answer.kind) == (400, "ValidationException")


def test_bombs_are_not_blown_up(victim, undisturbed):
    """100 MiB of blanks in 100 KiB: refused at 16 MiB (AWS's bound of a request)."""
    bomb = gzip.compress(b" " * 100 * MIB, 1)
    doubled = gzip.compress(gzip.compress(b" " * 100 * MIB, 9), 9)
    with undisturbed():
        for _ in range(5):
            with Line(victim.port) as line:
                answer = line.ask(request("PutItem", bomb, content_encoding="gzip"))
                assert answer.status == 413
                answer = line.ask(request("PutItem", doubled, content_encoding="gzip, gzip"))
                assert answer.status == 400
                answer = line.ask(request("PutItem", bomb[:-5000], content_encoding="gzip"))
                assert answer.status in (400, 413)


def test_the_largest_batch_does_not_hold_up_others(victim, undisturbed):
    """25 items of nearly 400 KB."""
    puts = [
        {"PutRequest": {"Item": {"pk": {"S": f"big{n}"}, "v": {"S": "x" * 390_000}}}}
        for n in range(25)
    ]
    batch = request("BatchWriteItem", {"RequestItems": {TABLE: puts}})
    # It is one transaction of 10 MB, and whoever comes meanwhile waits for the whole of it.
    with undisturbed(growth_mib=200, latency_ms=250):
        for _ in range(5):
            with Line(victim.port) as line:
                assert line.ask(batch).status == 200


def test_a_body_full_of_nothing_is_refused(victim):
    """It takes the node a while to read, but no more memory than any such body."""
    many = {f"a{n}": {"N": str(n)} for n in range(300_000)}
    wide = request("PutItem", {"TableName": TABLE, "Item": {"pk": {"S": "a"}, **many}})
    useless = request("PutItem", json.dumps([0] * 4_000_000).encode())
    before = resident_bytes(victim.pid)
    with Line(victim.port) as line:
        for _ in range(2):
            assert line.ask(wide).status == 400
            assert line.ask(useless).status == 400
    assert resident_bytes(victim.pid) - before < 300 * MIB


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        # The model's pattern takes the cube of the length to say no.
        ("ExportTableToPointInTime", {"S3Bucket": "a" * 5000 + "!"}),
        ("ExportTableToPointInTime", {"S3Bucket": "a" * 5_000_000, "TableArn": "a" * 1_000_000}),
        ("DeleteResourcePolicy", {"ResourceArn": "arn:" * 1_000_000}),
        ("DescribeTable", {"TableName": "a" * 10_000_000 + "!"}),
        ("ListContributorInsights", {"MaxResults": -1}),
        (
            "RestoreTableToPointInTime",
            {"SourceTableName": TABLE, "TargetTableName": "t" * 9, "RestoreDateTime": 1e308},
        ),
    ],
)
def test_what_no_model_bounds_is_refused_at_once(victim, operation, params):
    with Line(victim.port, wait_s=5) as line:
        assert line.ask(request(operation, params)).status == 400
