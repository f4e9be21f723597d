"""The function operations of Lambda, as boto3 sees them.

Source of shapes and texts: the Lambda API reference and recorded answers of AWS.
"""

import base64
import io
import itertools
import json
import os
import sys
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/r"
ECHO = "def handler(event, context):\n    return event\n"

_numbers = itertools.count()


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), source)  # of no moment: the same each time
    return buffer.getvalue()


@pytest.fixture
def client(node) -> Any:
    return node.client("lambda")


@pytest.fixture
def name() -> str:
    return f"f-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def make(client, name):
    """make(source, **params) creates the function `name` and returns the answer."""
    made = []

    def create(source: str = ECHO, **params: Any) -> Any:
        given = {
            "FunctionName": name,
            "Runtime": RUNTIME,
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped(source)},
        }
        answer = client.create_function(**(given | params))
        made.append(answer["FunctionName"])
        return answer

    yield create
    for function in made:
        try:
            client.delete_function(FunctionName=function)
        except client.exceptions.ResourceNotFoundException:
            pass


def refusal(call: Any, **params: Any) -> tuple[str, str, int]:
    """Code, message and HTTP status of the error that a call must end in."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    error = answer["Error"]
    return error["Code"], error["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def invoke(client: Any, name: str, event: Any = None, **params: Any) -> Any:
    """The whole answer, its Payload read as JSON."""
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event), **params)
    answer["Payload"] = json.loads(answer["Payload"].read())
    return answer


def test_a_function_is_created_waited_for_and_invoked(client, make, name):
    answer = make()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["State"] == "Pending"
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    answer = invoke(client, name, {"ü": [1, None, "€"]}, LogType="Tail")
    assert answer["Payload"] == {"ü": [1, None, "€"]}
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.count("RequestId: " + answer["ResponseMetadata"]["RequestId"]) == 3


def test_a_failing_function_is_a_success_of_the_call(client, make, name):
    make("def handler(event, context):\n    raise ValueError('boom')\n")
    answer = invoke(client, name)
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorMessage"] == "boom"
    assert answer["Payload"]["errorType"] == "ValueError"
    assert "LogResult" not in answer


def test_no_payload_is_an_empty_object(client, make, name):
    make()
    assert client.invoke(FunctionName=name)["Payload"].read() == b"{}"


def test_every_form_of_a_name_is_understood(client, make, name):
    arn = make()["FunctionArn"]
    for form in (arn, f"{arn}:$LATEST", f"000000000000:function:{name}", f"{name}:$LATEST"):
        assert invoke(client, form, 1)["Payload"] == 1
        assert client.get_function_configuration(FunctionName=form)["FunctionArn"] == arn
    assert invoke(client, name, 1, Qualifier="$LATEST")["Payload"] == 1


def test_a_client_context_reaches_the_handler(client, make, name):
    make("def handler(event, context):\n    return context.client_context.custom\n")
    context = base64.b64encode(json.dumps({"custom": {"ü": 1}}).encode()).decode()
    assert invoke(client, name, ClientContext=context)["Payload"] == {"ü": 1}


def test_a_handler_reaches_the_node_with_boto3(client, make, name, node):
    """AWS's Python runtimes bring boto3; here it is found beside the node."""
    make(
        "import boto3\ndef handler(event, context):\n"
        "    return boto3.client('lambda').get_function(FunctionName=context.function_name)"
        "['Configuration']['FunctionArn']\n",
        Timeout=30,
    )
    assert invoke(client, name)["Payload"].endswith(f":function:{name}")


def test_a_dry_run_checks_and_runs_nothing(client, make, name):
    make("import os\nos._exit(1)\n")
    answer = client.invoke(FunctionName=name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert answer["Payload"].read() == b""
    code, _, _ = refusal(client.invoke, FunctionName="none", InvocationType="DryRun")
    assert code == "ResourceNotFoundException"


def test_code_is_replaced(client, make, name):
    make()
    assert invoke(client, name, 1)["Payload"] == 1
    source = "def handler(event, context):\n    return 'new'\n"
    answer = client.update_function_code(FunctionName=name, ZipFile=zipped(source))
    assert answer["LastUpdateStatus"] == "InProgress"
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert invoke(client, name, 1)["Payload"] == "new"


def test_settings_are_replaced(client, make, name):
    make("import os\ndef handler(event, context):\n    return os.environ.get('MINE')\n")
    assert invoke(client, name)["Payload"] is None
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"MINE": "1"}}, Timeout=10
    )
    client.get_waiter("function_updated").wait(FunctionName=name)
    assert invoke(client, name)["Payload"] == "1"
    found = client.get_function_configuration(FunctionName=name)
    assert (found["Timeout"], found["MemorySize"]) == (10, 128)


def test_a_function_is_shown_with_its_tags_and_where_its_code_is(client, make, name):
    created = make(Tags={"team": "a"}, Description="d")
    found = client.get_function(FunctionName=name)
    assert found["Tags"] == {"team": "a"}
    assert found["Configuration"]["State"] == "Active"
    assert found["Configuration"]["CodeSha256"] == created["CodeSha256"]
    assert found["Configuration"]["Description"] == "d"
    assert found["Code"]["RepositoryType"] == "S3"
    with urllib.request.urlopen(found["Code"]["Location"]) as answer:
        assert answer.read() == zipped(ECHO)


def test_functions_are_listed_in_pages(client, make, name):
    names = [f"{name}-{number}" for number in range(3)]
    for one in names:
        make(FunctionName=one)
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    found = [entry for page in pages for entry in page["Functions"]]
    assert [entry["FunctionName"] for entry in found if entry["FunctionName"] in names] == names
    assert not [entry for entry in found if "State" in entry]


def test_a_deleted_function_is_gone_and_can_be_made_again(client, make, name):
    make()
    invoke(client, name)
    answer = client.delete_function(FunctionName=name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    missing = ("ResourceNotFoundException", f"Function not found: {arn}", 404)
    assert refusal(client.get_function, FunctionName=name) == missing
    assert refusal(client.delete_function, FunctionName=name) == missing
    assert refusal(client.invoke, FunctionName=name) == missing
    make("def handler(event, context):\n    return 'again'\n")
    assert invoke(client, name)["Payload"] == "again"


def test_refusals_have_the_codes_and_texts_of_aws(client, make, name):
    make()
    assert refusal(make) == (
        "ResourceConflictException",
        f"Function already exist: {name}",
        409,
    )
    assert refusal(make, FunctionName=f"{name}-x", Code={"ZipFile": b"no zip"}) == (
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
        400,
    )
    code, text, _ = refusal(make, FunctionName=f"{name}-x", Role="r1")
    assert code == "ValidationException"
    assert "Value 'r1' at 'role' failed to satisfy constraint" in text
    change = {"FunctionName": name, "RevisionId": "old", "Timeout": 5}
    code, text, status = refusal(client.update_function_configuration, **change)
    assert (code, status) == ("PreconditionFailedException", 412)
    code, text, _ = refusal(client.delete_function, FunctionName=name, Qualifier="$LATEST")
    assert code == "InvalidParameterValueException"
    assert text == "$LATEST version cannot be deleted without deleting the function."


def test_an_unknown_runtime_is_refused_with_the_set_of_known_ones(client, make):
    code, text, _ = refusal(make, Runtime="cobol85")
    assert code == "InvalidParameterValueException"
    assert text.startswith("Value cobol85 at 'runtime' failed to satisfy constraint: Member must")


def test_what_is_not_supported_is_refused_by_name(client, make, name):
    for params, word in (
        ({"Runtime": "java21"}, "java21"),
        ({"Code": {"ImageUri": "image"}}, "ImageUri"),
        ({"TracingConfig": {"Mode": "Active"}}, "TracingConfig.Mode Active"),
    ):
        code, text, status = refusal(make, **params)
        assert (code, status) == ("ValidationException", 400)
        assert f"{word} is not supported" in text
    make()
    code, text, _ = refusal(client.get_function_url_config, FunctionName=name)
    assert code == "ValidationException"
    assert "GetFunctionUrlConfig" in text


def test_an_event_that_is_not_json_or_too_large(client, make, name):
    make()
    code, text, status = refusal(client.invoke, FunctionName=name, Payload=b"{")
    assert (code, status) == ("InvalidRequestContentException", 400)
    assert text.startswith(
        "Could not parse request body into json: Could not parse payload into json: "
    )
    large = b'"' + b"x" * 6_291_456 + b'"'
    code, _, status = refusal(client.invoke, FunctionName=name, Payload=large)
    assert (code, status) == ("RequestTooLargeException", 413)


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def test_functions_survive_a_crash_of_the_node_and_their_processes_do_not(
    node_factory, name, eventually
):
    node = node_factory()
    client = node.client("lambda")
    source = "import os\ndef handler(event, context):\n    return os.getpid()\n"
    client.create_function(
        FunctionName=name,
        Runtime=RUNTIME,
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": zipped(source)},
    )
    before = invoke(client, name)["Payload"]
    client.close()
    node.kill()
    node.start()
    after = invoke(node.client("lambda"), name)["Payload"]
    assert before != after
    eventually(lambda: not alive(before), what="the end of the old process")
