"""Handlers in real processes: what they get, what they answer, and every way they can fail."""

import json
from typing import Any

from headwater.loops import run

OK = "def handler(event, context):\n    return event\n"


def error_of(invocation: Any) -> dict[str, Any]:
    assert invocation.error == "Unhandled"
    error: dict[str, Any] = json.loads(invocation.payload)
    return error


def test_a_handler_gets_the_event_and_answers_json(workbench):
    async def main():
        async with workbench() as bench:
            await bench.make(OK)
            return await bench.call('{"text": "ü", "list": [1, 2.5, null]}'.encode())

    invocation = run(main())
    assert invocation.error is None
    assert json.loads(invocation.payload) == {"text": "ü", "list": [1, 2.5, None]}
    assert invocation.executed_version == "$LATEST"


def test_a_warm_process_is_used_again_and_keeps_its_globals(workbench):
    source = "count = 0\ndef handler(e, c):\n    global count\n    count += 1\n    return count\n"

    async def main():
        async with workbench() as bench:
            await bench.make(source)
            return [(await bench.call()).payload for _ in range(3)]

    assert run(main()) == [b"1", b"2", b"3"]


def test_the_log_tail_has_the_lines_that_aws_writes(workbench):
    source = "print('loading')\ndef handler(e, c):\n    print('in', c.aws_request_id)\n"

    async def main():
        async with workbench() as bench:
            await bench.make(source)
            return await bench.call(), await bench.call()

    cold, warm = run(main())
    lines = cold.log_tail.decode().splitlines()
    assert lines[0].startswith("INIT_START Runtime Version: python:3.")
    assert lines[1] == "loading"
    assert lines[2] == f"START RequestId: {cold.request_id} Version: $LATEST"
    assert lines[3] == f"in {cold.request_id}"
    assert lines[4] == f"END RequestId: {cold.request_id}"
    fields = lines[5].split("\t")
    assert fields[0] == f"REPORT RequestId: {cold.request_id}"
    assert [field.split(":")[0] for field in fields[1:-1]] == [
        "Duration",
        "Billed Duration",
        "Memory Size",
        "Max Memory Used",
        "Init Duration",
    ]
    assert b"Init Duration" not in warm.log_tail
    assert b"loading" not in warm.log_tail


def test_what_a_handler_prints_is_logged_as_utf_8(workbench):
    source = (
        "import logging\ndef handler(e, c):\n    print('ü€')\n    logging.warning('wärn')\n"
        "    raise ValueError('böse')\n"
    )

    async def main():
        async with workbench() as bench:
            await bench.make(source)
            return await bench.call()

    invocation = run(main())
    lines = invocation.log_tail.decode().splitlines()
    assert "ü€" in lines
    assert [line for line in lines if line.startswith("[WARNING]") and line.endswith("\twärn")]
    assert "[ERROR] ValueError: böse" in lines


def test_the_context_is_as_on_aws(workbench):
    source = """
def handler(event, context):
    names = ("function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb",
             "log_group_name", "aws_request_id")
    found = {name: getattr(context, name) for name in names}
    found["left"] = context.get_remaining_time_in_millis()
    found["custom"] = context.client_context.custom
    return found
"""

    async def main():
        async with workbench() as bench:
            await bench.make(source, Timeout=7, MemorySize=256)
            return await bench.call(client_context='{"custom": {"a": "\\u00fc"}}')

    invocation = run(main())
    found = json.loads(invocation.payload)
    assert 6000 < found.pop("left") <= 7000
    assert found == {
        "function_name": "f",
        "function_version": "$LATEST",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "memory_limit_in_mb": "256",
        "log_group_name": "/aws/lambda/f",
        "aws_request_id": invocation.request_id,
        "custom": {"a": "ü"},
    }


def test_a_handler_sees_the_variables_of_aws_and_its_own_and_not_the_nodes(
    workbench, monkeypatch, lambda_
):
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "1")
    source = "import os, sys\ndef handler(e, c):\n    return [dict(os.environ), sys.path]\n"

    async def main():
        async with workbench() as bench:
            await bench.make(source, Environment={"Variables": {"MINE": "x", "TZ": "CET"}})
            return json.loads((await bench.call()).payload)

    variables, path = run(main())
    assert "SECRET_OF_THE_SHELL" not in variables
    assert not [name for name in variables if "HEADWATER" in name]
    assert not [entry for entry in path if "site-packages" in entry]
    root = variables["LAMBDA_TASK_ROOT"]
    assert path[0] == root
    expected = {
        "MINE": "x",
        "TZ": "CET",
        "LANG": "en_US.UTF-8",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:8000",
        "AWS_ACCESS_KEY_ID": "headwater",
        "AWS_SECRET_ACCESS_KEY": "headwater",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{lambda_.OWN_RUNTIME}",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "_HANDLER": "app.handler",
    }
    assert {name: variables.get(name) for name in expected} == expected
    for name in ("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "_X_AMZN_TRACE_ID"):
        assert variables[name]


def test_stdin_is_empty_and_the_working_directory_is_the_code(workbench):
    source = """
import os, sys
def handler(e, c):
    return [sys.stdin.read(), os.getcwd() == os.environ["LAMBDA_TASK_ROOT"]]
"""

    async def main():
        async with workbench() as bench:
            await bench.make(source)
            return (await bench.call()).payload

    assert run(main()) == b'["", true]'


def test_an_exception_is_answered_with_its_type_text_and_trace(workbench):
    source = "def handler(e, c):\n    raise ValueError('boom')\n"

    async def main():
        async with workbench() as bench:
            await bench.make(source)
            failed = await bench.call()
            await bench.recode(OK)
            return failed, await bench.call()

    failed, after = run(main())
    error = error_of(failed)
    assert (error["errorMessage"], error["errorType"]) == ("boom", "ValueError")
    assert error["requestId"] == failed.request_id
    assert "app.py" in error["stackTrace"][0]
    assert b"[ERROR] ValueError: boom" in failed.log_tail
    assert after.error is None


def failing_to_load(workbench: Any, source: str, **params: Any) -> dict[str, Any]:
    async def main():
        async with workbench() as bench:
            await bench.make(source, **params)
            first = error_of(await bench.call())
            assert error_of(await bench.call()) == first  # each call tries anew
            return first

    return run(main())


def test_a_module_that_is_missing(workbench):
    error = failing_to_load(workbench, OK, Handler="nowhere.handler")
    assert error == {
        "errorMessage": "Unable to import module 'nowhere': No module named 'nowhere'",
        "errorType": "Runtime.ImportModuleError",
        "requestId": "",
        "stackTrace": [],
    }


def test_a_handler_that_is_missing(workbench):
    error = failing_to_load(workbench, OK, Handler="app.other")
    assert error["errorType"] == "Runtime.HandlerNotFound"
    assert error["errorMessage"] == "Handler 'other' missing on module 'app'"


def test_a_handler_without_a_dot(workbench):
    error = failing_to_load(workbench, OK, Handler="app")
    assert error["errorType"] == "Runtime.MalformedHandlerName"


def test_a_module_that_is_not_python(workbench):
    error = failing_to_load(workbench, "def handler(:\n")
    assert error["errorType"] == "Runtime.UserCodeSyntaxError"


def test_a_module_that_raises_while_it_loads(workbench):
    error = failing_to_load(workbench, "raise RuntimeError('not today')\n")
    assert (error["errorType"], error["errorMessage"]) == ("RuntimeError", "not today")


def outcomes(workbench: Any, body: str, *, calls: int = 1, **params: Any) -> list[Any]:
    """Invoke a handler whose body is `body`, some times, then one that works."""
    indented = body.replace("\n", "\n    ")
    source = f"import os, sys, time\ndef handler(event, context):\n    {indented}\n"

    async def main():
        async with workbench() as bench:
            await bench.make(source, **params)
            found = [await bench.call() for _ in range(calls)]
            await bench.recode(OK)
            after = await bench.call(b"5")
            assert (after.error, after.payload) == (None, b"5")
            return found

    return run(main())


def exit_error(invocation: Any, reason: str) -> None:
    assert error_of(invocation) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {invocation.request_id} Error: {reason}",
    }


def test_a_process_that_exits_with_zero_gave_no_reason(workbench):
    for first in outcomes(workbench, "sys.exit(0)", calls=2):
        exit_error(first, "Runtime exited without providing a reason")


def test_a_process_that_exits_says_its_status(workbench):
    (first,) = outcomes(workbench, "os._exit(127)")
    exit_error(first, "Runtime exited with error: exit status 127")
    assert b"Status: error\tError Type: Runtime.ExitError" in first.log_tail


def test_a_process_that_crashes_says_its_signal(workbench):
    (first,) = outcomes(workbench, "os.kill(os.getpid(), 11)")
    exit_error(first, "Runtime exited with error: signal: segmentation fault")


def test_an_exit_while_loading(workbench):
    async def main():
        async with workbench() as bench:
            await bench.make("import os\nos._exit(3)\n")
            return await bench.call()

    exit_error(run(main()), "Runtime exited with error: exit status 3")


def test_a_process_that_ends_between_two_events_is_replaced(workbench):
    source = """
import os, threading
def handler(event, context):
    threading.Timer(0.02, os._exit, (1,)).start()
    return os.getpid()
"""

    async def main():
        async with workbench() as bench:
            await bench.make(source)
            first = await bench.call()
            await bench.until(lambda: not bench.functions.process_ids())
            return first, await bench.call()

    first, second = run(main())
    assert first.error is None and second.error is None
    assert first.payload != second.payload


def test_a_handler_that_hangs_is_killed_when_its_time_is_over(workbench):
    (first,) = outcomes(workbench, "time.sleep(60)", Timeout=1)
    assert error_of(first) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {first.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert f"{first.request_id} Task timed out after 1.00 seconds\n\n".encode() in first.log_tail
    assert b"\tStatus: timeout" in first.log_tail


def test_a_time_out_kills_what_the_handler_has_started(workbench, lambda_):
    source = """
import os, subprocess, sys, time
def handler(event, context):
    child = [sys.executable, "-c", "import time; time.sleep(60)"]
    same_group = subprocess.Popen(child)
    own_group = subprocess.Popen(child, preexec_fn=lambda: os.setpgid(0, 0))
    print("children", same_group.pid, own_group.pid, flush=True)
    time.sleep(60)
"""

    async def main(seconds):
        async with workbench() as bench:
            await bench.make(source, Timeout=seconds)
            first = await bench.call()
            await bench.until(lambda: not bench.functions.process_ids())
            return first.log_tail.decode()

    # On a machine that is busy, the first second may be over before there are children.
    logs = (run(main(seconds)).splitlines() for seconds in (1, 10, 60))
    line = next(line for log in logs for line in log if line.startswith("children"))
    assert not [pid for pid in map(int, line.split()[1:]) if lambda_.alive(pid)]


def test_loading_counts_against_the_time_when_it_takes_too_long(workbench, monkeypatch):
    monkeypatch.setattr("headwater.functions.environment.INIT_MS_MAX", 100)

    async def main():
        async with workbench() as bench:
            await bench.make("import time\ntime.sleep(60)\n", Timeout=1)
            return await bench.call()

    assert error_of(run(main()))["errorType"] == "Sandbox.Timedout"


def test_a_handler_may_close_every_descriptor_it_finds(workbench):
    (first,) = outcomes(workbench, "os.closerange(3, 256)\nreturn 7")
    assert (first.error, first.payload) == (None, b"7")


def test_a_handler_that_closes_everything_and_hangs_is_timed_out(workbench):
    (first,) = outcomes(workbench, "os.closerange(0, 256)\ntime.sleep(60)", Timeout=1)
    assert error_of(first)["errorType"] == "Sandbox.Timedout"


def test_a_result_that_is_not_json(workbench):
    (first,) = outcomes(workbench, "return {'a': object()}")
    error = error_of(first)
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"].startswith("Unable to marshal response: ")


def test_a_result_over_the_limit(workbench):
    (first,) = outcomes(workbench, "return 'x' * (6291556 - 1)")
    assert error_of(first) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
    }


def test_a_result_at_the_limit_is_answered(workbench):
    (first,) = outcomes(workbench, "return 'x' * (6291556 - 2)")
    assert first.error is None
    assert len(first.payload) == 6291556


def test_an_event_of_six_megabytes_arrives_whole(workbench):
    async def main():
        async with workbench() as bench:
            await bench.make("def handler(event, context):\n    return len(event)\n")
            return (await bench.call(b'"' + b"x" * (6 * 1024 * 1024 - 2) + b'"')).payload

    assert run(main()) == b"6291454"


def test_a_flood_of_output_is_drained_and_bounded(workbench, lambda_):
    body = "line = 'x' * 999_999 + '\\n'\nfor _ in range(100):\n    sys.stdout.write(line)"
    source = "import sys\ndef handler(e, c):\n    " + body.replace("\n", "\n    ")

    async def main():
        async with workbench(log_group_bytes=1024 * 1024) as bench:
            await bench.make(source, Timeout=120)
            invocation = await bench.call()
            stored = await bench.functions.logs.groups(lambda_.SCOPE)
            return invocation, stored[0].stored_bytes, await bench.logged()

    invocation, stored_bytes, text = run(main())
    assert invocation.error is None
    assert len(invocation.log_tail) == 4096
    assert b"REPORT RequestId" in invocation.log_tail
    # What comes faster than the disk takes it is dropped, and the log says so.
    assert stored_bytes <= 2 * 1024 * 1024
    assert "REPORT RequestId" in text


def test_a_process_over_its_memory_is_killed(workbench):
    body = "kept = []\nwhile True:\n    kept.append(bytearray(16_000_000))\n    time.sleep(0.02)"
    (first,) = outcomes(workbench, body, Timeout=120)
    exit_error(first, "Runtime exited with error: signal: killed")
    assert b"Max Memory Used: 128 MB" in first.log_tail


def test_a_process_cannot_take_gigabytes_at_once(workbench):
    (first,) = outcomes(workbench, "return len(bytes(2_000_000_000))", Timeout=120)
    assert error_of(first)["errorType"] == "MemoryError"


def test_a_handler_that_no_process_can_be_given_is_answered(workbench):
    """AWS's pattern for Handler lets a zero byte through, which no environment can hold."""

    async def main():
        async with workbench() as bench:
            await bench.make("", Handler="app\0.handler")
            first = await bench.call()
            return first, bench.functions._pool.running()

    invocation, running = run(main())
    assert b"embedded null byte" in invocation.payload
    assert invocation.error is not None and running == []
