"""The forms in which a function may be named, and what each must not say.

    on-order    on-order:$LATEST    111122223333:function:on-order
    arn:aws:lambda:us-east-1:111122223333:function:on-order:live

Source: FunctionName and NamespacedFunctionName in the Lambda service model; texts recorded.
This file knows names. It does not know which functions exist.
"""

import re
from typing import NamedTuple

from headwater.arns import Scope, function_arn
from headwater.errors import InvalidParameterValue, ResourceNotFound, Validation

NAME_LENGTH_MAX = 64

_PATTERN_SHOWN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?"
    r"(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
_FORM = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z][a-z0-9-]*-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?",
    re.ASCII,
)


class FunctionName(NamedTuple):
    """A function of the caller's scope, and the version or alias asked for."""

    name: str
    qualifier: str | None  # "$LATEST", a number or an alias; None: none was given


def parse_function_name(scope: Scope, text: str, qualifier: str | None = None) -> FunctionName:
    """What `text` names within `scope`.

    qualifier  given apart from the name (the Qualifier parameter)

    Raises Validation (not a name), ResourceNotFound (another region's or account's function),
    InvalidParameterValue (two qualifiers that differ).

    >>> parse_function_name(Scope("111122223333", "us-east-1"), "111122223333:function:f:live")
    FunctionName(name='f', qualifier='live')
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise Validation(
            f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: {_PATTERN_SHOWN}"
        )
    name, derived = match["name"], match["qualifier"]
    if len(name) > NAME_LENGTH_MAX:
        raise Validation(
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy "
            f"constraint: Member must have length less than or equal to {NAME_LENGTH_MAX}"
        )
    if match["region"] is not None and match["region"] != scope.region:
        raise ResourceNotFound(
            f"Functions from '{match['region']}' are not reachable in this region "
            f"('{scope.region}')"
        )
    if match["account"] is not None and match["account"] != scope.account:
        # Scopes never see each other; AWS would ask the other account's policy.
        other = Scope(match["account"], scope.region)
        raise ResourceNotFound(f"Function not found: {function_arn(other, name, derived)}")
    if derived is not None and qualifier is not None and derived != qualifier:
        raise InvalidParameterValue(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return FunctionName(name, derived if derived is not None else qualifier)
