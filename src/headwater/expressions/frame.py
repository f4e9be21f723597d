"""What the parser knows between two parentheses: the term under way, and those that are complete.

Filled by `parser.py` alone, which checks what may follow what; a frame only builds.
"""

from headwater.expressions.nodes import (
    And,
    Arithmetic,
    Between,
    Compare,
    Function,
    Node,
    Not,
    Operand,
    Or,
    Path,
)

OPERANDS = (Path, Operand, Function)


class Frame:
    """A whole text, a pair of parentheses, the arguments of a function or the choices of IN.

    operand_only   no condition may stand here, only an operand
    wants_operand  the next token has to begin something
    wrapped        the current node is just what a pair of parentheses held
    pending        the operator that waits for its right side, or ""
    """

    __slots__ = (
        "alternatives",
        "arguments",
        "current",
        "function",
        "kind",
        "low",
        "negated",
        "operand_only",
        "pending",
        "subject",
        "terms",
        "wants_operand",
        "wrapped",
    )

    def __init__(self, kind: str, *, operand_only: bool, function: str = "") -> None:
        self.kind = kind
        self.operand_only = operand_only
        self.function = function
        self.wants_operand = True
        self.negated = False
        self.wrapped = False
        self.pending = ""
        self.current: Node | None = None
        self.subject: Node | None = None
        self.low: Node | None = None
        self.terms: list[Node] = []
        self.alternatives: list[Node] = []
        self.arguments: list[Node] = []

    def operands_only_now(self) -> bool:
        """Whether a condition would be out of place at this point."""
        return self.operand_only or bool(self.pending)

    def can_compare(self) -> bool:
        """Whether a comparator, BETWEEN or IN may follow."""
        return not self.operands_only_now() and isinstance(self.current, OPERANDS)

    def has_only_current(self) -> bool:
        """Whether nothing stands here but the current node."""
        return not (self.terms or self.alternatives or self.negated or self.pending)

    def pend(self, operator: str) -> None:
        """An operator was read: the current node is its left side."""
        self.subject = self.current
        self.current = None
        self.low = None
        self.pending = operator
        self.wants_operand = True

    def accept(self, node: Node) -> None:
        """An operand, or a condition that stood in parentheses, is complete."""
        if not self.pending:
            self.finish(node)
        elif self.pending == "BETWEEN" and self.low is None:
            self.current = node
            self.wants_operand = False
        else:
            assert self.subject is not None
            if self.pending == "BETWEEN":
                assert self.low is not None
                self.finish(Between(self.subject, self.low, node))
            elif self.pending in "+-":
                self.finish(Arithmetic(self.pending, self.subject, node))
            else:
                self.finish(Compare(self.pending, self.subject, node))

    def finish(self, node: Node) -> None:
        """The node becomes the current one, whatever was pending is done."""
        self.current = node
        self.pending = ""
        self.wrapped = False
        self.wants_operand = False

    def end_term(self) -> None:
        """The current node is a whole term of AND."""
        node = self.current
        assert node is not None
        if self.negated:
            # NOT NOT x is x: depth comes from operators only, and those are limited.
            node = node.term if isinstance(node, Not) else Not(node)
        if isinstance(node, And):
            self.terms.extend(node.terms)
        else:
            self.terms.append(node)
        self.negated = False
        self.wrapped = False
        self.current = None
        self.wants_operand = True

    def end_alternative(self) -> None:
        """The terms so far are one side of OR."""
        node = self.terms[0] if len(self.terms) == 1 else And(tuple(self.terms))
        if isinstance(node, Or):
            self.alternatives.extend(node.terms)
        else:
            self.alternatives.append(node)
        self.terms = []

    def whole(self) -> Node:
        """The condition that this frame holds."""
        self.end_alternative()
        if len(self.alternatives) == 1:
            return self.alternatives[0]
        return Or(tuple(self.alternatives))
