"""AWS's words about expressions that cannot be: one line each, behind "Invalid <parameter>: ".

What can be answered behind the prefix of PutItem and UpdateItem is raised as Prefixable; see
`headwater/values/faults.py`.
"""

from headwater.errors import Validation
from headwater.values.faults import Prefixable

INCORRECT_TYPE = "An operand in the update expression has an incorrect data type"
INVALID_PATH = "The document path provided in the update expression is invalid for update"
MISSING_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"


def invalid(what: str, text: str) -> Validation:
    """A fault of a family that is always answered bare.

    what   the request parameter: ConditionExpression, UpdateExpression, ...
    """
    return Validation(f"Invalid {what}: {text}")


def malformed(what: str, text: str) -> Prefixable:
    """A fault of a family that PutItem and UpdateItem answer behind their prefix."""
    return Prefixable(f"Invalid {what}: {text}")


def incorrect_type(what: str, operator: str, kind: str) -> Validation:
    return invalid(
        what,
        "Incorrect operand type for operator or function; operator or function:"
        f" {operator}, operand type: {kind}",
    )


def incorrect_count(what: str, operator: str, count: int) -> Validation:
    return invalid(
        what,
        "Incorrect number of operands for operator or function; operator or function:"
        f" {operator}, number of operands: {count}",
    )


def path_required(what: str, operator: str) -> Validation:
    return invalid(
        what,
        f"Operator or function requires a document path; operator or function: {operator}",
    )


def misused(what: str, function: str) -> Validation:
    return invalid(
        what,
        f"The function is not allowed to be used this way in an expression; function: {function}",
    )
