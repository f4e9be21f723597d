"""Writers: random requests that change items, and what the model says must come of each.

Few keys and few values, so that puts of the same item, updates without effect, deletes of nothing
and conditions that fail are all common.
"""

import random
from typing import Any

from tests.simulation.model import KEYS_OF, Change, Item, Key, Model, Op, State, key_item

_FAILED = "ConditionalCheckFailedException"
_CANCELED = "TransactionCanceledException"


class Writers:
    """Makes operations against what the model's state is when they are asked for."""

    def __init__(self, dice: random.Random, model: Model) -> None:
        self._dice = dice
        self._model = model
        self.now_s = 0

    def some_op(self) -> Op:
        """Any request but the TTL service's."""
        one = (self._put, self._put, self._update, self._update, self._delete)
        return self._dice.choice((*one, self._batch, self._transaction, self._transaction))()

    def expiry(self) -> list[Change]:
        """What the TTL service deletes now, in its order: A's items by their last second."""
        due = [
            (int(item["ttl"]["N"]), key, item)
            for key, item in self._model.state.items()
            if key[0] == "A" and "ttl" in item and int(item["ttl"]["N"]) < self.now_s
        ]
        return [Change(key, item, None, True) for _, key, item in sorted(due, key=lambda d: d[:2])]

    def _key(self) -> Key:
        table = self._dice.choice("AAB")
        return (table, *(f"{name}{self._dice.randrange(6)}" for name in KEYS_OF[table]))

    def _keys(self, most: int) -> list[Key]:
        return sorted({self._key() for _ in range(self._dice.randint(2, most))})

    def _item(self, key: Key) -> Item:
        item = key_item(key) | {"v": {"N": str(self._dice.randrange(3))}}
        if self._dice.random() < 0.4:
            item["g"] = {"S": f"g{self._dice.randrange(3)}"}
        if key[0] == "A" and self._dice.random() < 0.3:
            item["ttl"] = {"N": str(self.now_s + self._dice.randrange(-5, 600))}
        return item

    def _put(self) -> Op:
        key = self._key()
        return self._with_condition(key, *self._put_of(key, self._model.state), "PutItem")

    def _update(self) -> Op:
        key = self._key()
        return self._with_condition(key, *self._update_of(key, self._model.state), "UpdateItem")

    def _delete(self) -> Op:
        key = self._key()
        return self._with_condition(key, *self._delete_of(key, self._model.state), "DeleteItem")

    def _with_condition(
        self, key: Key, params: dict[str, Any], changes: list[Change], operation: str
    ) -> Op:
        """Now and then with a condition on whether the item is there."""
        if self._dice.random() < 0.8:
            return Op(operation, params, changes)
        wants = self._dice.choice(("attribute_exists(pk)", "attribute_not_exists(pk)"))
        holds = (key in self._model.state) == (wants == "attribute_exists(pk)")
        params = params | {"ConditionExpression": wants}
        return Op(operation, params, changes if holds else [], None if holds else _FAILED)

    def _put_of(self, key: Key, state: State) -> tuple[dict[str, Any], list[Change]]:
        item = self._item(key)
        return {"TableName": key[0], "Item": item}, changed(key, state, item)

    def _delete_of(self, key: Key, state: State) -> tuple[dict[str, Any], list[Change]]:
        return {"TableName": key[0], "Key": key_item(key)}, changed(key, state, None)

    def _update_of(self, key: Key, state: State) -> tuple[dict[str, Any], list[Change]]:
        params: dict[str, Any] = {"TableName": key[0], "Key": key_item(key)}
        old = state.get(key)
        new = dict(old or key_item(key))
        value = str(self._dice.randrange(3))
        kind = self._dice.choice(("SET v = :v", "ADD n :v", "REMOVE g", "SET g = :g REMOVE v"))
        if kind == "SET v = :v":
            params["ExpressionAttributeValues"] = {":v": {"N": value}}
            new["v"] = {"N": value}
        elif kind == "ADD n :v":
            params["ExpressionAttributeValues"] = {":v": {"N": value}}
            new["n"] = {"N": str(int(new.get("n", {"N": "0"})["N"]) + int(value))}
        elif kind == "REMOVE g":
            new.pop("g", None)
        else:
            params["ExpressionAttributeValues"] = {":g": {"S": f"g{value}"}}
            new["g"] = {"S": f"g{value}"}
            new.pop("v", None)
        params["UpdateExpression"] = kind
        if kind == "REMOVE g" and old is None:
            return params, []  # only removing from what is not there creates nothing
        return params, changed(key, state, new)

    def _batch(self) -> Op:
        requests: dict[str, list[Any]] = {}
        changes: list[Change] = []
        for key in self._keys(6):  # sorted, so by table: the order the node takes them in
            if self._dice.random() < 0.7:
                params, effect = self._put_of(key, self._model.state)
                request = {"PutRequest": {"Item": params["Item"]}}
            else:
                _, effect = self._delete_of(key, self._model.state)
                request = {"DeleteRequest": {"Key": key_item(key)}}
            requests.setdefault(key[0], []).append(request)
            changes += effect
        return Op("BatchWriteItem", {"RequestItems": requests}, changes)

    def _transaction(self) -> Op:
        state = self._model.state
        actions: list[dict[str, Any]] = []
        changes: list[Change] = []
        holds = True
        for key in self._keys(5):
            name, make = self._dice.choice(
                (("Put", self._put_of), ("Update", self._update_of), ("Delete", self._delete_of))
            )
            if self._dice.random() < 0.15:
                wants_it = self._dice.random() < 0.7
                name, effect = "ConditionCheck", list[Change]()
                params = {
                    "TableName": key[0],
                    "Key": key_item(key),
                    "ConditionExpression": f"attribute_{'' if wants_it else 'not_'}exists(pk)",
                }
                holds = holds and (key in state) == wants_it
            else:
                params, effect = make(key, state)
            actions.append({name: params})
            changes += effect
        if holds:
            return Op("TransactWriteItems", {"TransactItems": actions}, changes)
        return Op("TransactWriteItems", {"TransactItems": actions}, [], _CANCELED)


def changed(key: Key, state: State, new: Item | None) -> list[Change]:
    """The change that putting `new` makes; none where it makes no difference."""
    old = state.get(key)
    return [] if old == new else [Change(key, old, new)]
