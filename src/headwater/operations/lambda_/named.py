"""What the operations on one function share: which function a call names, and its package."""

from base64 import b64decode
from typing import Any

from headwater.errors import InvalidParameterValue, NotSupported
from headwater.functions.functions import Functions
from headwater.functions.invocation import LATEST
from headwater.functions.names import parse_function_name
from headwater.functions.packages import NOT_A_ZIP
from headwater.operations.call import Call


def functions_of(call: Call) -> Functions:
    """The node's functions."""
    functions: Functions = call.node.functions
    return functions


def unqualified_name(call: Call) -> str:
    """The function that a call means, which must not name a version or an alias.

    Raises as `parse_function_name` does; NotSupported for a qualifier other than $LATEST.
    """
    given = call.params.get("Qualifier")
    name, qualifier = parse_function_name(call.scope, call.params["FunctionName"], given)
    if qualifier not in (None, LATEST):
        raise NotSupported(
            f"Qualifier {qualifier} is not supported by Headwater yet: functions have no versions "
            f"and aliases. Leave it out, or say {LATEST}."
        )
    return name


def with_package(params: dict[str, Any]) -> dict[str, Any]:
    """A copy of `params` whose ZipFile, if there is one, is bytes instead of base64 text."""
    text = params.get("ZipFile")
    if not isinstance(text, str):
        return dict(params)
    try:
        return params | {"ZipFile": b64decode(text, validate=True)}
    except ValueError:
        raise InvalidParameterValue(NOT_A_ZIP) from None
