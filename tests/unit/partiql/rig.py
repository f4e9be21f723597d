"""A table in memory, and what statements and expressions say alike, for the tests beside this file.

Time stands still, and nothing checks the form of requests.
"""

from hypothesis import strategies as st
from tests.one_table import OneTable

from headwater.changelog.read import read_log
from headwater.errors import AwsError
from headwater.storage.local import LocalTransaction


class Database(OneTable):
    """Items and statements, refused or not."""

    def item(self, operation, **params):
        """An item operation on T; what it is refused with where it is refused."""
        try:
            return self(operation, TableName="T", **params)
        except AwsError as fault:
            return fault.code

    def statement(self, text, *parameters, **more):
        """ExecuteStatement; what it is refused with where it is refused."""
        if parameters:
            more["Parameters"] = list(parameters)
        try:
            return self("ExecuteStatement", Statement=text, **more)
        except AwsError as fault:
            return fault.code

    def left(self):
        """Items, index entries and counters as stored, and the records of the stream."""
        tx = LocalTransaction(self.engine)
        stream = self.table_of("T").stream
        assert stream is not None
        logs = [shard.log for shard in stream.shards.shards]
        records = [entry.stored for log in logs for entry in read_log(tx, log, 0, 1000)]
        return (*self.kept(), records)


SMALL = st.sampled_from("aab")
NUMBERS = st.integers(-2, 2).map(lambda number: {"N": str(number)})
TEXTS = SMALL.map(lambda text: {"S": text})
KEYS = st.fixed_dictionaries({"pk": TEXTS, "sk": st.sampled_from("abcd").map(lambda s: {"S": s})})
ITEMS = st.builds(
    lambda key, more: {**key, **more},
    KEYS,
    st.fixed_dictionaries(
        {},
        optional={
            "grade": NUMBERS,
            "colour": TEXTS,
            "v": st.one_of(NUMBERS, TEXTS, st.just({"NULL": True})),
            "m": st.fixed_dictionaries({}, optional={"x": NUMBERS}).map(lambda m: {"M": m}),
            "l": st.lists(NUMBERS, max_size=2).map(lambda elements: {"L": elements}),
            "s": st.sets(SMALL, min_size=1).map(lambda some: {"SS": sorted(some)}),
        },
    ),
)
TABLES = st.lists(ITEMS, max_size=15)

# Conditions as both languages write them, with values in the order of their question marks.
PATHS = st.sampled_from(["v", "grade", "colour", "m.x", "l[0]", "s", "pk"])
VALUES = st.one_of(NUMBERS, TEXTS, st.just({"SS": ["a"]}))
ORDERED = st.one_of(NUMBERS, TEXTS)
LEAVES = st.one_of(
    st.builds(lambda path, value: (f"{path} = {{}}", f"{path} = ?", [value]), PATHS, VALUES),
    st.builds(
        # <> is false of a missing attribute in a statement, and true in an expression (recorded).
        lambda path, value: (
            f"{path} <> {{}} AND attribute_exists({path})",
            f"{path} <> ?",
            [value],
        ),
        PATHS,
        VALUES,
    ),
    st.builds(
        lambda path, operator, value: (f"{path} {operator} {{}}", f"{path} {operator} ?", [value]),
        PATHS,
        st.sampled_from(["<", "<=", ">", ">="]),
        ORDERED,
    ),
    st.builds(
        lambda path, low, more: (
            f"{path} BETWEEN {{}} AND {{}}",
            f"{path} BETWEEN ? AND ?",
            [{"N": str(low)}, {"N": str(low + more)}],
        ),
        PATHS,
        st.integers(-2, 2),
        st.integers(0, 2),
    ),
    st.builds(
        lambda path, one, two: (f"{path} IN ({{}}, {{}})", f"{path} IN [?, ?]", [one, two]),
        PATHS,
        VALUES,
        VALUES,
    ),
    st.builds(lambda path: (f"attribute_not_exists({path})", f"{path} IS MISSING", []), PATHS),
    st.builds(lambda path: (f"attribute_exists({path})", f"{path} IS NOT MISSING", []), PATHS),
    st.builds(
        lambda path, name, text: (f"{name}({path}, {{}})", f"{name}({path}, ?)", [text]),
        PATHS,
        st.sampled_from(["begins_with", "contains"]),
        TEXTS,
    ),
    st.builds(
        lambda path, kind: (
            f"attribute_type({path}, {{}})",
            f"attribute_type({path}, ?)",
            [{"S": kind}],
        ),
        PATHS,
        st.sampled_from(["S", "N", "SS", "NULL"]),
    ),
    st.builds(
        lambda path, size: (f"size({path}) = {{}}", f"size({path}) = ?", [{"N": str(size)}]),
        PATHS,
        st.integers(0, 2),
    ),
)


def both(word):
    return lambda one, two: (
        f"({one[0]}) {word} ({two[0]})",
        f"({one[1]}) {word} ({two[1]})",
        [*one[2], *two[2]],
    )


CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(both("AND"), inner, inner),
        st.builds(both("OR"), inner, inner),
        st.builds(lambda one: (f"NOT ({one[0]})", f"NOT ({one[1]})", one[2]), inner),
    ),
    max_leaves=4,
)


def as_expression(text, values):
    """An expression whose {} are filled with placeholders, and the request's values."""
    names = [f":v{number}" for number in range(len(values))]
    # The text has no braces but those.
    return text.format(*names), dict(zip(names, values, strict=True))


def filled(items):
    database = Database()
    for item in items:
        database.item("PutItem", Item=item)
    return database
