"""What a request becomes: which operation, in whose world, and which answer its trouble gets."""

import logging
import zlib

import orjson
import pytest

from headwater.loops import run

ITEM = {"TableName": "orders", "Item": {"pk": {"S": "a"}}}
KEY = {"TableName": "orders", "Key": {"pk": {"S": "a"}}}
SERIALIZATION = {"__type": "com.amazon.coral.service#SerializationException"}


def ask(open_door, *requests, **settings):
    """The answers to `requests`, all on one connection."""

    async def story():
        async with open_door(**settings) as door, door.connect() as line:
            answers = []
            for request in requests:
                await line.send(request)
                answers.append(await line.reply())
            return answers

    return run(story())


def test_an_answer_carries_what_aws_s_answers_carry(open_door, rpc):
    """Names and forms: recorded answers of AWS. The date is the clock's."""
    (answer,) = ask(open_door, rpc("GetItem", KEY))
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(answer.body))
    assert answer.headers["date"] == "Wed, 04 Mar 2026 05:06:07 GMT"
    request_id = answer.headers["x-amzn-requestid"]
    assert len(request_id) == 52
    assert request_id.isalnum()
    assert request_id == request_id.upper()


def test_json_1_1_is_answered_in_json_1_1(open_door, rpc):
    content_type = "application/x-amz-json-1.1; charset=utf-8"
    (answer,) = ask(open_door, rpc("PutItem", ITEM, content_type=content_type))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-amz-json-1.1")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"TableName": "\xff"}', b"[]", b'"text"', b"null", b"[" * 100_000],
    ids=["empty", "cut off", "not utf-8", "list", "text", "null", "100,000 levels"],
)
def test_a_body_that_is_not_a_json_object_is_a_serialization_error_without_text(
    open_door, rpc, body
):
    """Recorded answers of AWS."""
    (answer,) = ask(open_door, rpc("PutItem", body))
    assert (answer.status, answer.json()) == (400, SERIALIZATION)


@pytest.mark.parametrize("target", ["DynamoDB_20120810", "DynamoDB_20111205", "Nonsense", ""])
def test_a_target_that_nobody_knows_is_an_unknown_operation(open_door, rpc, target):
    (answer,) = ask(open_door, rpc("NoSuchOperation", {}, target=target))
    unknown = {"__type": "com.amazon.coral.service#UnknownOperationException"}
    assert (answer.status, answer.json()) == (400, unknown)


def test_no_target_at_all_is_an_unknown_operation_too(open_door, rpc):
    (answer,) = ask(open_door, rpc("PutItem", ITEM, x_amz_target=""))
    assert answer.json()["__type"].endswith("#UnknownOperationException")


def test_a_request_that_is_addressed_to_no_operation_is_answered_404_in_xml(open_door, rpc, rest):
    """Recorded: 404 and `<UnknownOperationException/>` with a line feed."""
    requests = [
        rpc("PutItem", ITEM, content_type="text/plain"),
        rpc("PutItem", ITEM, content_type=""),
        rpc("PutItem", ITEM).replace(b"POST / ", b"PUT / "),
        rpc("PutItem", ITEM).replace(b"POST / ", b"POST /elsewhere "),
        rest("GET", "/2015-03-31/nonsense"),
    ]
    for answer in ask(open_door, *requests):
        assert (answer.status, answer.body) == (404, b"<UnknownOperationException/>\n")


def test_an_operation_that_aws_has_and_we_do_not_is_refused_by_name(open_door, rpc, rest):
    table, function = ask(
        open_door,
        rpc("CreateBackup", {"TableName": "orders", "BackupName": "one"}),
        rest("GET", "/2018-10-31/layers"),
    )
    assert (table.status, function.status) == (400, 400)
    assert "DynamoDB's CreateBackup" in table.json()["message"]
    assert table.json()["__type"] == "com.amazon.coral.validate#ValidationException"
    assert "Lambda's ListLayers" in function.json()["message"]


def test_an_error_of_the_domain_is_answered_in_aws_s_form(open_door, rpc):
    (answer,) = ask(open_door, rpc("DescribeTable", {"TableName": "orders"}))
    assert answer.status == 400
    assert answer.json() == {
        "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "message": "no orders",
    }


def test_a_bug_of_ours_is_answered_500_logged_with_the_request_s_id_and_counted(
    open_door, rpc, caplog
):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("ListTables", {}) + rpc("PutItem", ITEM))
            broken, fine = await line.reply(), await line.reply()
            return broken, fine, dict(door.pipeline.requests.counts)

    with caplog.at_level(logging.ERROR):
        broken, fine, counts = run(story())
    assert (broken.status, fine.status) == (500, 200)
    assert broken.json()["__type"].endswith("#InternalServerError")
    assert counts["dynamodb", "ListTables", "InternalServerError"] == 1
    assert counts["dynamodb", "PutItem", "ok"] == 1
    (record,) = caplog.records
    assert record.request_id == broken.headers["x-amzn-requestid"]
    assert "a bug of ours" in caplog.text


def test_the_world_is_the_access_key_s_account_and_the_scope_s_region(open_door, rpc):
    """An access key of 12 digits is the account; every other key means 000000000000."""
    key = "AWS4-HMAC-SHA256 Credential=111122223333/20260304/ap-south-1/dynamodb/aws4_request, "
    signed = key + "SignedHeaders=host, Signature=00"
    plain, numbered = ask(open_door, rpc("GetItem", KEY), rpc("GetItem", KEY, authorization=signed))
    assert plain.json()["Scope"] == ["000000000000", "eu-west-1"]
    assert numbered.json()["Scope"] == ["111122223333", "ap-south-1"]


def test_with_shared_db_all_keys_and_regions_are_one_world(open_door, rpc):
    (answer,) = ask(open_door, rpc("GetItem", KEY), shared_db=True, region="us-west-2")
    assert answer.json()["Scope"] == ["000000000000", "us-west-2"]


def test_a_presigned_request_needs_no_authorization_header(open_door, rpc):
    query = (
        b"POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260304T050607Z&X-Amz-Signature=00"
        b"&X-Amz-Credential=test%2F20260304%2Feu-north-1%2Fdynamodb%2Faws4_request"
        b"&X-Amz-SignedHeaders=host HTTP/1.1"
    )
    request = rpc("GetItem", KEY, authorization="").replace(b"POST / HTTP/1.1", query)
    (answer,) = ask(open_door, request)
    assert answer.json()["Scope"] == ["000000000000", "eu-north-1"]


def test_without_credentials_nothing_is_run(open_door, rpc, rest):
    table, function = ask(
        open_door,
        rpc("PutItem", ITEM, authorization=""),
        rest("GET", "/2015-03-31/functions", authorization=""),
    )
    assert table.status == 400
    assert table.json() == {
        "__type": "com.amazon.coral.service#MissingAuthenticationTokenException",
        "message": "Request is missing Authentication Token",
    }
    assert function.status == 403
    assert function.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_a_rest_request_is_gathered_from_path_query_headers_and_body(open_door, rest):
    arn = "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af"
    listed, invoked, created, deleted = ask(
        open_door,
        rest("GET", "/2015-03-31/functions/?MaxItems=7&Marker=a%20b"),
        rest("POST", f"/2015-03-31/functions/{arn}/invocations", b"\x00 not json"),
        rest(
            "POST",
            "/2015-03-31/functions",
            orjson.dumps(
                {"FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Code": {}}
            ),
        ),
        rest("DELETE", "/2015-03-31/functions/f"),
    )
    assert listed.json() == {"Params": {"MaxItems": 7, "Marker": "a b"}}
    assert invoked.body == b"\x00 not json"
    assert invoked.headers["x-amz-executed-version"] == "$LATEST"
    assert (created.status, created.json()["Params"]["FunctionName"]) == (201, "f")
    assert (deleted.status, deleted.body) == (204, b"")
    assert "content-length" not in deleted.headers
    request_id = listed.headers["x-amzn-requestid"]
    assert [len(part) for part in request_id.split("-")] == [8, 4, 4, 4, 12]
    assert "x-amz-crc32" not in listed.headers


def test_a_header_value_of_a_handler_cannot_end_its_line(open_door, rest):
    (answer,) = ask(open_door, rest("GET", "/2015-03-31/functions/f"))
    assert answer.headers["x-odd"] == "a  b"


def test_bad_json_for_lambda_is_told_in_lambda_s_words(open_door, rest):
    (answer,) = ask(open_door, rest("POST", "/2015-03-31/functions", b"{"))
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"] == "InvalidRequestContentException"
    assert answer.json()["message"].startswith("Could not parse request body into json: ")
    assert answer.json()["Type"] == "User"
