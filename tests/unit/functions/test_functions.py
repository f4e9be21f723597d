"""Functions as documents: created, changed, listed, deleted. Texts and shapes recorded from AWS."""

import base64
import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.errors import (
    AwsError,
    InvalidParameterValue,
    NotSupported,
    PreconditionFailed,
    ResourceConflict,
    ResourceNotFound,
    Validation,
)
from headwater.functions.configuration import ENVIRONMENT_BYTES_MAX, architecture, checked
from headwater.functions.document import created, listed, updated
from headwater.functions.pages import code_page, log_page
from headwater.loops import run

OK = "def handler(event, context):\n    return event\n"
NOW_MS = 1_772_600_767_891  # 2026-03-04T05:06:07.891Z


def test_a_new_function_answers_as_aws_does(workbench, lambda_):
    async def main():
        async with workbench(clock=ManualClock(NOW_MS)) as bench:
            return await bench.make(OK, "on-order", Handler="app.handler")

    answer = created(run(main()))
    package = lambda_.zipped({"app.py": OK})
    assert len(answer.pop("RevisionId")) == 36
    version = answer.pop("RuntimeVersionConfig")["RuntimeVersionArn"]
    assert version.startswith("arn:aws:lambda:us-east-1::runtime:")
    assert answer == {
        "FunctionName": "on-order",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:on-order",
        "Runtime": lambda_.OWN_RUNTIME,
        "Role": lambda_.ROLE,
        "Handler": "app.handler",
        "CodeSize": len(package),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "2026-03-04T05:06:07.891+0000",
        "CodeSha256": base64.b64encode(hashlib.sha256(package).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Zip",
        "Architectures": [architecture()],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/on-order"},
    }


def test_it_is_active_at_the_next_look_and_a_list_entry_lacks_states(workbench, lambda_):
    async def main():
        async with workbench() as bench:
            await bench.make(OK)
            return await bench.functions.registry.get(lambda_.SCOPE, "f")

    document = run(main())
    configuration = document["configuration"]
    assert configuration["State"] == "Active"
    assert configuration["LastUpdateStatus"] == "Successful"
    assert not [name for name in configuration if name.startswith("StateReason")]
    assert not [name for name in listed(document) if "State" in name or "Status" in name]


def test_each_setting_given_is_replaced_and_the_others_stay(workbench, lambda_):
    async def main():
        async with workbench() as bench:
            first = await bench.make(OK, Environment={"Variables": {"A": "1", "B": "2"}}, Timeout=9)
            change = {"Environment": {"Variables": {"C": "3"}}, "Description": "d"}
            second = await bench.functions.registry.update_configuration(lambda_.SCOPE, "f", change)
            change = {"Environment": {}}
            third = await bench.functions.registry.update_configuration(lambda_.SCOPE, "f", change)
            return first["configuration"], second, third["configuration"]

    first, document, third = run(main())
    second = document["configuration"]
    assert second["Environment"] == {"Variables": {"C": "3"}}
    assert (second["Description"], second["Timeout"]) == ("d", 9)
    assert "Environment" not in third
    assert len({one["RevisionId"] for one in (first, second, third)}) == 3
    answer = updated(document)
    assert answer["LastUpdateStatus"] == "InProgress"
    assert answer["LastUpdateStatusReason"] == "The function is being created."
    assert answer["LastUpdateStatusReasonCode"] == "Creating"


def test_a_stale_revision_changes_nothing(workbench, lambda_):
    async def main():
        async with workbench() as bench:
            await bench.make(OK)
            functions = bench.functions
            package = lambda_.zipped({"app.py": ""})
            for change in (
                functions.registry.update_configuration(lambda_.SCOPE, "f", {"RevisionId": "old"}),
                functions.registry.update_code(
                    lambda_.SCOPE, "f", {"RevisionId": "old", "ZipFile": package}
                ),
            ):
                with pytest.raises(PreconditionFailed, match="The Revision Id provided does not"):
                    await change
            return (await bench.call(b"1")).payload

    assert run(main()) == b"1"


def test_a_dry_run_of_new_code_says_what_it_would_be_and_changes_nothing(
    workbench, lambda_, tmp_path
):
    package = lambda_.zipped({"app.py": "x"})

    async def main():
        async with workbench(data_dir=tmp_path) as bench:
            await bench.make(OK)
            params = {"ZipFile": package, "DryRun": True}
            registry = bench.functions.registry
            would = await registry.update_code(lambda_.SCOPE, "f", params)
            return would["configuration"], await registry.package(lambda_.SCOPE, "f")

    would, kept = run(main())
    assert would["CodeSize"] == len(package)
    assert kept == lambda_.zipped({"app.py": OK})
    assert len(list(tmp_path.glob("functions/code/*/f/*"))) == 1


def test_a_name_is_taken_once(workbench, lambda_, tmp_path):
    async def main():
        async with workbench(data_dir=tmp_path) as bench:
            await bench.make(OK)
            with pytest.raises(ResourceConflict) as taken:
                await bench.make(OK)
            return taken.value.message

    assert run(main()) == "Function already exist: f"
    assert len(list(tmp_path.glob("functions/code/*/f/*"))) == 1


def test_what_does_not_exist(workbench, lambda_):
    scope = lambda_.SCOPE

    async def main():
        async with workbench() as bench:
            functions = bench.functions
            package = lambda_.zipped({"app.py": OK})
            for call in (
                functions.registry.get(scope, "f"),
                functions.registry.delete(scope, "f"),
                functions.invoke(scope, "f", b"{}"),
                functions.registry.package(scope, "f"),
                functions.registry.update_configuration(scope, "f", {}),
                functions.registry.update_code(scope, "f", {"ZipFile": package}),
                log_page(functions, {"name": "f"}),
            ):
                with pytest.raises(ResourceNotFound) as missing:
                    await call
                assert missing.value.message == (
                    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f"
                )

    run(main())


def test_scopes_do_not_see_each_other(workbench, lambda_):
    elsewhere = Scope("111122223333", "eu-west-1")
    source = "import os\ndef handler(e, c):\n    return [os.environ[n] for n in e]\n"

    async def main():
        async with workbench() as bench:
            await bench.make(OK)
            with pytest.raises(ResourceNotFound):
                await bench.functions.registry.get(elsewhere, "f")
            params = {
                "Runtime": lambda_.OWN_RUNTIME,
                "Role": lambda_.ROLE,
                "Handler": "app.handler",
                "Code": {"ZipFile": lambda_.zipped({"app.py": source})},
            }
            await bench.functions.registry.create(elsewhere, "f", params)
            event = b'["AWS_REGION", "AWS_ACCESS_KEY_ID"]'
            return (await bench.functions.invoke(elsewhere, "f", event)).payload

    assert run(main()) == b'["eu-west-1", "111122223333"]'


def test_a_list_is_by_name_and_in_pages(workbench, lambda_):
    names = ["a", "a-b", "ab", "b"]

    async def main():
        async with workbench() as bench:
            for name in reversed(names):
                await bench.make(OK, name)
            found, after = [], ""
            while True:
                registry = bench.functions.registry
                page, after = await registry.page(lambda_.SCOPE, after=after, limit=3)
                found.append([one["configuration"]["FunctionName"] for one in page])
                if not after:
                    return found

    assert run(main()) == [["a", "a-b", "ab"], ["b"]]


def test_code_that_no_document_names_is_swept_at_the_next_start(lambda_, tmp_path, workbench):
    async def main():
        async with workbench(data_dir=tmp_path) as bench:
            await bench.make(OK)
            document = await bench.functions.registry.get(lambda_.SCOPE, "f")
        kept = next(tmp_path.glob("functions/code/*/f/*"))
        assert kept.name == document["upload"]
        assert (kept / "code.zip").read_bytes() == lambda_.zipped({"app.py": OK})
        # A node whose database does not know the function: its code has nobody left.
        async with workbench(data_dir=tmp_path):
            assert not list(tmp_path.glob("functions/code/*/f/*"))

    run(main())


def test_the_pages_of_code_and_log(workbench, lambda_):
    async def main():
        async with workbench() as bench:
            await bench.make("def handler(e, c):\n    print('hello')\n")
            query = {"account": "000000000000", "region": "us-east-1", "name": "f"}
            before = await log_page(bench.functions, query)
            await bench.call()
            return (
                await code_page(bench.functions, query),
                before.body,
                (await log_page(bench.functions, {"name": "f"})).body,
            )

    code, before, after = run(main())
    assert code.body[:2] == b"PK"
    assert before == b""
    assert b"\nhello\nEND RequestId: " in after


# --- what is refused ------------------------------------------------------------------------------


def refusal(params: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as refused:
        checked(params)
    return refused.value


@pytest.mark.parametrize(
    "params",
    [
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}},
        {"FileSystemConfigs": [{"Arn": "a", "LocalMountPath": "/mnt/a"}]},
        {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"},
        {"ImageConfig": {"Command": ["a"]}},
        {"CodeSigningConfigArn": "arn:x"},
        {"PackageType": "Image"},
        {"TracingConfig": {"Mode": "Active"}},
        {"SnapStart": {"ApplyOn": "PublishedVersions"}},
        {"EphemeralStorage": {"Size": 1024}},
        {"Runtime": "java21"},
        {"Architectures": ["arm64" if architecture() == "x86_64" else "x86_64"]},
    ],
)
def test_what_is_not_supported_is_refused_by_name(params):
    error = refusal(params)
    assert isinstance(error, NotSupported)
    name = next(iter(params))
    assert name in error.message


@pytest.mark.parametrize(
    "params",
    [
        {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}},
        {"KMSKeyArn": ""},
    ],
)
def test_what_asks_for_nothing_is_taken(params):
    assert checked(params) == {}


def test_an_unknown_runtime():
    error = refusal({"Runtime": "cobol85"})
    assert isinstance(error, InvalidParameterValue)
    assert error.message.startswith(
        "Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
        "set: ["
    )
    assert error.message.endswith("] or be a valid ARN")


def test_a_role_of_the_wrong_form():
    error = refusal({"Role": "r1"})
    assert isinstance(error, Validation)
    assert error.message == (
        "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: "
        r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
    )


@pytest.mark.parametrize(
    ("params", "path", "bound"),
    [
        ({"Timeout": 901}, "timeout", "less than or equal to 900"),
        ({"Timeout": 0}, "timeout", "greater than or equal to 1"),
        ({"MemorySize": 10241}, "memorySize", "less than or equal to 10240"),
        ({"MemorySize": 127}, "memorySize", "greater than or equal to 128"),
    ],
)
def test_numbers_out_of_range(params, path, bound):
    (value,) = params.values()
    assert refusal(params).message == (
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )


def test_reserved_variables_are_refused_by_name():
    error = refusal({"Environment": {"Variables": {"AWS_REGION": "x", "MINE": "y"}}})
    assert isinstance(error, InvalidParameterValue)
    assert error.message == (
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided contains reserved keys that are currently not supported for "
        "modification. Reserved keys used in this request: AWS_REGION"
    )


def test_variables_of_more_than_four_kilobytes():
    # {"A":"..."} : 8 bytes around the value
    checked({"Environment": {"Variables": {"A": "x" * (ENVIRONMENT_BYTES_MAX - 8)}}})
    error = refusal({"Environment": {"Variables": {"A": "x" * (ENVIRONMENT_BYTES_MAX - 7)}}})
    assert "exceeded the 4KB limit. String measured: {" in error.message


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("Runtime", "Runtime and Handler are mandatory parameters"),
        ("Handler", "Runtime and Handler are mandatory parameters"),
    ],
)
def test_a_zip_function_needs_a_runtime_and_a_handler(workbench, missing, text):
    async def main():
        async with workbench() as bench:
            with pytest.raises(InvalidParameterValue, match=text):
                await bench.make(OK, **{missing: None})

    run(main())


def test_code_that_is_not_in_the_request(workbench):
    async def main():
        async with workbench() as bench:
            with pytest.raises(NotSupported, match="ImageUri"):
                await bench.make(OK, Code={"ImageUri": "i"})
            with pytest.raises(InvalidParameterValue, match="send ZipFile"):
                await bench.make(OK, Code={"S3Bucket": "b", "S3Key": "k"})
            with pytest.raises(InvalidParameterValue, match="provide a source for function code"):
                await bench.make(OK, Code={})

    run(main())


def test_an_event_that_meets_a_bug_is_looked_at_again_after_a_pause(workbench, lambda_, caplog):
    clock = ManualClock(NOW_MS)
    calls: list[str] = []

    async def fails(*args: Any, request_id: str, **named: Any) -> None:
        calls.append(request_id)
        raise RuntimeError("a bug")

    async def main():
        async with workbench(clock=clock) as bench:
            await bench.make(OK)
            events = bench.functions.events
            events._invoker = SimpleNamespace(invoke=fails)
            await events.send(lambda_.SCOPE, "f", None, b"{}", request_id="one")
            await clock.advance(0)
            assert calls == ["one"] and events.in_hand() == 0
            await clock.advance(1000)
            assert calls == ["one", "one"]
            await clock.advance(1000)
            assert calls == ["one", "one"]
            await clock.advance(1000)
            assert calls == ["one", "one", "one"]

    run(main())
    assert "event failed" in caplog.text


def test_code_that_is_to_stay_in_its_bucket_is_refused(workbench, lambda_):
    """Newer models have S3ObjectStorageMode: COPY, which is what is done, or REFERENCE."""

    async def main():
        async with workbench() as bench:
            code = {"ZipFile": lambda_.zipped({"app.py": OK})}
            await bench.make("", "copied", Code=code | {"S3ObjectStorageMode": "COPY"})
            with pytest.raises(NotSupported, match="S3ObjectStorageMode"):
                await bench.make("", "kept", Code=code | {"S3ObjectStorageMode": "REFERENCE"})

    run(main())
