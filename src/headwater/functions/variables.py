"""The environment variables that a handler sees, and those it must not set itself.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
Nothing of the node's own environment is passed on: a function that works here must not owe it to
the shell that started the node.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater.arns import DEFAULT_ACCOUNT, Scope

RESERVED = frozenset(
    (
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    )
)

_NODE_KEY = "headwater"


def function_variables(
    configuration: Mapping[str, Any],
    scope: Scope,
    *,
    task_root: Path,
    runtime_dir: Path,
    endpoint: str,
) -> dict[str, str]:
    """All variables of a function, but those of its runtime and those of one process.

    configuration  as GetFunctionConfiguration answers it
    endpoint       the node's URL: SDKs of the function talk to it without being told
    """
    log_group = configuration["LoggingConfig"]["LogGroup"]
    # An access key of 12 digits is an account: the handler's calls land where the function lives.
    key = _NODE_KEY if scope.account == DEFAULT_ACCOUNT else scope.account
    given: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
    open_to_all = {
        "AWS_ENDPOINT_URL": endpoint,
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
    }
    return (
        open_to_all
        | given
        | {
            "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": configuration["Version"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": log_group,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": scope.region,
            "AWS_DEFAULT_REGION": scope.region,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": key,
            "AWS_SESSION_TOKEN": key,
            "LAMBDA_TASK_ROOT": str(task_root),
            "LAMBDA_RUNTIME_DIR": str(runtime_dir),
            "_HANDLER": configuration["Handler"],
        }
    )
