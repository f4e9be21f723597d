"""Statements: SELECT, INSERT, UPDATE, DELETE, and the EXISTS of transactions, from text to tree.

Source: AWS, developer guide, "PartiQL statements for DynamoDB" and its pages of the statements.
Clauses that PartiQL has and DynamoDB has not are refused by name.
"""

from functools import lru_cache

from headwater.errors import Validation
from headwater.partiql.faults import SINGLE_TABLE, Position, malformed, unsupported_clause
from headwater.partiql.lexer import END, KEYWORD, QUOTED, WORD
from headwater.partiql.parser import Parser
from headwater.partiql.syntax import (
    Column,
    Delete,
    Exists,
    Insert,
    Node,
    Order,
    Parsed,
    Path,
    Select,
    Statement,
    Target,
    Update,
)

_CLAUSES = ("group", "having", "limit", "union", "except", "intersect", "let")
_AFTER_ALL = "Unexpected token after expression"


@lru_cache(maxsize=1024)
def parse(text: str) -> Parsed:
    """The tree of a statement; the same object for the same text.

    Raises Validation for whatever is no statement of DynamoDB's PartiQL.
    """
    reader = _Reader(text)
    statement = reader.statement()
    reader.end()
    return Parsed(statement, reader.parser.parameters)


class _Reader:
    """Reads one statement."""

    __slots__ = ("parser", "tokens")

    def __init__(self, text: str) -> None:
        self.parser = Parser(text)
        self.tokens = self.parser.tokens

    def statement(self) -> Statement:
        tokens = self.tokens
        if tokens.current.kind == END:
            raise malformed("Unexpected term")
        if tokens.skip_keyword("select"):
            return self._select()
        if tokens.skip_keyword("insert"):
            return self._insert()
        if tokens.skip_keyword("update"):
            return self._update()
        if tokens.skip_keyword("delete"):
            return self._delete()
        if tokens.skip_keyword("exists"):
            return self._exists()
        raise malformed("Expected data manipulation")

    def end(self) -> None:
        """Nothing but a semicolon may follow."""
        tokens = self.tokens
        if tokens.skip_sign(";") and tokens.current.kind != END:
            raise malformed("Unexpected token after semicolon. (Only one query is allowed.)")
        if tokens.current.kind != END:
            raise malformed(_AFTER_ALL)

    # --- SELECT ---------------------------------------------------------------------------------

    def _select(self) -> Select:
        tokens = self.tokens
        if tokens.at_keyword("distinct", "value"):
            word = tokens.next()
            raise unsupported_clause(word.text, tokens.place(tokens.current))
        columns = self._columns()
        if not tokens.skip_keyword("from"):
            raise malformed("Expected FROM after SELECT list")
        if tokens.current.kind not in (WORD, QUOTED):
            is_keyword = tokens.current.kind == KEYWORD
            raise malformed("Unexpected keyword" if is_keyword else "Unexpected term")
        target = self._target()
        if tokens.at_sign(","):
            raise Validation(SINGLE_TABLE)
        if tokens.at_keyword("as") or tokens.current.kind in (WORD, QUOTED):
            raise unsupported_clause("as", self._here())
        if tokens.at_keyword("join", "inner", "left", "right", "full", "cross"):
            raise unsupported_clause("join", self._here())
        where = self._where()
        order = self._order()
        if tokens.at_keyword(*_CLAUSES):
            word = tokens.next()
            raise unsupported_clause(word.text, self._here())
        return Select(target, columns, where, order)

    def _columns(self) -> tuple[Column, ...] | None:
        tokens = self.tokens
        if tokens.at_keyword("from"):
            raise malformed("Cannot have empty SELECT list")
        if tokens.skip_sign("*"):
            if tokens.at_sign(","):
                raise Validation(
                    "Other attributes should not be present in the projection when '*' is used."
                )
            return None
        columns = []
        while True:
            place = tokens.place(tokens.current)
            columns.append(Column(self.parser.expression(), place))
            if tokens.at_keyword("as") or tokens.current.kind in (WORD, QUOTED):
                raise unsupported_clause("as", self._here())
            if not tokens.skip_sign(","):
                return tuple(columns)

    def _order(self) -> tuple[Order, ...]:
        tokens = self.tokens
        if not tokens.skip_keyword("order"):
            return ()
        if not tokens.skip_keyword("by"):
            raise malformed("Expected BY after ORDER")
        order = []
        while True:
            start = tokens.current.start
            node = self.parser.expression()
            name = tokens.text[start : tokens.current.start].strip()
            if isinstance(node, Path) and len(node.parts) == 1:
                name = str(node.parts[0])
            descending = tokens.skip_keyword("desc")
            if not descending:
                tokens.skip_keyword("asc")
            order.append(Order(name, descending))
            if not tokens.skip_sign(","):
                return tuple(order)

    def _exists(self) -> Exists:
        self.parser.expect("(")
        if not self.tokens.skip_keyword("select"):
            raise malformed("Unexpected term")
        select = self._select()
        self.parser.expect(")")
        return Exists(select)

    # --- writes ---------------------------------------------------------------------------------

    def _insert(self) -> Insert:
        tokens = self.tokens
        if not tokens.skip_keyword("into"):
            raise malformed("Unexpected keyword")
        target = self._target()
        if target.index_name:
            raise Validation(SINGLE_TABLE)
        if not tokens.skip_keyword("value"):
            self.parser.expression()
            raise malformed("Expected VALUE and one item")
        return Insert(target, self.parser.expression())

    def _update(self) -> Update:
        tokens = self.tokens
        target = self._target()
        sets: list[tuple[Path, Node]] = []
        removes: list[Path] = []
        paths: list[Path] = []
        while True:
            if tokens.skip_keyword("set"):
                self._assignments(sets, paths)
            elif tokens.skip_keyword("remove"):
                self._removals(removes, paths)
            elif paths:
                break
            else:
                raise malformed("Expected data manipulation")
        where = self._where()
        everything = tuple(sets), tuple(removes), tuple(paths)
        return Update(target, *everything, where, self._returning())

    def _assignments(self, sets: list[tuple[Path, Node]], paths: list[Path]) -> None:
        while True:
            path = self.parser.simple_path()
            if not self.tokens.skip_sign("="):
                raise malformed("Expected '='")
            paths.append(path)
            sets.append((path, self.parser.expression()))
            if not self.tokens.skip_sign(","):
                return

    def _removals(self, removes: list[Path], paths: list[Path]) -> None:
        while True:
            path = self.parser.simple_path()
            paths.append(path)
            removes.append(path)
            if not self.tokens.skip_sign(","):
                return

    def _delete(self) -> Delete:
        if not self.tokens.skip_keyword("from"):
            raise malformed("Expected FROM after DELETE")
        target = self._target()
        where = self._where()
        return Delete(target, where, self._returning())

    def _returning(self) -> str:
        tokens = self.tokens
        if not tokens.at_word("returning"):
            return ""
        tokens.next()
        if not (tokens.at_keyword("all") or tokens.at_word("modified")):
            raise malformed("Expected ALL or MODIFIED after RETURNING")
        which = tokens.next().text.upper()
        if not tokens.at_word("old", "new"):
            raise malformed("Expected OLD or NEW in RETURNING")
        image = tokens.next().text.upper()
        self.parser.expect("*")
        return f"{which} {image}"

    # --- parts of several -----------------------------------------------------------------------

    def _target(self) -> Target:
        """A table, or an index behind its table."""
        parts = self.parser.simple_path().parts
        if len(parts) > 2:
            raise Validation("A path may contain at most 2 components in the FROM clause")
        if "" in parts:
            raise Validation("Path component cannot be an empty string")
        if not all(isinstance(part, str) for part in parts):
            raise unsupported_clause("from", self._here())
        return Target(*(str(part) for part in parts))

    def _where(self) -> Node | None:
        return self.parser.expression() if self.tokens.skip_keyword("where") else None

    def _here(self) -> Position:
        return self.tokens.place(self.tokens.current)
