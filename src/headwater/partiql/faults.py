"""AWS's words about statements: parse errors in their envelope, and all others bare.

Sources: recorded answers of AWS of 2025 and 2026; the detail of a parse error is that of AWS's
open parser of PartiQL, which DynamoDB passes on (recorded for several).
"""

from typing import NamedTuple

from headwater.errors import Validation

NO_FULL_KEY = "Where clause does not contain a mandatory equality on all key attributes"
SINGLE_TABLE = "FROM clause may only contain a single table name"


class Position(NamedTuple):
    """Where a token stands in a statement: line and column from 1, and its length."""

    line: int
    column: int
    length: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}:{self.length}"


def malformed(detail: str = "") -> Validation:
    """The text is no statement. Without detail: it has no tokens either (recorded)."""
    return Validation(f"Statement wasn't well formed, can't be processed: {detail}")


def unexpected_path(at: Position) -> Validation:
    """Something that is no path to an attribute stands where one has to."""
    return Validation(f"Unexpected path component at {at}")


def unsupported_clause(name: str, at: Position) -> Validation:
    """A clause of PartiQL that DynamoDB does not have. at: of what follows its keyword."""
    return Validation(f"Unsupported clause: {name.upper()} at {at}")


def incorrect_type(operator: str, kind: str) -> Validation:
    """As in expressions, but without the name of a parameter in front (recorded)."""
    return Validation(
        "Incorrect operand type for operator or function; operator or function:"
        f" {operator}, operand type: {kind}"
    )


def incorrect_count(function: str, count: int) -> Validation:
    """A function was given too few or too many operands."""
    return Validation(
        "Incorrect number of operands for operator or function; operator or function:"
        f" {function}, number of operands: {count}"
    )


def unknown_function(function: str) -> Validation:
    return Validation(f"Invalid function name; function: {function}")


def bare(fault: Validation) -> Validation:
    """A fault of expressions without its "Invalid <parameter>: ", which statements lack."""
    head, _, rest = fault.message.partition(": ")
    return Validation(rest) if rest and head.startswith("Invalid ") else fault
