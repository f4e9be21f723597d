"""The tokens of a statement. This file knows characters and reserved words, and no grammar."""

import re
from typing import NamedTuple

from headwater.partiql.faults import Position, malformed
from headwater.partiql.keywords import RESERVED

KEYWORD = "keyword"  # text in lower case
WORD = "word"  # an identifier
QUOTED = "quoted"  # an identifier in double quotes; text without them
STRING = "string"  # text without quotes
NUMBER = "number"
SIGN = "sign"
END = "end"

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n\r]*|/\*.*?\*/)
    |'(?P<string>(?:[^']|'')*)'
    |"(?P<quoted>(?:[^"]|"")*)"
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![A-Za-z0-9_$])
    |(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
    |(?P<sign><<|>>|<>|<=|>=|!=|\|\||[-+*/%=<>.,;:?@(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
# Beyond that many digits of an exponent AWS's lexer gives up (recorded for eleven).
_EXPONENT_DIGITS_MAX = 9
_EXPONENT = re.compile(r"[eE][+-]?0*([0-9]*)$")


class Token(NamedTuple):
    """kind is one of the constants above."""

    kind: str
    text: str
    start: int
    end: int


class Tokens:
    """The tokens of one statement and a position in them; the last one is END and stays."""

    __slots__ = ("_position", "_tokens", "current", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _tokens(text)
        self._position = 0
        self.current = self._tokens[0]

    def next(self) -> Token:
        """The current token, and step on."""
        token = self.current
        if token.kind != END:
            self._position += 1
            self.current = self._tokens[self._position]
        return token

    def after(self) -> Token:
        """The token behind the current one."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def at_sign(self, *signs: str) -> bool:
        """Whether the current token is one of these signs."""
        return self.current.kind == SIGN and self.current.text in signs

    def at_keyword(self, *words: str) -> bool:
        """Whether the current token is one of these reserved words."""
        return self.current.kind == KEYWORD and self.current.text in words

    def at_word(self, *words: str) -> bool:
        """Whether the current token is one of these words, none of which is reserved."""
        return self.current.kind == WORD and self.current.text.lower() in words

    def skip_sign(self, sign: str) -> bool:
        """Step over a sign if it is there."""
        if not self.at_sign(sign):
            return False
        self.next()
        return True

    def skip_keyword(self, word: str) -> bool:
        """Step over a reserved word if it is there."""
        if not self.at_keyword(word):
            return False
        self.next()
        return True

    def place(self, token: Token) -> Position:
        """Where a token stands."""
        before = self.text[: token.start]
        line = before.count("\n") + 1
        column = token.start - (before.rfind("\n") + 1) + 1
        return Position(line, column, token.end - token.start)


def _tokens(text: str) -> list[Token]:
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise malformed()
        kind = match.lastgroup
        assert kind is not None
        position = match.end()
        if kind != "space":
            tokens.append(_token(kind, match[kind], match.start(), position))
    tokens.append(Token(END, "", len(text), len(text)))
    return tokens


def _token(kind: str, found: str, start: int, end: int) -> Token:
    if kind == STRING:
        found = found.replace("''", "'")
    elif kind == QUOTED:
        found = found.replace('""', '"')
    elif kind == WORD and found.lower() in RESERVED:
        kind, found = KEYWORD, found.lower()
    elif kind == NUMBER:
        exponent = _EXPONENT.search(found)
        if exponent is not None and len(exponent[1]) > _EXPONENT_DIGITS_MAX:
            raise malformed()
    return Token(kind, found, start, end)
