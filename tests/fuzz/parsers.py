"""Fuzzing what reads texts, without a node: a text is read, or refused with an error of AWS's."""

import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import orjson
from tests.fuzz.words import Words

from headwater.backups.formats import CsvReader, JsonReader, Lines, Malformed, Records
from headwater.clock import monotonic_ns
from headwater.consumers.mappings.filters import compile_filters
from headwater.errors import AwsError
from headwater.expressions.condition import parse_condition
from headwater.expressions.key_condition import parse_key_condition
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.projection import parse_projection
from headwater.expressions.update import parse_update
from headwater.functions.logs.patterns import compile_pattern
from headwater.monitoring.lines import Line
from headwater.monitoring.math import work_out
from headwater.monitoring.math_syntax import BadExpression, names_in, parse_math
from headwater.partiql.statements import parse
from headwater.values.attribute import canonical_item

_LINES = {
    "m1": Line({0: 1.0, 60: -2.0, 180: 1e308}, 60, "one", True, range(0, 300, 60)),
    "m2": Line({}, 60, "two", True, range(0, 300, 60)),
    "e1": Line({0: 0.0}, 60, "e1", False, range(0, 300, 60)),
}
HANG_S = 5  # of the processor, whatever else it is busy with


def fuzz(
    seconds: float, seed: int, *, texts_max: int | None = None
) -> tuple[Counter[str], list[str]]:
    """How many texts each reader was given, and what went wrong, with the text."""
    dice = random.Random(seed)
    words = Words(dice)
    readers = _readers(words)
    troubles: list[str] = []
    counts: Counter[str] = Counter()
    ends_ns = monotonic_ns() + int(seconds * 1e9)
    for _ in range(texts_max or sys.maxsize):
        if monotonic_ns() >= ends_ns or len(troubles) >= 20:
            break
        make, read = dice.choice(readers)
        text = make()
        counts[read.__name__] += 1
        try:
            with _alarm():
                read(text)
        except (AwsError, BadExpression):
            pass
        except Exception as bug:
            troubles.append(f"{read.__name__} {text!r}: {bug!r}")
    return counts, troubles


@contextmanager
def _alarm() -> Iterator[None]:
    """Ends a reader that hangs."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError(f"more than {HANG_S} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _readers(words: Words) -> list[tuple[Callable[[], str], Callable[[str], Any]]]:
    """How a text is made, and what reads it."""

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
        found = compile_filters([text])
        assert found is not None
        record = orjson.dumps({"eventName": "INSERT", "dynamodb": {"NewImage": item()}})
        for kind in range(3):
            found.admits(kind, record)

    def log_pattern(text: str) -> None:
        matches = compile_pattern(text)
        if matches is not None:
            matches("ERROR disk 7 " + "a" * 40)

    def metric_math(text: str) -> None:
        tree = parse_math(text)
        names_in(tree)
        work_out(tree, dict(_LINES))

    def lines_of_json(text: str) -> None:
        _import(JsonReader(), text, words)

    def lines_of_csv(text: str) -> None:
        header = words.dice.choice((None, ["pk", "a", "b"]))
        _import(CsvReader(words.dice.choice(",;\t|: "), header, {"pk": "S", "a": "N"}), text, words)

    def partiql(text: str) -> None:
        statement = parse(text)
        assert statement is not None

    return [
        (words.condition, condition),
        (words.condition, key_condition),
        (words.update, update),
        (words.projection, projection),
        (words.statement, partiql),
        (words.pattern, filters),
        (words.log_pattern, log_pattern),
        (words.math, metric_math),
        (words.lines, lines_of_json),
        (words.lines, lines_of_csv),
    ]


def _import(reader: JsonReader | CsvReader, text: str, words: Words) -> None:
    """What an import does with a file, which comes in pieces."""
    lines, records = Lines("NONE"), Records(reader)
    data = text.encode(errors="surrogatepass")
    at = words.dice.randrange(len(data) + 1)
    every = [line for piece in (data[:at], data[at:]) for line in lines.feed(piece)]
    found = [record for line in (*every, *lines.end()) for record in records.feed(line)]
    for record in (*found, *records.end()):
        with suppress(AwsError, Malformed):
            reader.read(record.text)
