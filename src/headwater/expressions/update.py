"""UpdateExpression: SET, REMOVE, ADD and DELETE, from a text to a new item.

All operands read the item as it was before the update. Indexes in paths mean the list as it was,
too: values set behind its end are appended in the order of their indexes, and removals come last,
from the back. The item handed in is never changed; only the containers on touched paths are copied.

This file knows the language. It does not know keys, item limits or who asks.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from headwater.errors import Validation
from headwater.expressions.comparison import kind_of
from headwater.expressions.edits import Draft, added, deleted
from headwater.expressions.faults import (
    INCORRECT_TYPE,
    MISSING_ATTRIBUTE,
    incorrect_count,
    incorrect_type,
    invalid,
    misused,
    path_required,
)
from headwater.expressions.lexer import END, WORD
from headwater.expressions.nodes import Arithmetic, Function, Node, Operand, Path
from headwater.expressions.parser import SECTIONS, VALUE_FUNCTIONS, Parser
from headwater.expressions.paths import DocumentPath, check_apart, getter, resolve, top_names
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.projection import Projection
from headwater.values.number import add, subtract
from headwater.values.size import Item, Value

WHAT = "UpdateExpression"
Evaluator: TypeAlias = Callable[[Item], Value | None]

_TYPE_WORDS = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}
_ADDABLE = frozenset({"N", "SS", "NS", "BS"})
_SETS = frozenset({"SS", "NS", "BS"})


class Update:
    """What an update does, bound to a request's placeholders.

    sets      (path, function from the old item to the new value) of SET
    removes   paths of REMOVE
    adds      (path, value) of ADD; legacy ADD may append lists, see `edits.added`
    deletes   (path, set of elements) of DELETE
    mismatch  the text where ADD or DELETE meet another type in the item

    attributes   names of the top-level attributes it touches
    """

    __slots__ = (
        "_mismatch",
        "_projection",
        "adds",
        "attributes",
        "deletes",
        "paths",
        "removes",
        "sets",
    )

    def __init__(
        self,
        sets: Sequence[tuple[DocumentPath, Evaluator]] = (),
        removes: Sequence[DocumentPath] = (),
        adds: Sequence[tuple[DocumentPath, Value]] = (),
        deletes: Sequence[tuple[DocumentPath, Value]] = (),
        mismatch: str = INCORRECT_TYPE,
    ) -> None:
        self._mismatch = mismatch
        self.sets = sets
        self.removes = removes
        self.adds = adds
        self.deletes = deletes
        self.paths: list[DocumentPath] = [path for path, _ in sets]
        self.paths.extend(removes)
        self.paths.extend(path for path, _ in adds)
        self.paths.extend(path for path, _ in deletes)
        self.attributes = top_names(self.paths)
        self._projection: Projection | None = None

    @property
    def creates(self) -> bool:
        """Whether it makes an item where there is none; REMOVE and DELETE alone do not."""
        return bool(self.sets or self.adds)

    @property
    def writing_actions(self) -> int:
        """How many actions write a value (SET and ADD)."""
        return len(self.sets) + len(self.adds)

    @property
    def clearing_actions(self) -> int:
        """How many actions only take away (REMOVE and DELETE)."""
        return len(self.removes) + len(self.deletes)

    def apply(self, item: Item) -> Item:
        """The item after the update: a new one, the given one is left as it is.

        item   as it was before; the key alone if it does not exist yet

        Raises Validation in AWS's words where operands or paths do not fit the item.
        """
        draft = Draft(item)
        values = [(path, evaluate(item)) for path, evaluate in self.sets]
        for path, value in values:
            if value is None:
                raise Validation(MISSING_ATTRIBUTE)
            draft.put(path, value)
        for path, value in self.adds:
            draft.put(path, added(draft.old(path), value, self._mismatch))
        for path, value in self.deletes:
            old = draft.old(path)
            rest = deleted(old, value, self._mismatch)
            if rest is None:
                draft.remove(path)
            elif rest is not old:
                draft.put(path, rest)
        for path in self.removes:
            draft.remove(path)
        return draft.finish()

    def touched(self, item: Item) -> Item:
        """The part of an item (old or new) at the touched paths: UPDATED_OLD and UPDATED_NEW."""
        if self._projection is None:
            self._projection = Projection(self.paths)
        return self._projection.project(item)


class _Plan(NamedTuple):
    sets: tuple[tuple[Path, Node], ...]
    removes: tuple[Path, ...]
    adds: tuple[tuple[Path, Operand], ...]
    deletes: tuple[tuple[Path, Operand], ...]
    paths: tuple[Path, ...]  # all of them in the order of the text
    names: tuple[str, ...]
    values: tuple[str, ...]


def parse_update(text: str, placeholders: Placeholders) -> Update:
    """An UpdateExpression, bound to a request's placeholders.

    Raises Validation (Prefixable for the families that carry UpdateItem's prefix).
    """
    plan = _plan(text)
    placeholders.use(plan.names, plan.values, WHAT)
    names, values = placeholders.names, placeholders.values
    check_apart([resolve(path, names) for path in plan.paths], WHAT)
    binder = _Binder(placeholders)
    sets = [(resolve(path, names), binder.value(node)) for path, node in plan.sets]
    adds = [(resolve(path, names), values[operand.name]) for path, operand in plan.adds]
    deletes = [(resolve(path, names), values[operand.name]) for path, operand in plan.deletes]
    for _, value in adds:
        _check_kind("ADD", value, _ADDABLE)
    for _, value in deletes:
        _check_kind("DELETE", value, _SETS)
    binder.check_functions()
    return Update(sets, [resolve(path, names) for path in plan.removes], adds, deletes)


def _check_kind(section: str, value: Value, allowed: frozenset[str]) -> None:
    kind = kind_of(value)
    if kind not in allowed:
        raise invalid(
            WHAT,
            f"Incorrect operand type for operator or function; operator: {section},"
            f" operand type: {_TYPE_WORDS[kind]}",
        )


# --- from text to plan ---------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _plan(text: str) -> _Plan:
    return _Reader(text).plan()


class _Reader:
    """Reads the sections of one text."""

    __slots__ = ("parser", "paths", "repeated", "sections")

    def __init__(self, text: str) -> None:
        self.parser = Parser(text, WHAT, for_update=True)
        self.sections: dict[str, list[Any]] = {}
        self.paths: list[Path] = []
        self.repeated: str | None = None

    def plan(self) -> _Plan:
        tokens = self.parser.tokens
        while tokens.current.kind != END:
            word = tokens.current.word
            if tokens.current.kind != WORD or word not in SECTIONS:
                raise tokens.syntax_error()
            if word in self.sections and self.repeated is None:
                self.repeated = word
            tokens.next()
            self._section(self.sections.setdefault(word, []), word)
        self.parser.check_update()
        if self.repeated is not None:
            raise invalid(
                WHAT,
                f'The "{self.repeated}" section can only be used once in an update expression;',
            )
        return self._assembled()

    def _section(self, actions: list[Any], word: str) -> None:
        tokens = self.parser.tokens
        while True:
            if tokens.current.word in SECTIONS:
                raise tokens.syntax_error()
            path = self.parser.path()
            self.paths.append(path)
            if word == "REMOVE":
                actions.append(path)
            elif word == "SET":
                tokens.skip("=")
                actions.append((path, self.parser.expression()))
            else:
                actions.append((path, self.parser.operand()))
            if not tokens.at(","):
                return
            tokens.next()

    def _assembled(self) -> _Plan:
        get = self.sections.get
        return _Plan(
            tuple(get("SET", ())),
            tuple(get("REMOVE", ())),
            tuple(get("ADD", ())),
            tuple(get("DELETE", ())),
            tuple(self.paths),
            tuple(dict.fromkeys(self.parser.names)),
            tuple(dict.fromkeys(self.parser.values)),
        )


# --- right sides of SET --------------------------------------------------------------------------


class _Binder:
    """Turns the right sides of SET into functions; raises for operands that can not be."""

    __slots__ = ("_fault", "names", "values")

    def __init__(self, placeholders: Placeholders) -> None:
        self.names = placeholders.names
        self.values = placeholders.values
        self._fault: Validation | None = None

    def check_functions(self) -> None:
        """Raise for a function out of place; told after all faults of operands."""
        if self._fault is not None:
            raise self._fault

    def value(self, node: Node) -> Evaluator:
        if isinstance(node, Operand):
            constant = self.values[node.name]
            return lambda _: constant
        if isinstance(node, Path):
            return getter(resolve(node, self.names))
        if isinstance(node, Arithmetic):
            return self._arithmetic(node)
        assert isinstance(node, Function), node
        if node.name not in VALUE_FUNCTIONS:
            self._fault = self._fault or misused(WHAT, node.name)
            return lambda _: None
        if len(node.arguments) != 2:
            raise incorrect_count(WHAT, node.name, len(node.arguments))
        return self._if_not_exists(node) if node.name == "if_not_exists" else self._append(node)

    def _check(self, operator: str, node: Node, kind: str) -> None:
        """Raise if the node is a constant of another type."""
        if isinstance(node, Operand) and kind not in self.values[node.name]:
            raise incorrect_type(WHAT, operator, kind_of(self.values[node.name]))
        if isinstance(node, Function) and node.name == "list_append" and kind != "L":
            raise incorrect_type(WHAT, operator, "L")
        if isinstance(node, Arithmetic) and kind != "N":
            raise incorrect_type(WHAT, operator, "N")

    def _arithmetic(self, node: Arithmetic) -> Evaluator:
        self._check(node.operator, node.left, "N")
        self._check(node.operator, node.right, "N")
        left, right = self.value(node.left), self.value(node.right)
        combine = add if node.operator == "+" else subtract

        def calculate(item: Item) -> Value:
            one = content_of(left(item), "N")
            return {"N": combine(one, content_of(right(item), "N"))}

        return calculate

    def _if_not_exists(self, node: Function) -> Evaluator:
        path, default = node.arguments
        if not isinstance(path, Path):
            self._fault = self._fault or path_required(WHAT, node.name)
            return lambda _: None
        get, otherwise = self.value(path), self.value(default)

        def choose(item: Item) -> Value | None:
            value = get(item)
            return otherwise(item) if value is None else value

        return choose

    def _append(self, node: Function) -> Evaluator:
        for argument in node.arguments:
            self._check(node.name, argument, "L")
        left, right = self.value(node.arguments[0]), self.value(node.arguments[1])

        def append(item: Item) -> Value:
            one = content_of(left(item), "L")
            return {"L": [*one, *content_of(right(item), "L")]}

        return append


def content_of(value: Value | None, kind: str) -> Any:
    """The content of an operand that must be of `kind`. Raises Validation."""
    if value is None:
        raise Validation(MISSING_ATTRIBUTE)
    content = value.get(kind)
    if content is None:
        raise Validation(INCORRECT_TYPE)
    return content
