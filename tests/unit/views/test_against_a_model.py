"""Views of random definitions over random histories, held to plain Python over what there is.

Between any two steps of a view the table may be written, its stream turned on and off, its shards
split and rolled over, the node killed, a step's transaction lost, the table dropped and made anew.
Expected values: computed from the model's items, or its list of changes, with fractions.
"""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.unit.views.conftest import World

from headwater.consumers.views import worker as worker_module

KEYS = st.integers(0, 11)
GROUPS = st.sampled_from(
    [None, {"S": "a"}, {"S": "b\0"}, {"S": "b"}, {"N": "1"}, {"NULL": True}, {"BOOL": True}]
)
VALUES = st.sampled_from(
    [
        None,
        *({"N": text} for text in ("1", "-1", "0", "0.1", "2.5", "99999999999999999999999999999")),
        {"N": "0.0000000000000000000000000000000000001"},
        {"N": "-7" + "0" * 60},
        {"N": "1.2345678901234567890123456789012345678"},
        {"S": "x"},
        {"B": "AAE="},
        {"L": [{"N": "1"}]},
        {"NULL": True},
    ]
)
WORDS = st.sampled_from([None, {"S": "u"}, {"S": "v"}, {"S": "w"}, {"SS": ["u", "v"]}])
ITEMS = st.tuples(GROUPS, VALUES, WORDS)
EVERYTHING = {
    "count": True,
    "sum": "v",
    "avg": "v",
    "min": "v",
    "max": "v",
    "distinct": ["v", "m.w"],
    "top": ["m.w"],
    "k": 2,
}
DEFINITIONS = st.fixed_dictionaries(
    {"by": st.sampled_from([[], ["g"], ["g", "m.w"]])},
    optional={
        "filter": st.just("attribute_exists(#v) AND NOT begins_with(#v, :x)"),
    },
)
FILTER = {"names": {"#v": "v"}, "values": {":x": {"S": "x"}}}
WINDOWS = 30
ORDER = {"N": 0, "S": 1, "B": 2}


def item_of(given):
    group, value, word = given
    item = {} if group is None else {"g": group}
    if value is not None:
        item["v"] = value
    return item if word is None else item | {"m": {"M": {"w": word}}}


def plain(value):
    """As the answer shows it."""
    if value is None or "NULL" in value:
        return None
    ((kind, content),) = value.items()
    if kind == "L":
        return [plain(one) for one in content]
    return content


def same(value):
    return repr(plain(value)) + ("" if value is None else "".join(value))


def ordered(value):
    ((kind, content),) = value.items()
    if kind == "N":
        return (0, Fraction(content))
    return (ORDER[kind], content)


def computed(items, by, filtered):
    """What a view of `items` has come to: group -> (items, values)."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        value = item.get("v")
        if filtered and (value is None or value == {"S": "x"}):
            continue
        shown = [item.get("g") if path == "g" else word_of(item) for path in by]
        shown = [None if one == {"NULL": True} else one for one in shown]
        groups.setdefault(repr([same(one) for one in shown]), [shown]).append(item)
    return {name: (shown, *aggregated(inside)) for name, (shown, *inside) in groups.items()}


def word_of(item):
    return item.get("m", {"M": {}})["M"].get("w")


def aggregated(items):
    values = [item["v"] for item in items if "v" in item and "NULL" not in item["v"]]
    words = [word for item in items if (word := word_of(item)) is not None]
    numbers = [Fraction(value["N"]) for value in values if "N" in value]
    scalars = sorted((value for value in values if "L" not in value), key=ordered)
    counts = Counter(same(word) for word in words)
    return len(items), {
        "count": len(items),
        "sum(v)": sum(numbers),
        "avg(v)": sum(numbers) / len(numbers) if numbers else None,
        "min(v)": plain(scalars[0]) if scalars else None,
        "max(v)": plain(scalars[-1]) if scalars else None,
        "distinct(v)": len({same(value) for value in values}),
        "distinct(m.w)": len(counts),
        "top(m.w)": sorted(counts.values(), reverse=True)[:2],
    }


def check(groups, by, items, filtered):
    """Hold the groups of an answer to what there is."""
    expected = computed(items, by, filtered)
    if not by and not expected:
        expected = {"[]": ([], *aggregated([]))}
    assert len(groups) == len(expected)
    told = {repr(list(group["group"].values())): group for group in groups}
    for shown, count, values in expected.values():
        # Groups of {"N": "1"} and {"S": "1"} do not meet in these tests.
        group = told[repr([shown_of(one) for one in shown])]
        assert int(group["items"]) == count
        for name, value in values.items():
            assert_same(name, group["values"][name], value)


def shown_of(value):
    return plain(value)


def assert_same(name, told, value):
    if value is None:
        assert told is None, name
    elif name in ("count", "sum(v)", "distinct(v)", "distinct(m.w)"):
        assert Fraction(told) == value, name
    elif name == "avg(v)":
        mean = Fraction(told)
        assert abs(mean - value) <= abs(value) / 10**37, name
        assert len(Decimal(told).as_tuple().digits) - trailing(told) <= 38
    elif name == "top(m.w)":
        assert [int(one["count"]) for one in told] == value, name
    else:
        assert told == value, name


def trailing(text):
    return len(text) - len(text.rstrip("0")) if "." not in text else 0


class Histories(RuleBasedStateMachine):
    """One table, a view over all time and one in windows."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(worker_module, "STEP_RECORDS", 4)
        self.patch.setattr(worker_module, "STEP_ITEMS", 3)
        self.world = World()
        self.now: dict[int, dict[str, Any]] = {}
        self.changes: list[tuple[int, dict[str, Any]]] = []  # when an item was written, and how
        self.given: dict[str, Any] = {}
        self.is_there = True

    @initialize(items=st.lists(ITEMS, max_size=12), shown=st.booleans(), given=DEFINITIONS)
    def begin(self, items: Any, shown: bool, given: dict[str, Any]) -> None:
        self.more: dict[str, Any] = {}
        if shown:
            view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
            self.more = {"StreamSpecification": view}
        self.world.table(**self.more)
        for key, item in enumerate(items):
            self.write(key, item)
        self.changes = []
        self.given = given | (FILTER if "filter" in given else {})
        self.world.view("all", **EVERYTHING, **self.given)
        self.world.view("slide", **EVERYTHING, **self.given, window="60s", every="20s", keep="2h")

    @rule(key=KEYS, item=ITEMS)
    def write(self, key: int, item: Any) -> None:
        if not self.is_there:
            return
        made = item_of(item)
        if self.now.get(key) != made:
            self.changes.append((self.world.clock.now_ms(), made))
        self.now[key] = made
        self.world.put(key, **made)

    @rule(key=KEYS)
    def erase(self, key: int) -> None:
        if self.is_there:
            self.now.pop(key, None)
            self.world.delete(key)

    @rule(keys=st.lists(KEYS, min_size=2, max_size=5, unique=True), item=ITEMS)
    def transact(self, keys: list[int], item: Any) -> None:
        """The first is deleted, the others are put, at once."""
        if not self.is_there:
            return
        made = item_of(item)
        first, *others = keys
        puts = [
            {"Put": {"TableName": "Orders", "Item": self.world.key(key) | made}} for key in others
        ]
        gone = {"Delete": {"TableName": "Orders", "Key": self.world.key(first)}}
        self.world("TransactWriteItems", TransactItems=[gone, *puts])
        self.now.pop(first, None)
        for key in others:
            if self.now.get(key) != made:
                self.changes.append((self.world.clock.now_ms(), made))
            self.now[key] = made

    @rule(seconds=st.integers(1, 50))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.move(seconds=seconds)

    @rule(name=st.sampled_from(["all", "slide"]), steps=st.integers(1, 4))
    def go_on(self, name: str, steps: int) -> None:
        for _ in range(steps):
            self.world.step(name)

    @rule(name=st.sampled_from(["all", "slide"]))
    def lose_a_step(self, name: str) -> None:
        self.world.discard_next_step(name)
        self.world.step(name)

    @rule()
    def die(self) -> None:
        self.world.restart()

    @rule()
    def turn_stream(self) -> None:
        if self.is_there:
            self.world.turn_stream("Orders")

    @rule(splits=st.booleans(), pick=st.integers(0, 100))
    def change_shards(self, splits: bool, pick: int) -> None:
        if self.is_there:
            self.world.change_shards("Orders", splits=splits, pick=pick)

    @rule()
    def drop_or_make(self) -> None:
        """Drop the table, or make one of its name once both views know that it is gone."""
        if self.is_there:
            self.world("DeleteTable", TableName="Orders")
            self.now = {}
        else:
            for name in ("all", "slide"):
                self.world.catch_up(name)
            self.world.table(**self.more)
            for name in ("all", "slide"):
                # What is written before a view has taken up its table is no change to it.
                self.world.step(name)
        self.is_there = not self.is_there

    def teardown(self) -> None:
        self.patch.undo()
        if self.given or self.world.views._workers:
            for name in ("all", "slide"):
                self.world.catch_up(name)
            by, filtered = self.given["by"], "filter" in self.given
            check(self.world.ask("all")["groups"], by, self.now.values(), filtered)
            self.check_windows(by, filtered)
            self.world.restart()
            check(self.world.ask("all")["groups"], by, self.now.values(), filtered)
        self.world.close()

    def check_windows(self, by: list[str], filtered: bool) -> None:
        windows = self.world.ask("slide", windows=WINDOWS)["windows"]
        now_ms = self.world.clock.now_ms()
        assert windows[0]["open"] and int(windows[0]["end_ms"]) > now_ms
        for window in windows:
            end_ms = int(window["end_ms"])
            inside = [item for at_ms, item in self.changes if end_ms - 60_000 <= at_ms < end_ms]
            check(window["groups"], by, inside, filtered)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
