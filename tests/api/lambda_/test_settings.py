"""Tags, reserved concurrency, permissions, account settings, logging. Texts recorded from AWS."""

import base64
import json
import threading

import pytest

OK = "def handler(event, context):\n    return event\n"
# At work until the file is there that the event names.
SLOW = """
import os, time

def handler(event, context):
    while not os.path.exists(event):
        time.sleep(0.01)
    return "done"
"""


def test_tags_are_set_listed_and_removed(fn):
    fn.make(OK, Tags={"a": "1"})
    arn = fn.client.get_function_configuration(FunctionName=fn.name)["FunctionArn"]
    fn.client.tag_resource(Resource=arn, Tags={"b": "2", "a": "3"})
    assert fn.client.list_tags(Resource=arn)["Tags"] == {"a": "3", "b": "2"}
    fn.client.untag_resource(Resource=arn, TagKeys=["a", "none"])
    assert fn.client.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert fn.client.get_function(FunctionName=fn.name)["Tags"] == {"b": "2"}
    assert fn.refusal(fn.client.list_tags, Resource=f"{arn}:1")[1] == (
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )
    many = {f"k{number}": "v" for number in range(50)}
    assert fn.refusal(fn.client.tag_resource, Resource=arn, Tags=many)[1] == (
        "Number of tags exceeds resource tag limit."
    )


def test_a_reservation_bounds_what_a_function_has_in_hand(fn, eventually, tmp_path):
    gate = tmp_path / "gate"
    fn.make(SLOW, Timeout=60)
    made = fn.client.put_function_concurrency(FunctionName=fn.name, ReservedConcurrentExecutions=1)
    assert made["ReservedConcurrentExecutions"] == 1
    working = threading.Thread(target=fn.invoke, args=(fn.name, str(gate)))
    working.start()
    eventually(lambda: fn.messages(pattern="START"))
    refused = {"FunctionName": fn.name, "Payload": b'"/"'}
    with pytest.raises(fn.client.exceptions.TooManyRequestsException) as caught:
        fn.client.invoke(**refused)
    answer = caught.value.response
    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    gate.touch()
    working.join()
    assert fn.invoke(event="/") == "done"


def test_a_reservation_of_none_stops_a_function(fn):
    fn.make(OK)
    fn.client.put_function_concurrency(FunctionName=fn.name, ReservedConcurrentExecutions=0)
    assert fn.refusal(fn.client.invoke, FunctionName=fn.name)[0] == "TooManyRequestsException"
    found = fn.client.get_function(FunctionName=fn.name)
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    fn.client.delete_function_concurrency(FunctionName=fn.name)
    found = fn.client.get_function_concurrency(FunctionName=fn.name)
    assert "ReservedConcurrentExecutions" not in found
    assert fn.invoke(event=1) == 1


def test_permissions_are_kept_and_told(fn):
    fn.make(OK)
    given = {
        "FunctionName": fn.name,
        "StatementId": "s3",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
        "SourceArn": "arn:aws:s3:::bucket",
        "SourceAccount": "000000000000",
        "InvokedViaFunctionUrl": True,
    }
    statement = json.loads(fn.client.add_permission(**given)["Statement"])
    assert statement == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws:lambda:us-east-1:000000000000:function:{fn.name}",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "000000000000"},
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
            "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
        },
    }
    code, text = fn.refusal(fn.client.add_permission, **given)
    assert code == "ResourceConflictException"
    assert text.startswith("The statement id (s3) provided already exists.")
    policy = json.loads(fn.client.get_policy(FunctionName=fn.name)["Policy"])
    assert (policy["Id"], policy["Statement"]) == ("default", [statement])
    fn.client.remove_permission(FunctionName=fn.name, StatementId="s3")
    assert fn.refusal(fn.client.get_policy, FunctionName=fn.name) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


def test_the_account_is_told_the_bounds_of_the_node(fn):
    fn.make(OK)
    found = fn.client.get_account_settings()
    assert found["AccountLimit"]["ConcurrentExecutions"] == 128
    assert found["AccountUsage"]["FunctionCount"] >= 1
    assert found["AccountUsage"]["TotalCodeSize"] > 0


LOGS = """
import logging
def handler(event, context):
    logging.getLogger().info("hello", extra={"order": 7})
    logging.getLogger().debug("in detail")
"""


def logged_tail(fn):
    """The lines of an invocation, as objects."""
    answer = fn.client.invoke(FunctionName=fn.name, LogType="Tail")
    return [json.loads(line) for line in base64.b64decode(answer["LogResult"]).splitlines()]


def test_a_log_can_be_json(fn):
    fn.make(LOGS, LoggingConfig={"LogFormat": "JSON"})
    shown = fn.client.get_function_configuration(FunctionName=fn.name)["LoggingConfig"]
    group = f"/aws/lambda/{fn.name}"
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    assert shown == {"LogFormat": "JSON", "LogGroup": group} | levels
    begun, started, said, report = logged_tail(fn)
    types = [line["type"] for line in (begun, started, report)]
    assert types == ["platform.initStart", "platform.start", "platform.report"]
    assert (said["level"], said["message"], said["order"]) == ("INFO", "hello", 7)
    assert said["requestId"] == started["record"]["requestId"] == report["record"]["requestId"]


def test_levels_of_a_json_log_can_be_changed_and_go_with_it(fn):
    fn.make(LOGS, LoggingConfig={"LogFormat": "JSON"})

    def changed(**logging):
        answer = fn.client.update_function_configuration(
            FunctionName=fn.name, LoggingConfig=logging
        )
        shown = answer["LoggingConfig"]
        return [shown.get(key) for key in ("LogFormat", "ApplicationLogLevel", "SystemLogLevel")]

    assert changed(ApplicationLogLevel="DEBUG", SystemLogLevel="WARN") == ["JSON", "DEBUG", "WARN"]
    assert [line["message"] for line in logged_tail(fn)] == ["hello", "in detail"]
    assert changed(LogFormat="Text") == ["Text", None, None]
    assert fn.refusal(
        fn.client.update_function_configuration,
        FunctionName=fn.name,
        LoggingConfig={"ApplicationLogLevel": "DEBUG"},
    ) == (
        "InvalidParameterValueException",
        "ApplicationLogLevel can only be set when the LogFormat is JSON.",
    )
