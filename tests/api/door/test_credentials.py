"""A node with --credentials answers only those who sign with a key it knows.

Sources: AWS's Signature Version 4; the errors' names and texts as AWS answers them. The client is
boto3, whose signatures are botocore's.
"""

import base64
import io
import json
import urllib.error
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table

CREDENTIALS = """
[orders]
aws_access_key_id = AKIAORDERS
aws_secret_access_key = orders-secret
aws_account_id = 111122223333

[billing]
aws_access_key_id = AKIABILLING
aws_secret_access_key = billing-secret
aws_account_id = 444455556666
"""


@pytest.fixture
def guarded(node_factory, tmp_path):
    """A node that knows two keys."""
    path = tmp_path / "credentials"
    path.write_text(CREDENTIALS)
    return node_factory("--credentials", str(path), in_memory=True)


def client(node, key, secret, service="dynamodb", **more):
    return node.client(service, aws_access_key_id=key, aws_secret_access_key=secret, **more)


def refusal(call, *arguments, **parameters):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **parameters)
    return refused.value.response["Error"]


def create(dynamodb, name):
    return create_table(dynamodb, name)


def test_a_key_acts_for_its_account_and_sees_no_other(guarded, table_name):
    orders = client(guarded, "AKIAORDERS", "orders-secret")
    billing = client(guarded, "AKIABILLING", "billing-secret")
    assert ":111122223333:" in create(orders, table_name)["TableArn"]
    orders.put_item(TableName=table_name, Item={"pk": {"S": "a"}})
    assert table_name in orders.list_tables()["TableNames"]
    assert table_name not in billing.list_tables()["TableNames"]


def test_every_service_verifies(guarded):
    for service, call in (
        ("dynamodb", "list_tables"),
        ("dynamodbstreams", "list_streams"),
        ("lambda", "list_functions"),
    ):
        right = client(guarded, "AKIAORDERS", "orders-secret", service)
        getattr(right, call)()
        wrong = client(guarded, "AKIAORDERS", "guessed", service)
        error = refusal(getattr(wrong, call))
        assert error["Code"] == "InvalidSignatureException"
        assert "The request signature we calculated does not match" in error["Message"]


def test_an_unknown_key_is_not_recognized(guarded):
    error = refusal(client(guarded, "AKIANOBODY", "x").list_tables)
    assert error == {
        "Code": "UnrecognizedClientException",
        "Message": "The security token included in the request is invalid.",
    }


def test_a_session_token_nobody_issued_is_not_recognized(guarded):
    dynamodb = client(guarded, "AKIAORDERS", "orders-secret", aws_session_token="stale")
    assert refusal(dynamodb.list_tables)["Code"] == "UnrecognizedClientException"


def test_an_unsigned_request_is_told_so(guarded):
    request = urllib.request.Request(
        guarded.url,
        data=b"{}",
        headers={
            "X-Amz-Target": "DynamoDB_20120810.ListTables",
            "Content-Type": "application/x-amz-json-1.0",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert b"MissingAuthenticationTokenException" in refused.value.read()


def test_large_and_empty_bodies_are_verified_too(guarded, table_name):
    dynamodb = client(guarded, "AKIAORDERS", "orders-secret")
    create(dynamodb, table_name)
    item = {"pk": {"S": "é" * 500}, "x": {"S": "y" * 300_000}}
    dynamodb.put_item(TableName=table_name, Item=item)
    functions = client(guarded, "AKIAORDERS", "orders-secret", "lambda")
    error = refusal(functions.get_function, FunctionName="none")
    assert error["Code"] == "ResourceNotFoundException"


def page(node, path, key=None, secret=None):
    request = urllib.request.Request(f"{node.url}/_headwater/{path}")
    if key is not None:
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_health_is_for_everybody_and_other_admin_pages_for_who_has_a_key(guarded):
    assert page(guarded, "health") == 200
    assert page(guarded, "metrics") == 401
    assert page(guarded, "metrics", "AKIAORDERS", "guessed") == 401
    assert page(guarded, "metrics", "AKIAORDERS", "orders-secret") == 200


HANDLER = """
import boto3
def handler(event, context):
    return boto3.client("dynamodb").list_tables()["TableNames"]
"""


def test_a_function_signs_with_a_key_of_its_own_account(guarded, table_name):
    orders = client(guarded, "AKIAORDERS", "orders-secret")
    create(orders, table_name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", HANDLER)
    functions = client(guarded, "AKIAORDERS", "orders-secret", "lambda")
    functions.create_function(
        FunctionName="tables",
        Runtime="python3.11",
        Role="arn:aws:iam::111122223333:role/any",
        Handler="app.handler",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
    )
    answer = functions.invoke(FunctionName="tables")["Payload"].read()
    assert json.loads(answer) == [table_name]
