"""Invoke: hand an event to a function and answer what it answers."""

import json
from base64 import b64decode, b64encode

import orjson

from headwater.errors import InvalidRequestContent, NotSupported, RequestTooLarge
from headwater.limits import EVENT_BYTES_MAX, INVOKE_BYTES_MAX
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, named
from headwater.wire.reply import Reply

_CLIENT_CONTEXT_BYTES_MAX = 3583


async def invoke(call: Call) -> Reply:
    name, qualifier = named(call)
    functions = functions_of(call)
    invocation_type = call.params.get("InvocationType", "RequestResponse")
    _refuse_unsupported(call)
    is_event = invocation_type == "Event"
    payload = _payload(call, EVENT_BYTES_MAX if is_event else INVOKE_BYTES_MAX)
    client_context = _client_context(call)
    if invocation_type == "DryRun":
        await functions.registry.get(call.scope, name, qualifier)
        return Reply(status=204)
    if is_event:
        await functions.events.send(
            call.scope,
            name,
            qualifier,
            payload,
            request_id=call.request_id,
            client_context=client_context,
        )
        return Reply(status=202)
    invocation = await functions.invoke(
        call.scope,
        name,
        payload,
        qualifier=qualifier,
        request_id=call.request_id,
        client_context=client_context,
        trace=call.trace,
    )
    headers = {"X-Amz-Executed-Version": invocation.executed_version}
    if invocation.error is not None:
        headers["X-Amz-Function-Error"] = invocation.error
    if call.params.get("LogType") == "Tail":
        headers["X-Amz-Log-Result"] = b64encode(invocation.log_tail).decode()
    return Reply(invocation.payload, status=200, headers=headers)


def _refuse_unsupported(call: Call) -> None:
    for name in ("DurableExecutionName", "TenantId"):
        if call.params.get(name):
            raise NotSupported(f"{name} is not supported by Headwater: leave it out.")


def _payload(call: Call, bytes_max: int) -> bytes:
    """The event. Nothing at all stands for {}."""
    payload: bytes = call.params.get("Payload") or b"{}"
    if len(payload) > bytes_max:
        raise RequestTooLarge(
            f"Request must be smaller than {bytes_max} bytes for the InvokeFunction operation"
        )
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as trouble:
        raise InvalidRequestContent(
            f"Could not parse request body into json: Could not parse payload into json: {trouble}"
        ) from None
    return payload


def _client_context(call: Call) -> str | None:
    """The client's context as one line of JSON: it travels on in a header."""
    given = call.params.get("ClientContext")
    if not given:
        return None
    if len(given) > _CLIENT_CONTEXT_BYTES_MAX:
        raise InvalidRequestContent(
            f"Client context must be smaller than {_CLIENT_CONTEXT_BYTES_MAX} bytes."
        )
    try:
        context = orjson.loads(b64decode(given, validate=True))
    except ValueError:
        context = None
    if not isinstance(context, dict):
        raise InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.")
    return json.dumps(context)  # ASCII only, unlike orjson's
