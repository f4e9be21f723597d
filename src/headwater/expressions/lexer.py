"""The tokens of an expression text, and AWS's words for a token out of place.

A token is a word, a #name, a :value, a whole number or a sign; anything else becomes a sign of one
character that no grammar takes. This file knows characters and nothing of grammar.
"""

import re
from typing import NamedTuple

from headwater.expressions.faults import malformed
from headwater.limits import EXPRESSION_BYTES_MAX
from headwater.values.faults import Prefixable

WORD = "word"
NAME = "name"  # "#" and what follows
VALUE = "value"  # ":" and what follows
NUMBER = "number"
SIGN = "sign"
END = "end"

_TOKEN = re.compile(
    r"\s*(?:(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<word>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9]+)|(?P<sign><>|<=|>=|\S)|(?P<end>$))",
    re.ASCII,
)


class Token(NamedTuple):
    """kind is one of the constants above; word is the text in capitals if kind is WORD."""

    kind: str
    text: str
    start: int
    end: int
    word: str


class Tokens:
    """The tokens of one text and a position in them; the last token is END and stays."""

    __slots__ = ("_tokens", "current", "position", "text", "what")

    def __init__(self, text: str, what: str) -> None:
        check_length(text, what)
        self.text = text
        self.what = what
        self._tokens = _tokens(text)
        self.position = 0
        self.current = self._tokens[0]

    def next(self) -> Token:
        """The current token, and step on."""
        token = self.current
        if token.kind != END:
            self.position += 1
            self.current = self._tokens[self.position]
        return token

    def after(self) -> Token:
        """The token behind the current one."""
        return self._tokens[min(self.position + 1, len(self._tokens) - 1)]

    def at(self, sign: str) -> bool:
        """Whether the current token is this sign."""
        return self.current.kind == SIGN and self.current.text == sign

    def skip(self, sign: str) -> None:
        """Step over this sign, or raise the syntax error."""
        if not self.at(sign):
            raise self.syntax_error()
        self.next()

    def syntax_error(self) -> Prefixable:
        """The current token is out of place. "near" shows it with its two neighbours."""
        token = self.current
        before = self._tokens[self.position - 1] if self.position else token
        start = before.start
        end = before.end if token.kind == END else self.after().end
        shown = "<EOF>" if token.kind == END else token.text
        near = self.text[start : max(end, token.end)].rstrip()
        if token.kind == END:
            near = before.text if before is not token else ""
        return malformed(self.what, f'Syntax error; token: "{shown}", near: "{near}"')


def check_length(text: str, what: str) -> None:
    """Raise unless the text is neither blank nor longer than 4 KB."""
    if not text.strip():
        raise malformed(what, "The expression can not be empty;")
    size = len(text) if text.isascii() else len(text.encode())
    if size > EXPRESSION_BYTES_MAX:
        raise malformed(
            what,
            f"Expression size has exceeded the maximum allowed size; expression size: {size}",
        )


def _tokens(text: str) -> list[Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        found = match[kind]
        start, end = match.span(kind)
        tokens.append(Token(kind, found, start, end, found.upper() if kind == WORD else ""))
        if kind == END:
            break
    return tokens
