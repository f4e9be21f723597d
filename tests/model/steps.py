"""Strategies: what is done to a table, one step after the other.

A step is a tuple: its kind, and what it is done with, in the form that `Model`'s methods take.
"""

from typing import Any

from hypothesis import strategies as st
from tests.model.legacy import ASKED, EXPECTED
from tests.model.legacy import UPDATES as OLD_UPDATES
from tests.model.requests import (
    CONDITIONS,
    KEYABLE,
    MAYBE_CONDITION,
    PROJECTIONS,
    UPDATES,
    items,
    key_values,
    keys,
)
from tests.model.statements import is_tellable, is_tellable_update
from tests.model.tables import IndexShape, Shape

Step = tuple[Any, ...]
LIMITS = st.sampled_from([None, 1, 1, 2, 3, 7])
_BEFORE = st.sampled_from(["NONE", "ALL_OLD"])
_RETURNED = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])


def steps(shape: Shape) -> st.SearchStrategy[list[Step]]:
    """Writes, with reads between them."""
    write = _writes(shape)
    return st.lists(st.one_of(write, write, write, _reads(shape)), min_size=4, max_size=24)


def _writes(shape: Shape) -> st.SearchStrategy[Step]:
    put = st.tuples(st.just("put"), items(shape))
    update = st.tuples(st.just("update"), keys(shape), UPDATES)
    delete = st.tuples(st.just("delete"), keys(shape))
    check = st.tuples(st.just("check"), keys(shape), CONDITIONS)
    return st.one_of(
        st.tuples(st.just("put"), items(shape), MAYBE_CONDITION, _BEFORE),
        st.tuples(st.just("put"), items(shape), st.none(), st.just("NONE")),
        st.tuples(st.just("update"), keys(shape), UPDATES, MAYBE_CONDITION, _RETURNED),
        st.tuples(st.just("delete"), keys(shape), MAYBE_CONDITION, _BEFORE),
        _many("batch", shape, [put, put, delete], 6),
        _many(
            "transact",
            shape,
            [_conditional(put), _conditional(update), _conditional(delete), check],
            4,
        ),
        _again(shape, [_conditional(put), _conditional(update), _conditional(delete)]),
        st.sampled_from([("split",), ("roll",), ("wait", 4), ("wait", 7)]),
        _index_change(shape),
        _statements(shape),
        _statements(shape),
        _old_writes(shape),
    )


def _old_writes(shape: Shape) -> st.SearchStrategy[Step]:
    """Writes in the forms from before expressions."""
    return st.one_of(
        st.tuples(st.just("old put"), items(shape), EXPECTED, _BEFORE),
        st.tuples(st.just("old update"), keys(shape), OLD_UPDATES, EXPECTED, _RETURNED),
        st.tuples(st.just("old delete"), keys(shape), EXPECTED, _BEFORE),
    )


def _again(shape: Shape, writes: list[Any]) -> st.SearchStrategy[Step]:
    """Transactions with tokens that meet."""
    tokens = st.tuples(st.sampled_from("aab"), st.sampled_from([True, True, False]))
    several = _many("transact again", shape, writes, 3)
    return st.tuples(several, tokens).map(lambda pair: (*pair[0], *pair[1]))


def _statements(shape: Shape) -> st.SearchStrategy[Step]:
    """Writes in PartiQL."""
    condition = MAYBE_CONDITION.filter(is_tellable)
    writes = [
        st.tuples(st.just("insert"), items(shape)),
        st.tuples(st.just("change"), keys(shape), UPDATES.filter(is_tellable_update), condition),
        st.tuples(st.just("remove"), keys(shape), condition),
    ]
    return st.one_of(
        *writes,
        _many("transact statements", shape, writes, 4),
        _many("batch statements", shape, writes, 4),
    )


def _conditional(write: Any) -> st.SearchStrategy[Step]:
    return st.tuples(write, MAYBE_CONDITION).map(lambda pair: (*pair[0], pair[1]))


def _many(kind: str, shape: Shape, writes: list[Any], most: int) -> st.SearchStrategy[Step]:
    """Several writes of different items as one."""
    several = st.lists(
        st.one_of(writes),
        min_size=1,
        max_size=most,
        unique_by=lambda write: tuple(
            _same(name, write[1][name], shape) for name in shape.key_names
        ),
    )
    return st.tuples(st.just(kind), several)


def _same(name: str, value: Any, shape: Shape) -> Any:
    content = value[shape.types[name]]
    return float(content) if shape.types[name] == "N" else content


def _index_change(shape: Shape) -> st.SearchStrategy[Step]:
    """A global index made or dropped; its key types are those the table has for them."""
    names = [*shape.key_names, *(name for name in KEYABLE if name in shape.types)]

    def made(mixed: list[str], hashes: int, kept: Any) -> Step:
        split = min(hashes, len(mixed))
        index = IndexShape(
            "added", True, tuple(mixed[:split]), tuple(mixed[split : split + 1]), kept
        )
        return ("add index", index)

    return st.one_of(
        st.builds(
            made,
            st.permutations(names),
            st.integers(1, 2),
            st.sampled_from([None, (), ("v", "l")]),
        ),
        st.just(("drop index",)),
    )


def _reads(shape: Shape) -> st.SearchStrategy[Step]:
    shown = st.tuples(
        MAYBE_CONDITION,
        st.one_of(st.none(), st.none(), PROJECTIONS),
        st.sampled_from([None, None, "COUNT", "ALL_ATTRIBUTES"]),
        LIMITS,
    )
    queries = [
        st.tuples(st.just("query"), st.just(target), _terms(shape, target), shown, st.booleans())
        for target in (None, None, *shape.indexes)
    ]
    targets = st.sampled_from([None, *shape.indexes])
    return st.one_of(
        *queries,
        *(
            st.tuples(
                st.just("select"),
                st.just(target),
                _terms(shape, target),
                MAYBE_CONDITION.filter(is_tellable),
                LIMITS,
            )
            for target in (None, *shape.indexes)
        ),
        *(
            st.tuples(
                st.just("old query"), st.just(target), _terms(shape, target), ASKED, st.booleans()
            )
            for target in (None, *shape.indexes)
        ),
        st.tuples(st.just("old scan"), targets, ASKED),
        st.tuples(st.just("scan"), targets, shown, st.sampled_from([None, 1, 2, 5])),
        st.tuples(st.just("get"), keys(shape), st.one_of(st.none(), PROJECTIONS)),
        st.tuples(
            st.sampled_from(["batch get", "transact get"]),
            st.lists(
                keys(shape),
                min_size=1,
                max_size=5,
                unique_by=lambda key: tuple(
                    _same(name, key[name], shape) for name in shape.key_names
                ),
            ),
        ),
    )


@st.composite
def _terms(draw: st.DrawFn, shape: Shape, target: IndexShape | None) -> list[Step]:
    """Equality of all hash attributes, then of some of the range's, then one comparison."""
    hash_names, range_names = shape.keys_of(target)
    terms: list[Step] = [(name, "=", draw(key_values(shape.types[name]))) for name in hash_names]
    used = range_names[: draw(st.integers(0, len(range_names)))]
    for number, name in enumerate(used):
        kind = shape.types[name]
        is_last = number == len(used) - 1
        signs = ["=", "<", "<=", ">", ">=", "between"] + ([] if kind == "N" else ["begins"])
        sign = draw(st.sampled_from(signs)) if is_last else "="
        value = draw(key_values(kind))
        terms.append((name, sign, value, value) if sign == "between" else (name, sign, value))
    return terms
