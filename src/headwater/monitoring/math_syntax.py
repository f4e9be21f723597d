"""Metric math as text: expressions taken apart into a tree.

    m1 / (m1 + m2) * 100        IF(m1 > 10, m1, 0)        SUM([FILL(m1, 0), RATE(m2)])

Trees are tuples: ("number", 1.5), ("text", "x"), ("name", "m1"), ("array", (...)),
("call", "SUM", (...)), ("negative", tree), ("+", left, right). Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

Tree = tuple[Any, ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^()<>\[\],]))"
)
# Loosest first; all are read from the left but powers.
_LEVELS: Final = (
    ("||", "OR"),
    ("&&", "AND"),
    ("==", "!=", "<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/"),
)
_WORDS: Final = {"OR": "||", "AND": "&&"}
_DEPTH_MAX: Final = 50
_TOKENS_MAX: Final = 500  # each may be a level of the tree: m1 + m1 + m1 ...


class BadExpression(Exception):
    """An expression that cannot be read or worked out. The text says why."""


@lru_cache(maxsize=512)
def parse_math(text: str) -> Tree:
    """The tree of an expression. Raises BadExpression."""
    reader = _Reader(_tokens(text))
    tree = reader.level(0)
    if reader.next is not None:
        raise BadExpression(f"Unexpected '{reader.next[1]}'")
    return tree


def names_in(tree: Tree) -> set[str]:
    """The names of other queries that an expression looks at; METRICS() looks at all metrics."""
    if tree[0] == "name":
        return {tree[1]}
    if tree[0] in ("number", "text"):
        return set()
    found: set[str] = set()
    for part in tree[1:]:
        if isinstance(part, tuple):
            parts = part if part and isinstance(part[0], tuple) else (part,) if part else ()
            for one in parts:
                found |= names_in(one)
    return found


def calls_in(tree: Tree) -> list[tuple[str, tuple[Tree, ...]]]:
    """Every call of a function in an expression, with its arguments."""
    found = [(tree[1], tree[2])] if tree[0] == "call" else []
    for part in tree[1:]:
        if isinstance(part, tuple) and part:
            for one in part if isinstance(part[0], tuple) else (part,):
                found += calls_in(one)
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadExpression(f"Unexpected '{text[at:].lstrip()[:1]}'")
        kind = match.lastgroup
        assert kind is not None
        found.append((kind, match[kind]))
        at = match.end()
    if len(found) > _TOKENS_MAX:
        raise BadExpression(f"More than {_TOKENS_MAX} terms and operators")
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def level(self, number: int) -> Tree:
        if number == len(_LEVELS):
            return self._unary()
        tree = self.level(number + 1)
        while self.next is not None and self.next[1] in _LEVELS[number]:
            sign = self._take()[1]
            tree = (_WORDS.get(sign, sign), tree, self.level(number + 1))
        return tree

    def _unary(self) -> Tree:
        if self.next is not None and self.next[1] == "-":
            self._take()
            return ("negative", self._below(self._unary))
        tree = self._primary()
        if self.next is not None and self.next[1] == "^":
            self._take()
            return ("^", tree, self._below(self._unary))
        return tree

    def _primary(self) -> Tree:
        kind, text = self._take()
        if kind == "number":
            return ("number", float(text))
        if kind == "text":
            return ("text", text[1:-1])
        if kind == "word":
            if self.next is not None and self.next[1] == "(":
                self._take()
                return ("call", text.upper(), self._list(")"))
            return ("name", text)
        if text == "(":
            tree = self._nested()
            self._expect(")")
            return tree
        if text == "[":
            return ("array", self._list("]"))
        raise BadExpression(f"Unexpected '{text}'")

    def _nested(self) -> Tree:
        return self._below(lambda: self.level(0))

    def _below(self, read: Callable[[], Tree]) -> Tree:
        """What `read` finds, one step deeper."""
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise BadExpression("Too deeply nested")
        tree = read()
        self._depth -= 1
        return tree

    def _list(self, end: str) -> tuple[Tree, ...]:
        parts: list[Tree] = []
        if self.next is not None and self.next[1] == end:
            self._take()
            return ()
        while True:
            parts.append(self._nested())
            if self._take_one_of(",", end) == end:
                return tuple(parts)

    def _take(self) -> tuple[str, str]:
        token = self.next
        if token is None:
            raise BadExpression("Unexpected end of expression")
        self._at += 1
        return token

    def _take_one_of(self, *signs: str) -> str:
        token = self._take()[1]
        if token not in signs:
            raise BadExpression(f"Unexpected '{token}'")
        return token

    def _expect(self, sign: str) -> None:
        self._take_one_of(sign)
