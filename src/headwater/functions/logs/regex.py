"""Regular expressions of filter patterns: AWS's subset, searched in time that grows with the text.

Python's own engine goes back and forth, and `%a*a*a*b%` would hold up a node for hours. Without
groups, which AWS refuses too, an expression is a choice of chains of characters, each optional or
repeated; all places that a chain can be in are the bits of one number, which goes forward only.
Pure. Source: AWS, CloudWatch Logs, "Supported regular expressions (regex) syntax".
"""

import re
import string
from typing import Final, NamedTuple

LINKS_MAX: Final = 1000  # {n,m} are as many links
_STEPS_MAX: Final = 20_000  # that are remembered
_SYMBOLS: Final = frozenset(string.ascii_letters + string.digits + ":_#=@/;,- ")
_KINDS: Final = {"d": r"\d", "D": r"\D", "w": r"\w", "W": r"\W", "s": r"\s", "S": r"\S"}
_ATOM: Final = re.compile(
    r"(?P<any>\.)"
    r"|\[(?P<set>\^?(?:\\.|[^\]\\])+)\]"
    r"|\\x(?P<code>[0-9A-Fa-f]{2})"
    r"|\\(?P<escaped>[^A-Za-z0-9]|[dDwWsS])"
    r"|(?P<plain>[^\\\[\](){}*+?|.^$])"
)
_COUNT: Final = re.compile(r"(?P<sign>[*+?])|\{(?P<low>\d{1,4})(?P<comma>,(?P<high>\d{1,4})?)?\}")
_MEMBER: Final = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\[^A-Za-z0-9]|[^\\])")
_RANGE: Final = re.compile(rf"(?P<kind>\\[dDwWsS])|(?P<first>{_MEMBER.pattern})")


class BadRegex(Exception):
    """It is not in the subset."""


class _Link(NamedTuple):
    """One character of a chain. accepts: what it may be, for Python's engine."""

    accepts: re.Pattern[str]
    optional: bool
    repeated: bool


class Regex:
    """A compiled expression.

    >>> Regex(r"E.*k|^\\d{2,3}$").search("no"), Regex(r"E.*k|^\\d{2,3}$").search("42")
    (False, True)
    """

    def __init__(self, text: str) -> None:
        """Raises BadRegex."""
        self._chains = [_Chain(part) for part in _alternatives(text)]

    def search(self, text: str) -> bool:
        """Whether it fits somewhere in `text`."""
        return any(chain.search(text) for chain in self._chains)


class _Chain:
    """One alternative. Bit n of a state: the first n links may be behind us."""

    def __init__(self, text: str) -> None:
        self._from_start = text.startswith("^")
        text = text.removeprefix("^")
        self._to_end = text.endswith("$") and not text.endswith("\\$")
        self._links = _links(text.removesuffix("$") if self._to_end else text)
        self._last = 1 << len(self._links)
        self._first = self._closed(1)
        self._steps: dict[tuple[int, str], int] = {}

    def search(self, text: str) -> bool:
        # As an engine that knows lines: $ is also before the line's end.
        ends = (len(text), len(text) - 1) if text.endswith("\n") else (len(text),)
        state = self._first
        steps = self._steps
        for at, char in enumerate(text):
            if state & self._last and (not self._to_end or at in ends):
                return True
            if not state:
                return False
            following = steps.get((state, char))
            if following is None:
                following = self._step(state, char)
            state = following
        return bool(state & self._last)

    def _step(self, state: int, char: str) -> int:
        reached = 0
        for number, link in enumerate(self._links):
            behind = state >> number
            if behind & 1 and link.accepts.fullmatch(char):
                reached |= 2 << number
            if behind & 2 and link.repeated and link.accepts.fullmatch(char):
                reached |= 2 << number
        reached = self._closed(reached)
        if not self._from_start:
            reached |= self._first
        if len(self._steps) >= _STEPS_MAX:
            self._steps.clear()
        self._steps[state, char] = reached
        return reached

    def _closed(self, state: int) -> int:
        """With the places that are reached by passing over what is optional."""
        for number, link in enumerate(self._links):
            if link.optional and state >> number & 1:
                state |= 2 << number
        return state


def _alternatives(text: str) -> list[str]:
    """Cut at each | that is neither escaped nor in a set."""
    if not text.isascii():
        raise BadRegex
    parts = re.findall(r"(?:\\.|\[(?:\\.|[^\]\\])+\]|[^|\\])+", text)
    if "|".join(parts) != text:  # an empty one, or half of an escape
        raise BadRegex
    return parts


def _links(text: str) -> list[_Link]:
    links: list[_Link] = []
    at = 0
    while at < len(text):
        atom = _ATOM.match(text, at)
        if atom is None:
            raise BadRegex
        at = atom.end()
        accepts = _accepted(atom)
        low: int = 1
        high: int | None = 1
        if count := _COUNT.match(text, at):
            at = count.end()
            low, high = _bounds(count)
        links += [_Link(accepts, False, False)] * low
        if high is None:
            links.append(_Link(accepts, True, True))
        elif high < low:
            raise BadRegex
        else:
            links += [_Link(accepts, True, False)] * (high - low)
        if len(links) > LINKS_MAX:
            raise BadRegex
    return links


def _bounds(count: re.Match[str]) -> tuple[int, int | None]:
    """How often at least, and at most.

    >>> [_bounds(_COUNT.match(text)) for text in ("*", "+", "?", "{3}", "{3,}", "{3,5}")]
    [(0, None), (1, None), (0, 1), (3, 3), (3, None), (3, 5)]
    """
    if count["sign"]:
        bounds: tuple[int, int | None] = {"*": (0, None), "+": (1, None), "?": (0, 1)}[
            count["sign"]
        ]
        return bounds
    low = int(count["low"])
    if not count["comma"]:
        return low, low
    return low, int(count["high"]) if count["high"] else None


def _accepted(atom: re.Match[str]) -> re.Pattern[str]:
    """One character, as Python's engine knows it."""
    if atom["any"]:
        return re.compile(".")
    if atom["set"]:
        return _set(atom["set"])
    if atom["code"]:
        return re.compile(re.escape(chr(int(atom["code"], 16))))
    if atom["escaped"]:
        return re.compile(_KINDS.get(atom["escaped"]) or re.escape(atom["escaped"]))
    if atom["plain"] not in _SYMBOLS:
        raise BadRegex
    return re.compile(re.escape(atom["plain"]))


def _set(text: str) -> re.Pattern[str]:
    """What stands between brackets, each member written so that it means itself."""
    negated, text = text.startswith("^"), text.removeprefix("^")
    parts: list[str] = []
    at = 0
    while at < len(text):
        member = _RANGE.match(text, at)
        if member is None:
            raise BadRegex
        at = member.end()
        if member["kind"]:
            parts.append(member["kind"])
            continue
        first = last = _character(member["first"])
        if text[at : at + 1] == "-" and (end := _MEMBER.match(text, at + 1)):
            at, last = end.end(), _character(end[0])
        if last < first:
            raise BadRegex
        parts.append(f"{re.escape(first)}-{re.escape(last)}")
    if not parts:
        raise BadRegex
    return re.compile(f"[{'^' if negated else ''}{''.join(parts)}]")


def _character(text: str) -> str:
    """
    >>> _character("a"), _character(r"\\]"), _character(r"\\x41")
    ('a', ']', 'A')
    """
    if text.startswith("\\x") and len(text) == 4:
        return chr(int(text[2:], 16))
    return text[-1]
