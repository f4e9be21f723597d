"""What the operations on one function share: which function a call names, and its package."""

from base64 import b64decode
from typing import Any

from headwater.errors import InvalidParameterValue
from headwater.functions.functions import Functions
from headwater.functions.invocation import LATEST
from headwater.functions.names import FunctionName, parse_function_name
from headwater.functions.packages import NOT_A_ZIP
from headwater.operations.call import Call


def functions_of(call: Call) -> Functions:
    """The node's functions."""
    functions: Functions = call.node.functions
    return functions


def named(call: Call) -> FunctionName:
    """The function that a call means, and the version or alias. Raises as `parse_function_name`."""
    given = call.params.get("Qualifier")
    return parse_function_name(call.scope, call.params["FunctionName"], given)


def unqualified_name(call: Call) -> str:
    """The function that a call means, which is about the function as a whole.

    Raises as `parse_function_name` does; InvalidParameterValue for a version or an alias.
    """
    name, qualifier = named(call)
    if qualifier not in (None, LATEST):
        raise InvalidParameterValue(
            f"This operation is permitted on Lambda functions only. Aliases and versions do not "
            f"support this operation. Please specify either a function name or an unqualified "
            f"function ARN, without {qualifier}."
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
