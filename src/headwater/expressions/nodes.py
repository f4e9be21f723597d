"""What a parsed expression is made of. Nodes are shared between requests and never change.

Placeholders stay placeholders here: a node is the meaning of a text, not of a request.
"""

from typing import NamedTuple, TypeAlias


class Path(NamedTuple):
    """parts: attribute names, "#" placeholders and list indexes, from the top level inwards."""

    parts: tuple[str | int, ...]


class Operand(NamedTuple):
    """A ":" placeholder."""

    name: str


class Function(NamedTuple):
    name: str
    arguments: tuple["Node", ...]


class Arithmetic(NamedTuple):
    operator: str  # + or -
    left: "Node"
    right: "Node"


class Compare(NamedTuple):
    operator: str  # = <> < <= > >=
    left: "Node"
    right: "Node"


class Between(NamedTuple):
    subject: "Node"
    low: "Node"
    high: "Node"


class In(NamedTuple):
    subject: "Node"
    choices: tuple["Node", ...]


class And(NamedTuple):
    terms: tuple["Node", ...]


class Or(NamedTuple):
    terms: tuple["Node", ...]


class Not(NamedTuple):
    term: "Node"


Node: TypeAlias = Path | Operand | Function | Arithmetic | Compare | Between | In | And | Or | Not
