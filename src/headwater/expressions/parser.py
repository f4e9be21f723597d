"""Texts to trees: the grammar of conditions and of the right sides of SET, and of document paths.

One loop over a stack of frames instead of functions that call each other: 4 KB of text nest two
thousand parentheses, and Python's own stack must not be what decides. A frame is what stands
between two parentheses (or the whole text, or the arguments of a function); inside a frame the
grammar is flat: terms of OR, made of terms of AND, each with its NOTs.

    condition  :=  NOT condition | condition AND condition | condition OR condition
                |  ( condition ) | function | operand comparator operand
                |  operand BETWEEN operand AND operand | operand IN ( operand, ... )
    operand    :=  path | :value | function | ( operand )
    set value  :=  operand | operand + operand | operand - operand

A misplaced token is told at once. All else that can be wrong with a text is gathered and told at
the end in AWS's order: redundant parentheses, unknown function, misused function, reserved word.
"""

from headwater.expressions.faults import invalid, malformed, misused
from headwater.expressions.frame import Frame
from headwater.expressions.lexer import END, NAME, NUMBER, SIGN, VALUE, WORD, Token, Tokens
from headwater.expressions.nodes import Arithmetic, Function, In, Node, Operand, Path
from headwater.expressions.reserved import RESERVED_WORDS
from headwater.limits import EXPRESSION_OPERATORS_MAX

KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})
SECTIONS = frozenset({"SET", "REMOVE", "ADD", "DELETE"})
COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
PREDICATES = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
VALUE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})
FUNCTIONS = PREDICATES | VALUE_FUNCTIONS | {"size"}
PATH_PARTS_MAX = 32
LIST_INDEX_MAX = 2**31 - 1


class Parser:
    """Reads one text. Holds what the static checks need, in the order of the text.

    for_update   True where values of SET are read, False for conditions
    """

    __slots__ = (
        "_deep",
        "_far",
        "_misused",
        "_operators",
        "_redundant",
        "_reserved",
        "_unknown",
        "for_update",
        "names",
        "tokens",
        "values",
        "what",
    )

    def __init__(self, text: str, what: str, *, for_update: bool = False) -> None:
        self.tokens = Tokens(text, what)
        self.what = what
        self.for_update = for_update
        self.names: list[str] = []
        self.values: list[str] = []
        self._operators = 0
        self._redundant = False
        self._unknown: str | None = None
        self._misused: str | None = None
        self._reserved: str | None = None
        self._deep: int | None = None
        self._far: int | None = None

    # --- what the text as a whole may not be ----------------------------------------------------

    def check_condition(self) -> None:
        """Raise for the first static fault of a condition, in AWS's order."""
        self._check_parentheses()
        self._check_functions()
        self._check_misuse()
        self._check_reserved()
        self._check_limits()

    def check_update(self) -> None:
        """Raise for the first static fault of an update that comes before its sections."""
        self._check_parentheses()
        self._check_reserved()
        self._check_functions()
        self._check_limits()

    def check_paths(self) -> None:
        """Raise for the first static fault of a list of paths."""
        self._check_reserved()
        self._check_limits()

    def _check_parentheses(self) -> None:
        if self._redundant:
            raise malformed(self.what, "The expression has redundant parentheses;")

    def _check_functions(self) -> None:
        if self._unknown is not None:
            raise invalid(self.what, f"Invalid function name; function: {self._unknown}")

    def _check_misuse(self) -> None:
        if self._misused is not None:
            raise misused(self.what, self._misused)

    def _check_reserved(self) -> None:
        if self._reserved is not None:
            raise invalid(
                self.what,
                f"Attribute name is a reserved keyword; reserved keyword: {self._reserved}",
            )

    def _check_limits(self) -> None:
        # Comparators, functions, IN, BETWEEN (with its AND), + and -, AND, OR, NOT; the = of SET is
        # none. AWS, developer guide, "Count expression operators", and "Constraints" for SET.
        if self._operators > EXPRESSION_OPERATORS_MAX:
            raise invalid(
                self.what,
                "The expression contains too many operators;"
                f" operator count: {EXPRESSION_OPERATORS_MAX + 1}",
            )
        if self._deep is not None:
            raise invalid(
                self.what,
                f"The document path has too many nesting elements; nesting levels: {self._deep}",
            )
        if self._far is not None:
            raise invalid(
                self.what,
                f"List index is not within the allowable range; index: [{self._far}]",
            )

    # --- small pieces ---------------------------------------------------------------------------

    def path(self) -> Path:
        """A document path at the current token: a, #a, a.b[0].#c."""
        tokens = self.tokens
        parts: list[str | int] = [self._attribute()]
        while tokens.current.kind == SIGN:
            if tokens.current.text == ".":
                tokens.next()
                parts.append(self._attribute())
            elif tokens.current.text == "[":
                tokens.next()
                if tokens.current.kind != NUMBER:
                    raise tokens.syntax_error()
                parts.append(self._index(tokens.next().text))
                tokens.skip("]")
            else:
                break
        if len(parts) > PATH_PARTS_MAX and self._deep is None:
            self._deep = len(parts)
        return Path(tuple(parts))

    def _attribute(self) -> str:
        token = self.tokens.current
        if token.kind == NAME:
            self.names.append(token.text)
        elif token.kind != WORD:
            raise self.tokens.syntax_error()
        elif token.word in RESERVED_WORDS and self._reserved is None:
            self._reserved = token.text
        self.tokens.next()
        return token.text

    def _index(self, digits: str) -> int:
        index = int(digits)
        if index > LIST_INDEX_MAX and self._far is None:
            self._far = index
        return index

    def operand(self) -> Operand:
        """A :value at the current token."""
        if self.tokens.current.kind != VALUE:
            raise self.tokens.syntax_error()
        name = self.tokens.next().text
        self.values.append(name)
        return Operand(name)

    def end(self) -> None:
        """Raise unless the text ends here."""
        if self.tokens.current.kind != END:
            raise self.tokens.syntax_error()

    # --- the loop -------------------------------------------------------------------------------

    def expression(self) -> Node:
        """A whole condition; or, for updates, a value of SET up to a comma or the next section."""
        frames = [Frame("whole", operand_only=self.for_update)]
        while True:
            frame = frames[-1]
            if frame.wants_operand:
                self._start(frame, frames)
            elif self._continue(frame, frames):
                continue
            elif len(frames) == 1:
                return self._close(frame)
            else:
                raise self.tokens.syntax_error()

    def _start(self, frame: Frame, frames: list[Frame]) -> None:
        """The current token has to begin a term or an operand."""
        tokens = self.tokens
        token = tokens.current
        if token.kind == SIGN and token.text == "(":
            tokens.next()
            frames.append(Frame("parentheses", operand_only=frame.operands_only_now()))
        elif token.kind == VALUE:
            self._accept(frame, self.operand())
        elif token.kind == NAME:
            self._accept(frame, self.path())
        elif token.kind != WORD:
            raise tokens.syntax_error()
        elif token.word in KEYWORDS and not self.for_update:
            if token.word != "NOT" or frame.operands_only_now():
                raise tokens.syntax_error()
            tokens.next()
            self._operators += 1
            frame.negated = not frame.negated
        elif tokens.after().kind == SIGN and tokens.after().text == "(":
            self._start_function(token, frame, frames)
        else:
            self._accept(frame, self.path())

    def _start_function(self, token: Token, frame: Frame, frames: list[Frame]) -> None:
        if token.text not in FUNCTIONS and self._unknown is None:
            self._unknown = token.text
        if frame.kind == "arguments" and not self.for_update:
            self._misuse(token.text)
        self._operators += 1
        self.tokens.next()
        self.tokens.next()
        frames.append(Frame("arguments", operand_only=True, function=token.text))

    def _accept(self, frame: Frame, node: Node) -> None:
        if frame.pending and not self.for_update:
            self._check_operand(node)
        frame.accept(node)

    def _continue(self, frame: Frame, frames: list[Frame]) -> bool:
        """Take the token behind an operand or term; False if it is none that goes on here."""
        token = self.tokens.current
        if token.kind == WORD:
            return not self.for_update and self._continue_word(token, frame, frames)
        if token.kind != SIGN:
            return False
        if token.text == ")":
            return self._end_frame(frame, frames)
        if token.text == ",":
            return self._next_argument(frame)
        if token.text in "+-":
            return self._arithmetic(token, frame)
        if token.text not in COMPARATORS or not frame.can_compare():
            return False
        self._operators += 1
        self._check_operand(frame.current)
        frame.pend(token.text)
        self.tokens.next()
        return True

    def _continue_word(self, token: Token, frame: Frame, frames: list[Frame]) -> bool:
        if token.word == "AND" and frame.pending == "BETWEEN" and frame.low is None:
            self._operators += 1
            frame.low = frame.current
            frame.wants_operand = True
        elif token.word in ("AND", "OR"):
            if frame.operand_only or not self._end_term(frame):
                return False
            # Counted too: AWS has refused filters that are too short for 300 comparisons.
            self._operators += 1
            if token.word == "OR":
                frame.end_alternative()
        elif token.word in ("BETWEEN", "IN") and frame.can_compare():
            self._operators += 1
            self._check_operand(frame.current)
            frame.pend(token.word)
            if token.word == "IN":
                self.tokens.next()
                if not self.tokens.at("("):
                    raise self.tokens.syntax_error()
                frames.append(Frame("choices", operand_only=True))
        else:
            return False
        self.tokens.next()
        return True

    def _arithmetic(self, token: Token, frame: Frame) -> bool:
        if not self.for_update or frame.kind in ("arguments", "choices") or frame.pending:
            return False
        if isinstance(frame.current, Arithmetic) and not frame.wrapped:
            return False
        self._operators += 1
        frame.pend(token.text)
        self.tokens.next()
        return True

    def _next_argument(self, frame: Frame) -> bool:
        if frame.kind not in ("arguments", "choices") or frame.pending:
            return False
        self._end_argument(frame)
        frame.wants_operand = True
        self.tokens.next()
        return True

    def _end_argument(self, frame: Frame) -> None:
        assert frame.current is not None
        if frame.kind == "choices":
            self._check_operand(frame.current)
        frame.arguments.append(frame.current)

    def _end_frame(self, frame: Frame, frames: list[Frame]) -> bool:
        if len(frames) == 1:
            return False
        outer = frames[-2]
        if frame.kind == "parentheses":
            if frame.wrapped and frame.has_only_current():
                self._redundant = True
            node = self._close(frame)
            self._accept(outer, node)
            outer.wrapped = outer.current is node
        elif frame.kind == "arguments":
            self._end_argument(frame)
            self._accept(outer, Function(frame.function, tuple(frame.arguments)))
        else:
            self._end_argument(frame)
            assert outer.subject is not None
            outer.finish(In(outer.subject, tuple(frame.arguments)))
        self.tokens.next()
        frames.pop()
        return True

    def _close(self, frame: Frame) -> Node:
        """The meaning of a frame that ends here: an operand or a condition."""
        node = frame.current
        assert node is not None
        if frame.has_only_current() and (frame.operand_only or frame.kind == "parentheses"):
            return node
        if not self._end_term(frame):
            raise self.tokens.syntax_error()
        return frame.whole()

    def _end_term(self, frame: Frame) -> bool:
        """The current node becomes a term of AND; False if it is no condition."""
        node = frame.current
        if frame.pending or isinstance(node, (Path, Operand, Arithmetic)):
            return False
        if isinstance(node, Function) and node.name not in PREDICATES:
            self._misuse(node.name)
        frame.end_term()
        return True

    def _check_operand(self, node: Node | None) -> None:
        """Only size() yields a value to compare."""
        if isinstance(node, Function) and node.name != "size":
            self._misuse(node.name)

    def _misuse(self, function: str) -> None:
        if self._misused is None:
            self._misused = function
