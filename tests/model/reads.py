"""Asks both sides, the real table and its model, for the same items, and compares the answers."""

from collections.abc import Sequence
from typing import Any

from tests.model.costs import read_cost
from tests.model.language import Texts, names_in, projected
from tests.model.legacy import Asked, filter_members, key_conditions, tree_of
from tests.model.rig import Rig
from tests.model.steps import Step
from tests.model.tables import INVALID, IndexShape, Model, same_rows
from tests.model.values import Doc, Refused, order_of, read_item, told_item

from headwater.errors import AwsError


class Reader:
    """What is asked of one table."""

    rig: Rig
    model: Model
    name: str

    def _get(self, key: dict[str, Any], paths: Any) -> None:
        texts = Texts()
        more = {} if paths is None else {"ProjectionExpression": texts.projection(paths)}
        more["ReturnConsumedCapacity"] = "TOTAL"
        answer = self.rig("GetItem", TableName=self.name, Key=key, **more, **texts.members())
        doc = self.model.items.get(self.model.key(read_item(key)))
        assert answer["ConsumedCapacity"] == {
            "TableName": self.name,
            "CapacityUnits": read_cost([] if doc is None else [doc]),
        }
        assert ("Item" in answer) == (doc is not None), answer
        if doc is not None:
            shown = doc if paths is None else projected(doc, paths)
            assert told_item(answer["Item"]) == shown

    def _batch_get(self, keys: Sequence[dict[str, Any]]) -> None:
        answer = self.rig("BatchGetItem", RequestItems={self.name: {"Keys": list(keys)}})
        assert not answer["UnprocessedKeys"]
        found = [told_item(raw) for raw in answer["Responses"][self.name]]
        wanted = [self.model.items.get(self.model.key(read_item(key))) for key in keys]
        assert same_rows(found, [doc for doc in wanted if doc is not None])

    def _transact_get(self, keys: Sequence[dict[str, Any]]) -> None:
        gets = [{"Get": {"TableName": self.name, "Key": key}} for key in keys]
        answer = self.rig("TransactGetItems", TransactItems=gets)
        for key, response in zip(keys, answer["Responses"], strict=True):
            doc = self.model.items.get(self.model.key(read_item(key)))
            assert told_item(response.get("Item", {})) == (doc or {})

    def _is_gone(self, target: IndexShape | None) -> bool:
        return target is not None and target not in self.model.shape.indexes

    def _query(self, target: Any, terms: Sequence[Step], shown: Step, forward: bool) -> None:
        if self._is_gone(target):
            return
        condition, _, _, _ = shown
        hash_names, range_names = self.model.shape.keys_of(target)
        texts = Texts()
        parts = [
            texts.condition(
                ("begins", (name,), *raw)
                if sign == "begins"
                else (sign, ("path", (name,)), *[("value", one) for one in raw])
            )
            for name, sign, *raw in terms
        ]
        params: dict[str, Any] = {
            "KeyConditionExpression": " AND ".join(parts),
            "ScanIndexForward": forward,
        }
        found = self.model.found(target, terms)
        if not forward:
            found.reverse()
        is_refused = condition is not None and names_in(condition) & {*hash_names, *range_names}
        whole_key = [(name, "=") for name in self.model.shape.key_names]
        is_point = target is None and [term[:2] for term in terms] == whole_key
        params |= self._expressions(shown, texts)
        rows = self._read(
            "Query", target, found, shown, bool(is_refused), is_point=is_point, **params
        )
        if rows is not None and not shown[1] and shown[2] != "COUNT":
            orders = [[order_of(row[name]) for name in range_names] for row in rows]
            assert orders == sorted(orders, reverse=not forward), rows

    def _scan(self, target: Any, shown: Step, segments: int | None) -> None:
        if self._is_gone(target):
            return
        pieces: list[dict[str, Any]] = [{}]
        if segments is not None:
            pieces = [{"Segment": n, "TotalSegments": segments} for n in range(segments)]
        params = self._expressions(shown, Texts())
        self._read("Scan", target, self.model.held(target), shown, False, pieces, **params)

    def _old_query(self, target: Any, terms: Sequence[Step], asked: Asked, forward: bool) -> None:
        """KeyConditions, QueryFilter, AttributesToGet."""
        if self._is_gone(target):
            return
        entries, joiner, names, limit = asked
        params = {
            "KeyConditions": key_conditions(terms),
            "ScanIndexForward": forward,
            **filter_members("QueryFilter", entries, joiner),
            **({"AttributesToGet": names} if names else {}),
        }
        hash_names, range_names = self.model.shape.keys_of(target)
        is_refused = bool({entry[0] for entry in entries} & {*hash_names, *range_names})
        whole_key = [(name, "=") for name in self.model.shape.key_names]
        is_point = target is None and [term[:2] for term in terms] == whole_key
        paths = None if names is None else [(name,) for name in names]
        shown = (tree_of(entries, joiner), paths, None, limit)
        found = self.model.found(target, terms)
        self._read("Query", target, found, shown, is_refused, is_point=is_point, **params)

    def _old_scan(self, target: Any, asked: Asked) -> None:
        """ScanFilter, AttributesToGet."""
        if self._is_gone(target):
            return
        entries, joiner, names, limit = asked
        params = {
            **filter_members("ScanFilter", entries, joiner),
            **({"AttributesToGet": names} if names else {}),
        }
        paths = None if names is None else [(name,) for name in names]
        shown = (tree_of(entries, joiner), paths, None, limit)
        self._read("Scan", target, self.model.held(target), shown, False, **params)

    def _expressions(self, shown: Step, texts: Texts) -> dict[str, Any]:
        """Filter and projection of what is asked, with the texts that were made before."""
        condition, paths, _, _ = shown
        params: dict[str, Any] = {}
        if paths is not None:
            params["ProjectionExpression"] = texts.projection(paths)
        if condition is not None:
            params["FilterExpression"] = texts.condition(condition)
        return {**params, **texts.members()}

    def _read(
        self,
        operation: str,
        target: IndexShape | None,
        found: list[Doc],
        shown: Step,
        is_refused: bool,
        pieces: Sequence[dict[str, Any]] = ({},),
        *,
        is_point: bool = False,
        **params: Any,
    ) -> list[Doc] | None:
        """All rows of a Query or Scan, held to the model; None if it was refused."""
        condition, paths, select, limit = shown
        if paths is not None:
            select = None
        named = {"IndexName": target and target.name, "Select": select, "Limit": limit}
        params |= {name: value for name, value in named.items() if value is not None}
        params |= {"TableName": self.name, "ReturnConsumedCapacity": "TOTAL"}
        # What a local index has to fetch from the table is paid for item by item.
        is_whole = limit is None and len(pieces) == 1 and (target is None or target.is_global)
        wanted: list[Doc] = []
        try:
            if is_refused:
                raise Refused(INVALID)
            wanted = self.model.shown(target, found, condition, paths, select)
        except Refused:
            is_refused = True
        rows: list[Doc] = []
        count = scanned = 0
        try:
            for piece in pieces:
                for page in self.rig.pages(operation, **params, **piece):
                    rows += map(told_item, page.get("Items", ()))
                    cost = page["ConsumedCapacity"]["CapacityUnits"]
                    assert not is_whole or cost == read_cost(found), (params, cost)
                    count += page["Count"]
                    scanned += page["ScannedCount"]
                    is_cut = "LastEvaluatedKey" in page
                    assert is_cut == (page["ScannedCount"] == limit and not is_point), page
        except AwsError as fault:
            assert is_refused and fault.code == INVALID, (operation, params, fault.message)
            return None
        assert not is_refused, (operation, params)
        assert (count, scanned) == (len(wanted), len(found)), (operation, params)
        if select == "COUNT":
            assert not rows
        else:
            assert same_rows(rows, wanted), (operation, params, rows, wanted)
        return rows
