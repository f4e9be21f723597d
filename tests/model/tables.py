"""The model of a table: a dictionary, rules that say what each write does, and Python's sorting.

A `Shape` is what a table is. `Model` holds its items and says what each operation answers, or
that it is refused. It has no indexes: what an index holds is worked out from the items anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model.language import holds, names_in, projected, updated
from tests.model.values import Doc, Refused, Val, frozen, order_of, read_item, read_value

INVALID = "ValidationException"
FAILED = "ConditionalCheckFailedException"
DUPLICATE = "DuplicateItemException"
Key = tuple[Any, ...]


@dataclass(frozen=True)
class IndexShape:
    """An index; local ones share the table's hash attribute."""

    name: str
    is_global: bool
    hash_names: tuple[str, ...]
    range_names: tuple[str, ...]
    kept: tuple[str, ...] | None  # beside the keys; None keeps everything

    @property
    def key_names(self) -> tuple[str, ...]:
        return self.hash_names + self.range_names


@dataclass(frozen=True)
class Shape:
    """A table: its keys, the types of all key attributes, its indexes."""

    types: dict[str, str]
    range_name: str | None
    indexes: tuple[IndexShape, ...]

    @property
    def key_names(self) -> tuple[str, ...]:
        return ("pk",) if self.range_name is None else ("pk", self.range_name)

    def keys_of(self, target: IndexShape | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hash and range attributes of the table (None) or an index."""
        if target is not None:
            return target.hash_names, target.range_names
        return ("pk",), () if self.range_name is None else (self.range_name,)

    def kept(self, target: IndexShape | None) -> set[str] | None:
        """The attributes that a target has, None if it has all."""
        if target is None or target.kept is None:
            return None
        return {*target.key_names, *self.key_names, *target.kept}

    def create_request(self, name: str) -> dict[str, Any]:
        """The CreateTable request of it, with a stream of both images."""
        made: dict[str, Any] = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in self.types.items()
            ],
            "KeySchema": key_schema(*self.keys_of(None)),
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        }
        for index in self.indexes:
            member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
            made.setdefault(member, []).append(index_request(index))
        return made


def key_schema(hash_names: Sequence[str], range_names: Sequence[str]) -> list[dict[str, str]]:
    kinds = [(name, "HASH") for name in hash_names] + [(name, "RANGE") for name in range_names]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def index_request(index: IndexShape) -> dict[str, Any]:
    """An index as CreateTable and UpdateTable take it."""
    projection: dict[str, Any] = {"ProjectionType": "ALL"}
    if index.kept is not None:
        projection = {"ProjectionType": "INCLUDE" if index.kept else "KEYS_ONLY"}
        if index.kept:
            projection["NonKeyAttributes"] = list(index.kept)
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.hash_names, index.range_names),
        "Projection": projection,
    }


@dataclass
class Model:
    """The items of one table."""

    shape: Shape
    items: dict[Key, Doc] = field(default_factory=dict)

    def key(self, doc: Doc) -> Key:
        return tuple(doc[name] for name in self.shape.key_names)

    def held(self, target: IndexShape | None) -> list[Doc]:
        """What the table (None) or an index holds, in no order."""
        rows = (self.row(target, doc) for doc in self.items.values())
        return [row for row in rows if row is not None]

    def row(self, target: IndexShape | None, doc: Doc) -> Doc | None:
        """What an index has of an item; None if it has nothing of it."""
        if target is None:
            return doc
        for name in target.key_names:
            if name not in doc or _unfit(doc[name], self.shape.types[name]):
                return None
        kept = self.shape.kept(target)
        return {name: value for name, value in doc.items() if kept is None or name in kept}

    # --- writing ---------------------------------------------------------------------------------

    def put(self, raw: dict[str, Any], condition: Any = None) -> Doc | None:
        """The item that was there before."""
        doc = read_item(raw)
        self._check_index_keys(doc, None)
        old = self._meet(self.key(doc), condition)
        self.items[self.key(doc)] = doc
        return old

    def delete(self, raw_key: dict[str, Any], condition: Any = None) -> Doc | None:
        key = self.key(read_item(raw_key))
        old = self._meet(key, condition)
        self.items.pop(key, None)
        return old

    def update(
        self, raw_key: dict[str, Any], tree: dict[str, list[Any]], condition: Any = None
    ) -> tuple[Doc | None, Doc | None]:
        """The item before and after; after None: nothing was there, and nothing is made."""
        own = read_item(raw_key)
        key = self.key(own)
        old = self._meet(key, condition)
        if old is None and not tree.keys() & {"SET", "ADD"}:
            return None, None
        base = own if old is None else old
        new = updated(tree, base)
        self._check_index_keys(new, base)
        self.items[key] = new
        return old, new

    def insert(self, raw: dict[str, Any]) -> None:
        """PartiQL's: never over another item."""
        doc = read_item(raw)
        self._check_index_keys(doc, None)
        if self.key(doc) in self.items:
            raise Refused(DUPLICATE)
        self.items[self.key(doc)] = doc

    def change(self, raw_key: dict[str, Any], tree: dict[str, list[Any]], condition: Any) -> None:
        """PartiQL's UPDATE: of an item that is there."""
        if self.key(read_item(raw_key)) not in self.items:
            raise Refused(FAILED)
        self.update(raw_key, tree, condition)

    def remove(self, raw_key: dict[str, Any], condition: Any) -> Doc | None:
        """PartiQL's DELETE: of nothing, it is done."""
        key = self.key(read_item(raw_key))
        return self.delete(raw_key, condition) if key in self.items else None

    def check(self, raw_key: dict[str, Any], condition: Any) -> None:
        self._meet(self.key(read_item(raw_key)), condition)

    def batch(self, writes: Sequence[tuple[Any, ...]]) -> None:
        """("put", item) and ("delete", key): all, or none if one is refused."""
        self._together([self._action(write) for write in writes])

    def transact(self, writes: Sequence[tuple[Any, ...]]) -> None:
        """Like single writes with their arguments, and ("check", key, condition)."""
        for write in writes:
            if write[0] == "put":
                self._check_not_empty(read_item(write[1]))
        reasons = self._together([self._action(write) for write in writes], gather=True)
        if any(reason != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", reasons)

    def _action(self, write: tuple[Any, ...]) -> Callable[[], Any]:
        kind, *arguments = write
        return lambda: getattr(self, kind)(*arguments)

    def _together(self, actions: list[Callable[[], Any]], gather: bool = False) -> list[str]:
        before = dict(self.items)
        reasons = []
        for action in actions:
            try:
                action()
                reasons.append("None")
            except Refused as refusal:
                self.items = dict(before) if not gather else self.items
                if not gather:
                    raise
                reasons.append(
                    "ValidationError"
                    if refusal.code == INVALID
                    else refusal.code.removesuffix("Exception")
                )
        if any(reason != "None" for reason in reasons):
            self.items = before
        return reasons

    def _meet(self, key: Key, condition: Any) -> Doc | None:
        old = self.items.get(key)
        if condition is not None and not holds(condition, old or {}):
            raise Refused(FAILED)
        return old

    def _check_index_keys(self, doc: Doc, before: Doc | None) -> None:
        for index in self.shape.indexes:
            for name in index.key_names:
                if name in doc and (before is None or before.get(name) != doc[name]):
                    if _unfit(doc[name], self.shape.types[name]):
                        raise Refused(INVALID)

    def is_fit(self, doc: Doc) -> bool:
        """Whether every index can take an item."""
        try:
            self._check_index_keys(doc, None)
        except Refused:
            return False
        return True

    def _check_not_empty(self, doc: Doc) -> None:
        for index in self.shape.indexes:
            for name in index.key_names:
                if name in doc and doc[name] in (Val("S", ""), Val("B", b"")):
                    raise Refused(INVALID)

    # --- reading ---------------------------------------------------------------------------------

    def found(self, target: IndexShape | None, terms: Sequence[tuple[Any, ...]]) -> list[Doc]:
        """What a key condition finds: [(name, sign, DynamoDB JSON, ...)], in the range's order."""
        _, range_names = self.shape.keys_of(target)
        docs = [doc for doc in self.held(target) if all(_fits(doc, term) for term in terms)]
        return sorted(docs, key=lambda doc: [order_of(doc[name]) for name in range_names])

    def shown(
        self,
        target: IndexShape | None,
        docs: Sequence[Doc],
        condition: Any,
        paths: list[Any] | None,
        select: str | None,
    ) -> list[Doc]:
        """What of `docs` passes a filter, and as much of each as is asked for.

        Raises Refused where the target cannot tell.
        """
        kept = self.shape.kept(target)
        asked = names_in(condition) if condition is not None else set()
        asked |= {path[0] for path in paths or ()}
        from_table = kept is not None and (select == "ALL_ATTRIBUTES" or not asked <= kept)
        if from_table and target is not None and target.is_global:
            raise Refused(INVALID)
        rows = [self.items[self.key(doc)] if from_table else doc for doc in docs]
        passed = [row for row in rows if condition is None or holds(condition, row)]
        return passed if paths is None else [projected(row, paths) for row in passed]


def _unfit(value: Val, kind: str) -> bool:
    """Whether a value cannot be a key attribute of type `kind`."""
    return value.kind != kind or value.content in ("", b"")


def _fits(doc: Doc, term: tuple[Any, ...]) -> bool:
    name, sign, *raw = term
    values = [read_value(one) for one in raw]
    tree: tuple[Any, ...] = (sign, ("path", (name,)), *[("value", one) for one in raw])
    if sign == "begins":
        tree = ("begins", (name,), raw[0])
    return values[0].kind == doc[name].kind and holds(tree, doc)


def same_rows(one: Sequence[Doc], two: Sequence[Doc]) -> bool:
    """Whether two lists hold the same items, in whatever order."""
    return sorted(map(frozen, one), key=repr) == sorted(map(frozen, two), key=repr)
