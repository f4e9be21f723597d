"""SEARCH of metric math: metrics that a text describes, found among those there are.

    {AWS/DynamoDB,TableName} MetricName="ConsumedReadCapacityUnits" TableName=("Orders" OR "Items")

In braces are the namespace and the exact set of dimensions; names with other signs than letters,
digits and - _ . / are quoted. Terms are joined by AND, which may be left out, OR, NOT and
parentheses. A term is a word that is looked for in names and values, where a quoted one is meant
as a whole; or `name=word`, of the namespace, the metric's name or a dimension. Words are compared
by their parts, whatever their case: table matches TableName. Pure but for `find`.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from headwater.arns import Scope
from headwater.monitoring.catalog import Known, list_metrics
from headwater.monitoring.math_syntax import BadExpression
from headwater.storage.engine import Transaction

FOUND_MAX: Final = 100  # lines that a search makes, as on AWS
_LOOKED_AT_MAX: Final = 20_000
_DEPTH_MAX: Final = 20
_SCHEMA = re.compile(r"\s*\{([^}]*)\}")
_NAME = re.compile(r'\s*(?:"([^"]+)"|([^\s,"]+))\s*')
_TOKEN = re.compile(r'\s*("[^"]*"|[^\s()="]+|[()=])')
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

Test = Callable[[Known], bool]


class Search(NamedTuple):
    """What is searched. namespace: None: in all; dimensions: the names, None: any"""

    namespace: str | None
    dimensions: frozenset[str] | None
    matches: Test


@lru_cache(maxsize=256)
def parse_search(text: str) -> Search:
    """Raises BadExpression."""
    namespace: str | None = None
    dimensions: frozenset[str] | None = None
    schema = _SCHEMA.match(text)
    if schema is not None:
        names = [quoted or bare for quoted, bare in _NAME.findall(schema[1])]
        if not names:
            raise BadExpression("SEARCH needs a namespace in its braces")
        namespace, dimensions = names[0], frozenset(names[1:])
        text = text[schema.end() :]
    return Search(namespace, dimensions, _Reader(text).all())


def find(tx: Transaction, scope: Scope, search: Search, *, seen_from_s: int) -> list[Known]:
    """The metrics a search describes, by name, at most FOUND_MAX of them."""
    looked_at, _ = list_metrics(
        tx,
        scope,
        search.namespace,
        None,
        (),
        after=None,
        seen_from_s=seen_from_s,
        limit=_LOOKED_AT_MAX,
    )
    wanted = search.dimensions
    found = [
        known
        for known in looked_at
        if (wanted is None or {name for name, _ in known.dimensions} == wanted)
        and search.matches(known)
    ]
    return found[:FOUND_MAX]


class _Reader:
    """Reads terms: OR binds loosest, then AND."""

    def __init__(self, text: str) -> None:
        if text.count('"') % 2:
            raise BadExpression("SEARCH has a quotation mark that is not closed")
        self._tokens: list[str] = _TOKEN.findall(text)
        self._at = 0
        self._depth = 0

    def all(self) -> Test:
        if not self._tokens:
            return lambda known: True
        test = self._either()
        if self._at < len(self._tokens):
            raise BadExpression(f"SEARCH has an unexpected {self._tokens[self._at]}")
        return test

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self) -> Test:
        tests = [self._every()]
        while self._next().upper() == "OR":
            self._at += 1
            tests.append(self._every())
        return tests[0] if len(tests) == 1 else lambda known: any(test(known) for test in tests)

    def _every(self) -> Test:
        tests = [self._term()]
        while self._next() not in ("", ")") and self._next().upper() != "OR":
            if self._next().upper() == "AND":
                self._at += 1
            tests.append(self._term())
        return tests[0] if len(tests) == 1 else lambda known: all(test(known) for test in tests)

    def _term(self) -> Test:
        token = self._take()
        if token.upper() == "NOT":
            inner = self._below(self._term)
            return lambda known: not inner(known)
        if token == "(":
            inner = self._below(self._either)
            self._expect(")")
            return inner
        if token in (")", "="):
            raise BadExpression(f"SEARCH has an unexpected {token}")
        if self._next() != "=":
            return _anywhere(token)
        self._at += 1
        return self._of(token.strip('"'))

    def _of(self, name: str) -> Test:
        """The test of what stands after `name=`: a word, or several in parentheses."""
        if self._next() != "(":
            return _in_property(name, self._take())
        self._at += 1
        tests = [_in_property(name, self._take())]
        while self._next() not in (")", ""):
            if self._next().upper() == "OR":
                self._at += 1
            tests.append(_in_property(name, self._take()))
        self._expect(")")
        return lambda known: any(test(known) for test in tests)

    def _below(self, read: Callable[[], Test]) -> Test:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise BadExpression("SEARCH is too deeply nested")
        test = read()
        self._depth -= 1
        return test

    def _take(self) -> str:
        token = self._next()
        if not token:
            raise BadExpression("SEARCH ends where a word is needed")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise BadExpression(f"SEARCH needs a {token}")


def _anywhere(word: str) -> Test:
    def test(known: Known) -> bool:
        places = [known.namespace, known.name]
        places += [part for pair in known.dimensions for part in pair]
        return any(_matches(word, place) for place in places)

    return test


def _in_property(name: str, word: str) -> Test:
    def test(known: Known) -> bool:
        if name.lower() == "metricname":
            return _matches(word, known.name)
        if name.lower() == "namespace":
            return _matches(word, known.namespace)
        value = dict(known.dimensions).get(name)
        return value is not None and _matches(word, value)

    return test


def _matches(word: str, text: str) -> bool:
    """
    >>> [_matches(word, "TableName") for word in ("table", "tab", '"Table"')]
    [True, False, False]
    """
    if word.startswith('"'):
        return word[1:-1] == text
    parts = _parts(word)
    inside = _parts(text)
    if word.lower() == text.lower():
        return True
    return bool(parts) and any(
        inside[at : at + len(parts)] == parts for at in range(len(inside) - len(parts) + 1)
    )


def _parts(text: str) -> list[str]:
    return [part.lower() for part in _PART.findall(text)]
