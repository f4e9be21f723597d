"""The model notices: each fault that is planted here is found within a few examples."""

import importlib
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.model.play import Player
from tests.model.rig import Rig
from tests.model.tables import Shape
from tests.model.test_language import (
    ACTIONS,
    CONDITIONS,
    ITEMS,
    compare_condition,
    compare_update,
)
from tests.model.test_tables import HISTORIES

from headwater.errors import AwsError
from headwater.expressions import condition, legacy, predicates, update
from headwater.expressions.condition import Condition
from headwater.partiql import changing
from headwater.tables import indexes, write
from headwater.values import ordering
from headwater.values.number import add

# Where the package has a function of the same name.
TRANSACT = importlib.import_module("headwater.operations.dynamodb.transact_write_items")
BATCH = importlib.import_module("headwater.operations.dynamodb.batch_execute_statement")
ANYTHING = Condition(lambda item: True, frozenset())


def forget_old_entries(tx, plan, encoded_key, old, new):
    """Index entries that an update moves are left where they were."""
    entry = None if new is None else indexes.entry_of(plan, new, encoded_key)
    return indexes._add(tx, plan, entry)


def leave_entries_stale(one, two, names):
    """Whatever an update changes of an item, its entry is taken to hold already."""
    return True


IN_TABLES = {
    "old index entries stay": (indexes, "_bring", forget_old_entries),
    "index entries do not follow": (indexes, "_agree", leave_entries_stale),
    "sizes do not grow": (write, "_growth", lambda old, new, names: 0),
    "keys of strings are cut short": (ordering, "_escaped", lambda raw: raw[:1]),
    "entries cost one unit, whatever they weigh": (indexes, "write_units", lambda size: 1),
    "UPDATE makes items": (changing, "_on_existing", lambda rest: ANYTHING),
}
_A = {"pk": {"S": "a"}, "v": {"S": "x"}}
_KEY = {"pk": {"S": "a"}}
_NEVER = ("missing", ("pk",))
# Rare: a history that meets the fault.
DIRECTED: dict[str, tuple[Any, list[Any]]] = {
    "tokens are forgotten": (
        (TRANSACT, "recall", lambda *about: None),
        [
            ("transact again", [("put", _A, None)], "a", True),
            ("delete", {"pk": {"S": "a"}}, None, "NONE"),
            ("transact again", [], "a", True),
        ],
    ),
    "tokens last for ever": (
        (TRANSACT, "recall", lambda *about: {"reads": []}),
        [("transact again", [("put", _A, None)], "a", True)],
    ),
    "what contains it does not contain it": (
        (legacy, "_lacks", lambda value, part: True),
        [
            ("put", _A, None, "NONE"),
            ("old delete", _KEY, ([("v", "NOT_CONTAINS", [{"S": "x"}])], None, False), "NONE"),
        ],
    ),
    "what is put is added": (
        (legacy, "_constant", lambda value: lambda item: item.get("v", value)),
        [
            ("put", _A, None, "NONE"),
            ("old update", _KEY, {"v": ("PUT", {"S": "y"})}, ([], None, False), "ALL_NEW"),
        ],
    ),
    "statements of a batch do nothing": (
        (BATCH, "_run", lambda call, member, usages: b"{}"),
        [("batch statements", [("insert", _A), ("remove", {"pk": {"S": "b"}}, None)])],
    ),
    "WHERE asks for nothing": (
        (changing, "joined", lambda conditions: bool),
        [("insert", _A), ("remove", {"pk": {"S": "a"}}, _NEVER)],
    ),
}
IN_UPDATES = {
    "DELETE keeps sets": (update, "deleted", lambda old, value, mismatch: old),
    "ADD overwrites": (update, "added", lambda old, value, mismatch: value),
    "minus adds": (update, "subtract", add),
}
IN_CONDITIONS = {
    "nothing contains anything": (condition, "contains", lambda value, part: False),
    "NOT does nothing": (condition, "negation", lambda test: test),
    "nothing begins with anything": (condition, "begins_with", lambda value, prefix: False),
    "numbers are texts": (predicates, "order_key", lambda kind, content: content),
}
QUICK = settings(
    max_examples=2000,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


def plant(monkeypatch, fault):
    module, attribute, replacement = fault
    assert hasattr(module, attribute)
    monkeypatch.setattr(module, attribute, replacement)


@pytest.mark.parametrize("name", IN_TABLES)
def test_a_fault_of_tables_is_found(name, monkeypatch, tmp_path):
    plant(monkeypatch, IN_TABLES[name])
    rig = Rig("memory", tmp_path)

    @QUICK
    @given(history=HISTORIES)
    def compare(history):
        shape, todo = history
        player = Player(rig, shape)
        for step in todo:
            player.take(step)
        player.check()

    # Or what is right is refused, which ends a history too.
    with pytest.raises((AssertionError, AwsError)):
        compare()


@pytest.mark.parametrize("name", DIRECTED)
def test_a_history_that_meets_a_fault_fails(name, monkeypatch, tmp_path):
    fault, history = DIRECTED[name]

    def play():
        player = Player(Rig("memory", tmp_path), Shape({"pk": "S"}, None, ()))
        for step in history:
            player.take(step)
        player.check()

    play()
    plant(monkeypatch, fault)
    with pytest.raises(AssertionError):
        play()


@pytest.mark.parametrize("name", IN_CONDITIONS)
def test_a_fault_of_conditions_is_found(name, monkeypatch):
    plant(monkeypatch, IN_CONDITIONS[name])
    with pytest.raises(AssertionError):
        QUICK(given(item=ITEMS, tree=CONDITIONS)(compare_condition))()


@pytest.mark.parametrize("name", IN_UPDATES)
def test_a_fault_of_updates_is_found(name, monkeypatch):
    plant(monkeypatch, IN_UPDATES[name])
    with pytest.raises(AssertionError):
        QUICK(given(item=ITEMS, actions=ACTIONS)(compare_update))()
