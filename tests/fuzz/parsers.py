"""Fuzzing what reads texts, without a node: a text is read, or refused with an error of AWS's."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.fuzz.words import Words

from headwater.clock import monotonic_ns
from headwater.consumers.mappings.filters import compile_filters
from headwater.errors import AwsError
from headwater.expressions.condition import parse_condition
from headwater.expressions.key_condition import parse_key_condition
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.projection import parse_projection
from headwater.expressions.update import parse_update
from headwater.functions.logs.patterns import compile_pattern
from headwater.partiql.statements import parse
from headwater.values.attribute import canonical_item

HANG_S = 5


def fuzz(seconds: float, seed: int) -> tuple[int, list[str]]:
    """How many texts were read, and what went wrong, with the text."""
    dice = random.Random(seed)
    words = Words(dice)
    readers = _readers(words)
    troubles: list[str] = []
    count = 0
    ends_ns = monotonic_ns() + int(seconds * 1e9)
    while monotonic_ns() < ends_ns and len(troubles) < 20:
        make, read = dice.choice(readers)
        text = make()
        count += 1
        try:
            with _alarm():
                read(text)
        except AwsError:
            pass
        except Exception as bug:
            troubles.append(f"{read.__name__} {text!r}: {bug!r}")
    return count, troubles


@contextmanager
def _alarm() -> Iterator[None]:
    """Ends a reader that hangs."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError(f"more than {HANG_S} s")

    before = signal.signal(signal.SIGALRM, ring)
    left = signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(left)
        signal.signal(signal.SIGALRM, before)


def _readers(words: Words) -> list[tuple[Callable[[], str], Callable[[str], Any]]]:
    def placeholders() -> Placeholders:
        values = {":v": {"S": "a"}, ":w": {"N": "1"}, ":x": words.value(1)}
        try:
            return Placeholders({"#n": "a", "#m": "b"}, values)
        except AwsError:
            return Placeholders({"#n": "a", "#m": "b"}, {":v": {"S": "a"}, ":w": {"N": "1"}})

    def item() -> Any:
        try:
            return canonical_item(words.item())[0]
        except AwsError:
            return {"pk": {"S": "a"}, "a": {"L": [{"N": "1"}]}}

    def condition(text: str) -> None:
        parse_condition(text, placeholders()).matches(item())

    def key_condition(text: str) -> None:
        parse_key_condition(text, placeholders(), ("pk",), ("sk",))

    def update(text: str) -> None:
        old = item()
        change = parse_update(text, placeholders())
        change.touched(change.apply(old))

    def projection(text: str) -> None:
        parse_projection(text, placeholders()).project(item())

    def filters(text: str) -> None:
        compile_filters([text])

    return [
        (words.condition, condition),
        (words.condition, key_condition),
        (words.update, update),
        (words.projection, projection),
        (words.statement, parse),
        (words.pattern, filters),
        (words.pattern, compile_pattern),
    ]
