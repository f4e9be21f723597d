"""What a parsed statement is made of. Trees are shared between requests and never change.

Parameters stay parameters here: a tree is the meaning of a text, not of a request.
"""

from typing import NamedTuple, TypeAlias

from headwater.partiql.faults import Position
from headwater.values.size import Value


class Literal(NamedTuple):
    """A string, number, boolean or NULL. A number may still be out of range."""

    value: Value


class Missing(NamedTuple):
    """The word MISSING where a value could stand."""


class Parameter(NamedTuple):
    """A question mark, counted from 0 in the order of the text."""

    number: int


class ListOf(NamedTuple):
    """[a, b], or (a, b)."""

    elements: tuple["Node", ...]


class BagOf(NamedTuple):
    """<<a, b>>: a set."""

    elements: tuple["Node", ...]


class TupleOf(NamedTuple):
    """{'name': a}: a map."""

    members: tuple[tuple[str, "Node"], ...]


class Path(NamedTuple):
    """Attribute names and list indexes, from the top level inwards."""

    parts: tuple[str | int, ...]


class Call(NamedTuple):
    """A function, its name in lower case. is_star: its only argument is a star."""

    name: str
    arguments: tuple["Node", ...]
    is_star: bool = False


class Arithmetic(NamedTuple):
    operator: str  # + - * / % ||
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
    """choices: a ListOf or BagOf, a Parameter, or a single other expression."""

    subject: "Node"
    choices: "Node"


class Is(NamedTuple):
    """kind: "missing", or a word of keywords.TYPES."""

    subject: "Node"
    kind: str


class And(NamedTuple):
    terms: tuple["Node", ...]


class Or(NamedTuple):
    terms: tuple["Node", ...]


class Not(NamedTuple):
    term: "Node"


Node: TypeAlias = (
    Literal
    | Missing
    | Parameter
    | ListOf
    | BagOf
    | TupleOf
    | Path
    | Call
    | Arithmetic
    | Compare
    | Between
    | In
    | Is
    | And
    | Or
    | Not
)


class Target(NamedTuple):
    """What a statement reads or writes. index_name: "" for the table itself."""

    table_name: str
    index_name: str = ""


class Column(NamedTuple):
    """One expression of a SELECT list, and where it stands."""

    node: Node
    at: Position


class Order(NamedTuple):
    """One element of ORDER BY; name is as the text has it if it is no plain attribute."""

    name: str
    descending: bool


class Select(NamedTuple):
    """columns: None for a star."""

    target: Target
    columns: tuple[Column, ...] | None
    where: Node | None
    order: tuple[Order, ...]


class Exists(NamedTuple):
    """A transaction's check that a SELECT finds its item."""

    select: Select

    @property
    def target(self) -> Target:
        return self.select.target


class Insert(NamedTuple):
    target: Target
    item: Node


class Update(NamedTuple):
    """sets: paths and their new values; returning: "ALL OLD", "MODIFIED NEW", ... or ""."""

    target: Target
    sets: tuple[tuple[Path, Node], ...]
    removes: tuple[Path, ...]
    paths: tuple[Path, ...]  # of both, in the order of the text
    where: Node | None
    returning: str


class Delete(NamedTuple):
    target: Target
    where: Node | None
    returning: str


Write: TypeAlias = Insert | Update | Delete | Exists
Statement: TypeAlias = Select | Write


class Parsed(NamedTuple):
    """A statement and how many parameters it wants."""

    statement: Statement
    parameters: int
