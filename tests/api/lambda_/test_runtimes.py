"""Node.js and programs of one's own, as processes. Bodies as AWS's Node.js runtime answers them."""

import base64
import json
import os
import shutil
import subprocess

import pytest

NODE = "nodejs20.x"
BOOTSTRAP = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  head="$(mktemp)"
  event=$(curl -sS -D "$head" "$api/invocation/next") || exit 0
  id=$(grep -i '^lambda-runtime-aws-request-id' "$head" | tr -d '[:space:]' | cut -d: -f2)
  echo "event $event"
  if [ "$event" = '"fail"' ]; then
    curl -sS "$api/invocation/$id/error" -d '{"errorType":"Mine","errorMessage":"no"}' >/dev/null
  else
    curl -sS "$api/invocation/$id/response" \
      -d "{\\"handler\\":\\"$_HANDLER\\",\\"event\\":$event}" >/dev/null
  fi
done
"""


@pytest.fixture
def js(fn, node_js):
    """js(files, handler, event): what a Node.js function answers."""

    def call(files, handler="index.handler", event=None, **params):
        files = {"index.js": files} if isinstance(files, str) else files
        fn.make(files, Handler=handler, Runtime=NODE, **params)
        return fn.answer(event=event)

    return call


def test_a_console_writes_json_where_the_log_is(js, fn):
    """Source: AWS, Lambda guide, "Log and monitor Node.js Lambda functions"."""
    js(
        "exports.handler = async () => {\n"
        "  console.log('order %d', 7); console.info({order: 8}); console.debug('in detail');\n"
        "  console.warn(10n); console.error(new RangeError('none left'));\n"
        "};",
        LoggingConfig={"LogFormat": "JSON"},
    )
    tail = base64.b64decode(fn.client.invoke(FunctionName=fn.name, LogType="Tail")["LogResult"])
    lines = [json.loads(line) for line in tail.splitlines()]
    said = [line for line in lines if "level" in line]
    assert [line["level"] for line in said] == ["INFO", "INFO", "WARN", "ERROR"]
    assert [line["message"] for line in said[:3]] == ["order 7", {"order": 8}, "10n"]
    error = said[3]["message"]
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "none left")
    assert error["stackTrace"][0] == "RangeError: none left"
    assert {line["requestId"] for line in said} == {lines[0]["record"]["requestId"]}


def test_a_commonjs_handler_gets_event_and_context(js, fn):
    answer = js(
        "let count = 0;\n"
        "exports.handler = async (event, c) => {\n"
        "  console.log('count is %d', ++count, {deep: [event]});\n"
        "  return {event, count, name: c.functionName, id: c.awsRequestId,\n"
        "    memory: c.memoryLimitInMB, left: c.getRemainingTimeInMillis(),\n"
        "    arn: c.invokedFunctionArn, version: c.functionVersion, group: c.logGroupName};\n"
        "};",
        event={"ü": 1},
    )
    found = answer["Payload"]
    assert 0 < found.pop("left") <= 3000
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert found == {
        "event": {"ü": 1},
        "count": 1,
        "name": fn.name,
        "id": request_id,
        "memory": "128",
        "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{fn.name}",
        "version": "$LATEST",
        "group": f"/aws/lambda/{fn.name}",
    }
    assert fn.invoke()["count"] == 2
    (line,) = fn.messages(pattern='"count is 1"')
    assert line.split("\t")[1:] == [request_id, "INFO", "count is 1 { deep: [ { 'ü': 1 } ] }\n"]


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"index.mjs": "export const handler = async (e) => e;"}, "index.handler"),
        (
            {
                "src/lib/app.js": (
                    "import {x} from './b.js';\nexport const api = {get: async () => x};"
                ),
                "src/lib/b.js": "export const x = 7;",
                "package.json": '{"type": "module"}',
            },
            "src/lib/app.api.get",
        ),
        ({"index.cjs": "exports.handler = async (e) => e;"}, "index.handler"),
        (
            {"index.mjs": "await Promise.resolve(); export const handler = () => 7;"},
            "index.handler",
        ),
        ({"app/index.js": "exports.handler = (e, c, done) => done(null, 7);"}, "app/index.handler"),
    ],
)
def test_every_form_of_a_module_is_loaded(js, files, handler):
    if handler == "index.handler" and "() => 7" in next(iter(files.values())):
        # A handler that is not async and never calls back has nothing to say.
        assert js(files, handler)["Payload"] is None
    else:
        assert js(files, handler, event=7)["Payload"] == 7


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ("(e, c, done) => setTimeout(() => done(null, 'later'), 20)", "later"),
        ("(e, c) => { c.succeed([1]) }", [1]),
        ("(e, c) => c.done(null, 2)", 2),
        ("async () => undefined", None),
        ("(e, c, done) => { c.callbackWaitsForEmptyEventLoop = false;"
         " setTimeout(() => 0, 60000); done(null, 'now') }", "now"),
    ],
)  # fmt: skip
def test_every_way_to_answer(js, body, payload):
    assert js(f"exports.handler = {body};")["Payload"] == payload


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("exports.handler = async () => { throw new TypeError('boom') };", "TypeError", "boom"),
        ("exports.handler = () => { throw new RangeError('now') };", "RangeError", "now"),
        ("exports.handler = (e, c, done) => done(new Error('back'));", "Error", "back"),
        ("exports.handler = (e, c) => c.fail('text');", "string", "text"),
        ("exports.handler = () => { setTimeout(() => { throw new Error('late') }, 5);"
         " return new Promise(() => setTimeout(() => 0, 9999)) };", "Error", "late"),
        ("exports.handler = async () => { Promise.reject(new Error('lost'));"
         " await new Promise((go) => setTimeout(go, 500)) };",
         "Runtime.UnhandledPromiseRejection", "Error: lost"),
        ("exports.other = 1;", "Runtime.HandlerNotFound",
         "index.handler is undefined or not exported"),
        ("exports.handler = 1;", "Runtime.HandlerNotFound", "index.handler is not a function"),
        ("require('none');", "Runtime.ImportModuleError", "Error: Cannot find module 'none'"),
        ("x x", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected identifier 'x'"),
    ],
)  # fmt: skip
def test_every_way_to_fail(js, source, error, message):
    answer = js(source)
    assert answer["FunctionError"] == "Unhandled"
    found = answer["Payload"]
    assert found["errorType"] == error
    assert found["errorMessage"].startswith(message)
    assert isinstance(found["trace"], list)


def test_a_node_process_that_ends_or_hangs_is_replaced(js, fn):
    answer = js(
        "exports.handler = async (e) => { if (e === 1) process.exit(3); if (e === 2) for (;;);"
        " return 'fine' };",
        event=1,
        Timeout=1,
    )
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert fn.answer(event=2)["Payload"]["errorType"] == "Sandbox.Timedout"
    assert fn.invoke(event=3) == "fine"


def test_a_newer_node_is_needed_than_there_is(fn, node_js):
    from_now_on = "nodejs24.x"
    version = int(subprocess.check_output(["node", "--version"])[1:].split(b".")[0])
    if version >= 24:
        pytest.skip("this machine's Node.js is the newest there is")
    code, text = fn.refusal(fn.make, source="", Runtime=from_now_on)
    assert code == "InvalidParameterValueException"
    assert text.startswith(
        "Runtime nodejs24.x needs Node.js 24 or newer, and this machine has node"
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="the program below asks with curl")
def test_a_program_of_ones_own_speaks_the_runtime_api(fn):
    fn.make({"bootstrap": BOOTSTRAP}, Runtime="provided.al2023", Handler="any.thing")
    assert fn.invoke(event={"a": 1}) == {"handler": "any.thing", "event": {"a": 1}}
    answer = fn.answer(event="fail")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"] == {"errorType": "Mine", "errorMessage": "no"}
    assert fn.invoke(event=2)["event"] == 2
    assert fn.messages(pattern="INIT_START") == ["INIT_START Runtime Version: provided.al2023\n"]


def test_a_package_without_a_bootstrap(fn):
    fn.make({"other": "x"}, Runtime="provided.al2023")
    answer = fn.answer()
    assert answer["Payload"]["errorType"] == "Runtime.InvalidEntrypoint"
    assert "Couldn't find valid bootstrap(s)" in answer["Payload"]["errorMessage"]
    code = fn.zipped({"bootstrap": BOOTSTRAP}, mode=0o644)
    fn.client.update_function_code(FunctionName=fn.name, ZipFile=code)
    assert "not executable" in fn.answer()["Payload"]["errorMessage"]
    code = fn.zipped({"bootstrap": "no program"})
    fn.client.update_function_code(FunctionName=fn.name, ZipFile=code)
    assert fn.answer()["Payload"]["errorType"].startswith("Runtime.")


def test_each_process_has_a_directory_of_its_own_for_temporary_files(fn, eventually):
    source = (
        "import os, tempfile\n"
        "def handler(event, context):\n"
        "    return [os.environ['HOME'], tempfile.mkstemp()[1]]\n"
    )
    fn.make(source)
    home, file = fn.invoke()
    assert file.startswith(home + os.sep)
    assert fn.invoke()[0] == home
    assert os.path.exists(file)
    fn.client.update_function_configuration(FunctionName=fn.name, Description="new")
    assert fn.invoke()[0] != home
    eventually(lambda: not os.path.exists(home), what="removal of the first process's files")


def test_a_function_that_starts_processes_without_end_is_ended_alone(fn):
    fn.make("def handler(event, context):\n    return event\n", f"{fn.name}-other")
    source = (
        "import os, time\n"
        "def handler(event, context):\n"
        "    for _ in range(3000):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60)\n"
        "            os._exit(0)\n"
        "    time.sleep(20)\n"
    )
    fn.make(source, Timeout=30, MemorySize=256)
    answer = fn.answer()
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert fn.invoke(f"{fn.name}-other", 1) == 1


def test_a_trace_goes_on_in_the_function(fn):
    """Source: AWS X-Ray guide, "Tracing header"; Lambda guide, _X_AMZN_TRACE_ID."""
    given = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"
    fn.make("import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n")

    def add(request, **_):
        request.headers["X-Amzn-Trace-Id"] = given

    events = fn.client.meta.events
    events.register("before-sign.lambda.Invoke", add, unique_id="trace")
    try:
        assert fn.invoke() == given
    finally:
        events.unregister("before-sign.lambda.Invoke", unique_id="trace")
    assert fn.invoke().startswith("Root=1-")
    assert fn.invoke() != given
