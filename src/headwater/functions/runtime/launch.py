"""The first Python of a function's process: ties it to the node, then hands over to awslambdaric.

    python3.x -S launch.py

`-S` keeps the interpreter's site-packages out: a function sees its own code, the standard library
and what AWS's Python runtimes bring (awslambdaric and, where installed, boto3), so that it cannot
lean on a package that happens to be installed on this machine.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import site
import sys

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

_PR_SET_PDEATHSIG = 1


class _Marshaller(LambdaMarshaller):  # type: ignore[misc]  # it has no types
    """Reads events with the standard library: simplejson is slow where its compiled part, which
    fits a single interpreter version, is missing. The values are the same."""

    def unmarshal_request(self, request: bytes, content_type: str = "application/json") -> object:
        try:
            return json.loads(request)
        except Exception as trouble:
            raise FaultException(
                FaultException.UNMARSHAL_ERROR, f"Unable to unmarshal input: {trouble}", None
            ) from trouble


def die_with(node: int) -> None:
    """Have the kernel kill this process when the node's thread that started it ends."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != node:  # it ended before the line above
        sys.exit(0)


def main() -> None:
    """Never returns while the function lives: awslambdaric asks for event after event."""
    die_with(int(os.environ.pop("_HEADWATER_NODE")))
    # What `site` would have given the function, without site-packages.
    site.setquit()
    site.sethelper()
    # In the place of this script's own directory; the runtime directory is on PYTHONPATH.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    LambdaRuntimeClient.marshaller = _Marshaller()
    # Lines of an error end in CR where they go to a pipe. AWS reads them another way, in which
    # they end in LF, and so they are shown.
    bootstrap.ERROR_LOG_LINE_TERMINATE = "\n"
    # Newer runtimes wait in a thread, so that signal handlers can run meanwhile. That is not
    # needed: runtime_client waits in Python.
    client = LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    bootstrap.run(os.environ["_HANDLER"], client)


if __name__ == "__main__":
    main()
