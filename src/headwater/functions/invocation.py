"""What an invocation says: its answer, AWS's error bodies, and the lines around its output.

Pure: texts and numbers in, bytes out. Source of the bodies and lines: recorded AWS answers and
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import math
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from headwater.limits import INVOKE_REPLY_BYTES_MAX

UNHANDLED = "Unhandled"
LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the caller of `Functions.invoke` gets."""

    payload: bytes  # JSON (or what the handler made of it): the result, or the error
    error: str | None  # "Unhandled" if the function failed
    log_tail: bytes  # the last 4 KiB of its log, START to REPORT
    executed_version: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Request:
    """One event on its way to a handler."""

    request_id: str
    payload: bytes
    trace_id: str
    function_arn: str  # as it was invoked, with the qualifier
    client_context: str | None = None  # JSON


class Failure(NamedTuple):
    """An error that the runtime could not tell itself."""

    error_type: str
    message: str
    status: str = "error"  # the word of the REPORT line

    def body(self, request_id: str) -> bytes:
        """The error as Invoke answers it."""
        text = f"RequestId: {request_id} Error: {self.message}"
        return orjson.dumps({"errorType": self.error_type, "errorMessage": text})


def timed_out(timeout_s: int) -> Failure:
    """
    >>> timed_out(3).message
    'Task timed out after 3.00 seconds'
    """
    return Failure("Sandbox.Timedout", f"Task timed out after {timeout_s:.2f} seconds", "timeout")


def exited(status: int) -> Failure:
    """The process ended before it answered. status: its exit status, negative for a signal.

    >>> exited(0).message
    'Runtime exited without providing a reason'
    >>> exited(127).message
    'Runtime exited with error: exit status 127'
    >>> exited(-9).message
    'Runtime exited with error: signal: killed'
    """
    if status == 0:
        return Failure("Runtime.ExitError", "Runtime exited without providing a reason")
    reason = f"exit status {status}" if status > 0 else f"signal: {_signal_name(-status)}"
    return Failure("Runtime.ExitError", f"Runtime exited with error: {reason}")


def not_started(reason: str) -> Failure:
    """The interpreter could not be run at all."""
    return Failure("Runtime.InvalidEntrypoint", reason)


def too_large_body() -> bytes:
    """The error in place of a result over the limit; it carries no request id."""
    message = (
        "Response payload size exceeded maximum allowed payload size "
        f"({INVOKE_REPLY_BYTES_MAX} bytes)."
    )
    return orjson.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})


def _signal_name(number: int) -> str:
    """The words for a signal as the system gives them, in lower case as AWS prints them."""
    return (signal.strsignal(number) or f"signal {number}").lower()


# --- the log around the output -----------------------------------------------------------------


def init_line(runtime: str) -> bytes:
    """runtime: python3.13"""
    shown = runtime.replace("python", "python:", 1).replace("nodejs", "nodejs:", 1)
    return f"INIT_START Runtime Version: {shown}\n".encode()


def start_line(request_id: str, version: str) -> bytes:
    return b"START RequestId: %b Version: %b\n" % (request_id.encode(), version.encode())


def report(
    request_id: str,
    *,
    duration_ms: float,
    init_ms: float | None,
    memory_mb: int,
    used_bytes: int,
    failure: Failure | None,
    at_ms: int,
) -> bytes:
    """The END and REPORT lines, and before them what AWS says of a failure the runtime did not
    report itself.

    init_ms  only for the first invocation of an environment; it is billed too
    at_ms    epoch
    """
    lines = f"END RequestId: {request_id}\nREPORT RequestId: {request_id}"
    lines += f"\tDuration: {duration_ms:.2f} ms"
    lines += f"\tBilled Duration: {math.ceil(duration_ms + (init_ms or 0))} ms"
    lines += f"\tMemory Size: {memory_mb} MB"
    lines += f"\tMax Memory Used: {min(-(-used_bytes // (1024 * 1024)), memory_mb)} MB"
    if init_ms is not None:
        lines += f"\tInit Duration: {init_ms:.2f} ms"
    if failure is not None:
        lines += f"\tStatus: {failure.status}"
        if failure.status == "error":
            lines += f"\tError Type: {failure.error_type}"
    return (_trouble_lines(request_id, failure, at_ms) + lines + "\t\n").encode()


def _trouble_lines(request_id: str, failure: Failure | None, at_ms: int) -> str:
    if failure is None:
        return ""
    if failure.status == "timeout":
        at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return f"{at.replace('+00:00', 'Z')} {request_id} {failure.message}\n\n"
    return f"RequestId: {request_id} Error: {failure.message}\n{failure.error_type}\n"
