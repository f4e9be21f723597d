"""The environment variables that a handler sees, and those it must not set itself.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
Nothing of the node's own environment is passed on: a function that works here must not owe it to
the shell that started the node.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater.arns import Scope
from headwater.auth.keys import AccessKey

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

# Of Python's SDKs, and of Node.js.
_CERTIFICATE_VARIABLES = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def function_variables(
    configuration: Mapping[str, Any],
    scope: Scope,
    *,
    task_root: Path,
    runtime_dir: Path,
    endpoint: str,
    key: AccessKey,
    certificate: Path | None,
) -> dict[str, str]:
    """All variables of a function, but those of its runtime and those of one process.

    configuration  as GetFunctionConfiguration answers it
    endpoint       the node's URL: SDKs of the function talk to it without being told
    key            what they sign with
    certificate    of the node, where it answers with TLS; None where not
    """
    log_group = configuration["LoggingConfig"]["LogGroup"]
    given: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
    open_to_all = {
        "AWS_ENDPOINT_URL": endpoint,
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
    }
    logging = {}
    if configuration["LoggingConfig"]["LogFormat"] == "JSON":
        level = configuration["LoggingConfig"]["ApplicationLogLevel"]
        logging = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": level}
    if certificate is not None:
        open_to_all |= dict.fromkeys(_CERTIFICATE_VARIABLES, str(certificate.absolute()))
    return (
        open_to_all
        | given
        | logging
        | {
            "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": configuration["Version"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": log_group,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": scope.region,
            "AWS_DEFAULT_REGION": scope.region,
            "AWS_ACCESS_KEY_ID": key.id,
            "AWS_SECRET_ACCESS_KEY": key.secret,
            "AWS_SESSION_TOKEN": key.token,
            "LAMBDA_TASK_ROOT": str(task_root),
            "LAMBDA_RUNTIME_DIR": str(runtime_dir),
            "_HANDLER": configuration["Handler"],
        }
    )
