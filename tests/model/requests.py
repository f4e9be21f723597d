"""Strategies: tables of every make, items that meet often, and what is asked of them."""

import base64
from typing import Any

from hypothesis import strategies as st
from tests.model.tables import IndexShape, Shape

# Attributes that may be keys of indexes, and those that never are.
KEYABLE = ("a", "b", "c")
FREE = ("v", "n", "l", "m", "s")

_NUMBERS = st.sampled_from(
    [
        *("0", "1", "2", "-1", "1.0", "+1", "1e0", "-0", "0.10", ".1", "10", "1E1", "-2.5", "100"),
        *("007", "1E+125", "-1E-130", "12345678901.2345", "9" * 38),
    ]
)
_TEXTS = st.sampled_from(["a", "ab", "b", "é", "\0", "a\0b", "\U0001f30a", "\uffff", "z"])
_BYTES = st.sampled_from([b"a", b"ab", b"\0", b"\xff", b"a\0", b"\x80z"])


def as_number(text: str) -> dict[str, Any]:
    return {"N": text}


def as_text(text: str) -> dict[str, Any]:
    return {"S": text}


def as_binary(raw: bytes) -> dict[str, Any]:
    return {"B": base64.b64encode(raw).decode()}


OF_KIND = {
    "S": _TEXTS.map(as_text),
    "N": _NUMBERS.map(as_number),
    "B": _BYTES.map(as_binary),
}
SCALARS = st.one_of(*OF_KIND.values())
SETS = st.one_of(
    st.sets(_TEXTS, min_size=1, max_size=3).map(lambda some: {"SS": sorted(some)}),
    st.sets(st.integers(-2, 12), min_size=1, max_size=3).map(
        lambda some: {"NS": [f"{one}.0" for one in some]}
    ),
    st.sets(_BYTES, min_size=1, max_size=3).map(
        lambda some: {"BS": [as_binary(one)["B"] for one in some]}
    ),
)
PLAIN = st.one_of(
    SCALARS,
    SETS,
    st.booleans().map(lambda value: {"BOOL": value}),
    st.just({"NULL": True}),
    st.sampled_from([{"S": ""}, {"B": ""}]),
)
# Large enough to cost more than one unit.
_LONG = st.sampled_from([{"S": "w" * size} for size in (1000, 1100, 2500, 5000)])
_MEMBERS = ("x", "y")
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda some: {"L": some}),
        st.dictionaries(st.sampled_from(_MEMBERS), inner, max_size=2).map(lambda some: {"M": some}),
    ),
    max_leaves=4,
)
LISTS = st.lists(VALUES, max_size=3).map(lambda some: {"L": some})
MAPS = st.dictionaries(st.sampled_from(_MEMBERS), VALUES, max_size=2).map(lambda some: {"M": some})


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """A table with up to three indexes."""
    kinds = st.sampled_from("SNB")
    sort_name = draw(st.sampled_from(["sk", "sk", None]))
    types = {"pk": draw(kinds)} | ({} if sort_name is None else {"sk": draw(kinds)})
    pool = {name: draw(kinds) for name in KEYABLE}
    names = [*types, *KEYABLE]
    indexes = []
    for number in range(draw(st.integers(0, 3))):
        kept = draw(st.sampled_from([None, None, (), ("v",), ("m", "n")]))
        if sort_name is not None and draw(st.booleans()):
            local = (draw(st.sampled_from(KEYABLE)),)
            indexes.append(IndexShape(f"loc{number}", False, ("pk",), local, kept))
            continue
        mixed = draw(st.permutations(names))
        hashes = draw(st.integers(1, 2))
        ranges = draw(st.integers(0, 2))
        hash_names = tuple(mixed[:hashes])
        range_names = tuple(mixed[hashes : hashes + ranges])
        indexes.append(IndexShape(f"glo{number}", True, hash_names, range_names, kept))
    for index in indexes:
        types |= {name: pool[name] for name in index.key_names if name in pool}
    return Shape(types, sort_name, tuple(indexes))


def key_values(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Few of each kind, so that writes meet; equal numbers are written in several ways."""
    few: list[dict[str, Any]] = {
        "S": [as_text(text) for text in ("a", "ab", "\0")],
        "N": [as_number(text) for text in ("1", "1.0", "-3", "20e-1")],
        "B": [as_binary(raw) for raw in (b"a", b"a\0", b"\xff")],
    }[kind]
    return st.sampled_from(few)


def keys(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: key_values(shape.types[name]) for name in shape.key_names})


@st.composite
def items(draw: st.DrawFn, shape: Shape) -> dict[str, Any]:
    """Items of a table; one in some has an index key that is refused."""
    item = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "v": st.one_of(VALUES, VALUES, VALUES, _LONG),
                "n": OF_KIND["N"],
                "l": LISTS,
                "m": MAPS,
                "s": SETS,
            },
        )
    )
    for name in KEYABLE:
        kind = shape.types.get(name)
        luck = draw(st.integers(0, 24))
        if luck == 24:
            item[name] = draw(PLAIN)
        elif luck < 16:
            item[name] = draw(VALUES if kind is None else key_values(kind))
    return {**item, **draw(keys(shape))}


# --- expressions ---------------------------------------------------------------------------------

PATHS = st.sampled_from(
    [(name,) for name in (*FREE, *KEYABLE, *FREE)]
    + [("m", "x"), ("m", "y"), ("l", 0), ("l", 1), ("v", "x"), ("m", "x", 0), ("l", 0, "y")]
)
_VALUE = VALUES.map(lambda value: ("value", value))
_SCALAR = SCALARS.map(lambda value: ("value", value))
_PATH = PATHS.map(lambda path: ("path", path))
_SIZE = PATHS.map(lambda path: ("size", path))
_SMALL = st.integers(0, 3).map(lambda size: ("value", {"N": str(size)}))
_SIGNS = st.sampled_from(["<", "<=", ">", ">="])


def between(values: list[Any]) -> list[Any]:
    """Two values of a kind, the lower first."""
    return sorted(values, key=_raw_order)


def _between(subject: Any, values: list[Any]) -> tuple[Any, ...]:
    return ("between", subject, *[("value", value) for value in between(values)])


def _raw_order(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "B":
        return base64.b64decode(content)
    return content.encode() if kind == "S" else float(content)


_LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.sampled_from(["=", "<>"]), _PATH, _VALUE),
    st.tuples(_SIGNS, _PATH, _SCALAR),
    st.tuples(st.sampled_from(["=", "<", ">="]), _SIZE, _SMALL),
    st.tuples(_SIGNS, _PATH, _PATH).filter(lambda node: node[1] != node[2]),
    st.sampled_from("SNB").flatmap(
        lambda kind: st.builds(_between, _PATH, st.lists(OF_KIND[kind], min_size=2, max_size=2))
    ),
    st.tuples(st.just("in"), _PATH, st.lists(_VALUE, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["exists", "missing"]), PATHS),
    st.tuples(st.just("type"), PATHS, st.sampled_from(["S", "N", "L", "M", "NS", "NULL", "BOOL"])),
    st.tuples(st.just("begins"), PATHS, st.one_of(OF_KIND["S"], OF_KIND["B"])),
    st.tuples(st.just("contains"), PATHS, SCALARS),
)
CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.just("not"), inner)
    ),
    max_leaves=4,
)
MAYBE_CONDITION = st.one_of(st.none(), st.none(), CONDITIONS)
PROJECTIONS = st.lists(PATHS, min_size=1, max_size=3).filter(lambda paths: apart(paths))

_LIST_VALUE = LISTS.map(lambda value: ("value", value))
_ONE_NUMBER = OF_KIND["N"].map(lambda value: ("value", value))
_RIGHTS = st.one_of(
    _VALUE,
    _PATH,
    st.tuples(st.sampled_from("+-"), st.sampled_from([("path", ("n",))]), _ONE_NUMBER),
    st.tuples(st.just("default"), PATHS, _VALUE),
    st.tuples(st.just("append"), st.just(("path", ("l",))), _LIST_VALUE),
    st.tuples(st.just("append"), _LIST_VALUE, _PATH),
)
_TARGETS = st.one_of(PATHS, st.sampled_from([("l", 2), ("l", 7), ("l", 9), ("n",), ("s",)]))
_ACTIONS = st.one_of(
    st.tuples(st.just("SET"), st.tuples(_TARGETS, _RIGHTS)),
    st.tuples(st.just("SET"), st.tuples(_TARGETS, _VALUE)),
    st.tuples(st.just("REMOVE"), _TARGETS),
    st.tuples(st.just("ADD"), st.tuples(st.just(("n",)), OF_KIND["N"])),
    st.tuples(st.just("ADD"), st.tuples(st.sampled_from([("s",), ("v",), ("m", "y")]), SETS)),
    st.tuples(st.just("DELETE"), st.tuples(st.sampled_from([("s",), ("v",)]), SETS)),
)


def _tree(actions: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    tree: dict[str, list[Any]] = {}
    for word, action in actions:
        tree.setdefault(word, []).append(action)
    return tree


def _paths_of(actions: list[tuple[str, Any]]) -> list[Any]:
    return [action if word == "REMOVE" else action[0] for word, action in actions]


def apart(paths: list[Any]) -> bool:
    """No path is, begins or contradicts another one; such expressions are refused."""
    for at, one in enumerate(paths):
        for other in paths[:at]:
            for mine, others in zip(one, other, strict=False):
                if mine != others:
                    if type(mine) is not type(others):
                        return False
                    break
            else:
                return False
    return True


UPDATES = (
    st.lists(_ACTIONS, min_size=1, max_size=4)
    .filter(lambda actions: apart(_paths_of(actions)))
    .map(_tree)
)
