"""Expressions of statements: from tokens to a tree, by precedence.

Loosest first: OR, AND, NOT, comparisons with IN, IS and BETWEEN, then + and -. Depth is bounded,
so that no text can exhaust the stack, here or where the tree is walked later. Only a chain of signs
makes a tree deeper than it is nested, and no walk follows those. `statements.py` reads the clauses
around expressions.
"""

from headwater.errors import Validation
from headwater.limits import EXPRESSION_OPERATORS_MAX
from headwater.partiql.faults import malformed, unexpected_path
from headwater.partiql.keywords import FUNCTIONS, TYPES
from headwater.partiql.lexer import (
    END,
    KEYWORD,
    NUMBER,
    QUOTED,
    SIGN,
    STRING,
    WORD,
    Token,
    Tokens,
)
from headwater.partiql.syntax import (
    And,
    Arithmetic,
    BagOf,
    Between,
    Call,
    Compare,
    In,
    Is,
    ListOf,
    Literal,
    Missing,
    Node,
    Not,
    Or,
    Parameter,
    Path,
    TupleOf,
)

# Values nest 32 levels at most, so only parentheses can be deeper, and nobody writes those.
_DEPTH_MAX = 80

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT = range(1, 7)
_SIGN_POWER = {
    **dict.fromkeys(("=", "<>", "!=", "<", "<=", ">", ">="), _COMPARISON),
    **dict.fromkeys(("+", "-", "||"), _SUM),
    **dict.fromkeys(("*", "/", "%"), _PRODUCT),
}
_KEYWORD_POWER = {"or": _OR, "and": _AND, "in": _COMPARISON, "is": _COMPARISON}
_LITERALS: dict[str, Node] = {
    "true": Literal({"BOOL": True}),
    "false": Literal({"BOOL": False}),
    "null": Literal({"NULL": True}),
    "missing": Missing(),
}


class Parser:
    """Reads expressions from the tokens of one statement, and counts its parameters."""

    __slots__ = ("_depth", "_operators", "parameters", "tokens")

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text)
        self.parameters = 0
        self._depth = 0
        self._operators = 0

    def expression(self, power: int = 0) -> Node:
        """Everything up to an operator that binds no tighter than `power`."""
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise malformed("Expressions are nested too deep")
        node = self._operand()
        while (found := self._power()) > power:
            self._operators += 1
            if self._operators > EXPRESSION_OPERATORS_MAX:
                raise Validation(
                    "The expression contains too many operators;"
                    f" operator count: {EXPRESSION_OPERATORS_MAX + 1}"
                )
            node = self._infix(node, found)
        self._depth -= 1
        return node

    # --- operators ------------------------------------------------------------------------------

    def _power(self) -> int:
        """How tightly the current token binds as an operator; 0 if it is none."""
        token = self.tokens.current
        if token.kind == SIGN:
            return _SIGN_POWER.get(token.text, 0)
        if token.kind != KEYWORD:
            return 0
        if token.text == "not":
            after = self.tokens.after()
            is_infix = after.kind == KEYWORD and after.text in ("in", "between")
            return _COMPARISON if is_infix else 0
        return _COMPARISON if token.text == "between" else _KEYWORD_POWER.get(token.text, 0)

    def _infix(self, left: Node, power: int) -> Node:
        token = self.tokens.next()
        if token.kind == SIGN:
            right = self.expression(power)
            if power == _COMPARISON:
                return Compare("<>" if token.text == "!=" else token.text, left, right)
            return Arithmetic(token.text, left, right)
        if token.text == "and":
            right = self.expression(_AND)
            return And((*left.terms, right) if isinstance(left, And) else (left, right))
        if token.text == "or":
            right = self.expression(_OR)
            return Or((*left.terms, right) if isinstance(left, Or) else (left, right))
        if token.text == "not":
            return Not(self._membership(left, self.tokens.next().text))
        return self._membership(left, token.text)

    def _membership(self, subject: Node, word: str) -> Node:
        if word == "in":
            return In(subject, self.expression(_COMPARISON))
        if word == "between":
            low = self.expression(_COMPARISON)
            if not self.tokens.skip_keyword("and"):
                raise malformed("Expected expression after AND")
            return Between(subject, low, self.expression(_COMPARISON))
        negated = self.tokens.skip_keyword("not")
        kind = self.tokens.next()
        if kind.kind != KEYWORD or (kind.text != "missing" and kind.text not in TYPES):
            raise malformed("Expected type name")
        node = Is(subject, kind.text)
        return Not(node) if negated else node

    # --- operands -------------------------------------------------------------------------------

    def _operand(self) -> Node:
        """A term, or NOT and what it negates, or a number with a sign."""
        tokens = self.tokens
        nots = 0
        while tokens.skip_keyword("not"):
            nots += 1
        if nots:
            term = self.expression(_NOT)
            return Not(term) if nots % 2 else Not(Not(term))
        minus = False
        signed = False
        while tokens.at_sign("+", "-"):
            minus ^= tokens.next().text == "-"
            signed = True
        token = tokens.current
        node = self._term()
        if not signed:
            return node
        if not isinstance(node, Literal) or "N" not in node.value:
            raise unexpected_path(tokens.place(token))
        return Literal({"N": "-" + node.value["N"]}) if minus else node

    def _term(self) -> Node:
        tokens = self.tokens
        token = tokens.next()
        if token.kind == STRING:
            return Literal({"S": token.text})
        if token.kind == NUMBER:
            return Literal({"N": token.text})
        if token.kind == KEYWORD:
            literal = _LITERALS.get(token.text)
            if literal is not None:
                return literal
            if token.text in FUNCTIONS and tokens.at_sign("("):
                return self._call(token)
            raise malformed("Unexpected keyword")
        if token.kind in (WORD, QUOTED):
            return self._call(token) if tokens.at_sign("(") else self.path_from(token)
        if token.kind == SIGN:
            return self._bracketed(token.text)
        assert token.kind == END, token
        raise malformed("Unexpected term")

    def _bracketed(self, sign: str) -> Node:
        if sign == "?":
            self.parameters += 1
            return Parameter(self.parameters - 1)
        if sign == "[":
            return ListOf(self._elements("]"))
        if sign == "<<":
            return BagOf(self._elements(">>"))
        if sign == "{":
            return self._tuple()
        if sign != "(":
            raise malformed("Unexpected term")
        elements = self._elements(")")
        if not elements:
            raise malformed("Expression group cannot be empty")
        return elements[0] if len(elements) == 1 else ListOf(elements)

    def _elements(self, closing: str) -> tuple[Node, ...]:
        """Expressions behind an opening sign, up to its closing one."""
        elements: list[Node] = []
        if self.tokens.skip_sign(closing):
            return ()
        while True:
            elements.append(self.expression())
            if self.tokens.skip_sign(closing):
                return tuple(elements)
            self.expect(",")

    def _tuple(self) -> Node:
        tokens = self.tokens
        members: list[tuple[str, Node]] = []
        if tokens.skip_sign("}"):
            return TupleOf(())
        while True:
            name = tokens.next()
            if name.kind != STRING:
                raise malformed("Expected a string as the name of an attribute")
            self.expect(":")
            members.append((name.text, self.expression()))
            if tokens.skip_sign("}"):
                return TupleOf(tuple(members))
            self.expect(",")

    def _call(self, name: Token) -> Node:
        self.expect("(")
        if self.tokens.skip_sign("*"):
            self.expect(")")
            return Call(name.text.lower(), (), True)
        return Call(name.text.lower(), self._elements(")"))

    # --- paths ----------------------------------------------------------------------------------

    def simple_path(self) -> Path:
        """A path where nothing else may stand: the target of SET and REMOVE."""
        token = self.tokens.next()
        if token.kind not in (WORD, QUOTED):
            raise malformed("Expected identifier for simple path")
        return self.path_from(token)

    def path_from(self, token: Token) -> Path:
        """The path that begins with an identifier."""
        tokens = self.tokens
        parts: list[str | int] = [token.text]
        while True:
            if tokens.skip_sign("."):
                part = tokens.next()
                if part.kind not in (WORD, QUOTED):
                    raise malformed("Invalid path dot component")
                parts.append(part.text)
            elif tokens.skip_sign("["):
                parts.append(self._index())
            else:
                return Path(tuple(parts))

    def _index(self) -> str | int:
        token = self.tokens.next()
        if token.kind == NUMBER and token.text.isdigit() and len(token.text) < 10:
            self.expect("]")
            return int(token.text)
        if token.kind == STRING:
            self.expect("]")
            return token.text
        raise unexpected_path(self.tokens.place(token))

    def expect(self, sign: str) -> None:
        """Step over a sign that has to be there."""
        if not self.tokens.skip_sign(sign):
            raise malformed(f"Expected {sign}")
