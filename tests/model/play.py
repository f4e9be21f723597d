"""Takes steps on both sides, the real table and its model, and holds the one to the other."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.model.language import Texts, holds, names_in, projected
from tests.model.rig import Rig
from tests.model.statements import Statement
from tests.model.steps import Step
from tests.model.tables import INVALID, IndexShape, Model, Shape, index_request, same_rows
from tests.model.values import Doc, Refused, bytes_of, order_of, read_item, told_item

from headwater.errors import AwsError

# AWS, API reference, TransactWriteItems: "valid for 10 minutes after the first request".
TOKEN_MS = 10 * 60 * 1000


class Player:
    """One table on both sides."""

    def __init__(self, rig: Rig, shape: Shape) -> None:
        self.rig = rig
        self.model = Model(shape)
        rig.made += 1
        self.name = f"T{rig.made}"
        self.sent: dict[str, tuple[Sequence[Step], int]] = {}  # transactions, by their token
        rig("CreateTable", **shape.create_request(self.name))

    def take(self, step: Step) -> None:
        """One step; asserts that both sides answer alike."""
        kind, *arguments = step
        getattr(self, "_" + kind.replace(" ", "_"))(*arguments)

    def _compare(
        self, operation: str, expected: Callable[[], Any], **params: Any
    ) -> tuple[dict[str, Any] | None, Any]:
        """Both answers; (None, None) if both refuse, and for the same reason."""
        refusal: Refused | None = None
        wanted: Any = None
        try:
            wanted = expected()
        except Refused as refused:
            refusal = refused
        try:
            answer = self.rig(operation, **params)
        except AwsError as fault:
            assert refusal is not None, f"{operation} {params}: {fault.code} {fault.message}"
            assert fault.code == refusal.code, (operation, params, fault.message)
            if refusal.reasons is not None:
                told: Any = fault.fields["CancellationReasons"]
                codes = [reason["Code"] for reason in told]
                assert codes == refusal.reasons, (params, fault.fields)
            return None, None
        assert refusal is None, f"{operation} {params} was not refused: {refusal}"
        return answer, wanted

    # --- writes ----------------------------------------------------------------------------------

    def _write(self, texts: Texts, condition: Any, **params: Any) -> dict[str, Any]:
        if condition is not None:
            params["ConditionExpression"] = texts.condition(condition)
        return {"TableName": self.name, **params, **texts.members()}

    def _put(self, raw: dict[str, Any], condition: Any, returns: str) -> None:
        params = self._write(Texts(), condition, Item=raw, ReturnValues=returns)
        answer, old = self._compare("PutItem", lambda: self.model.put(raw, condition), **params)
        self._check_old(answer, old, returns)

    def _delete(self, key: dict[str, Any], condition: Any, returns: str) -> None:
        params = self._write(Texts(), condition, Key=key, ReturnValues=returns)
        answer, old = self._compare(
            "DeleteItem", lambda: self.model.delete(key, condition), **params
        )
        self._check_old(answer, old, returns)

    def _check_old(self, answer: Any, old: Doc | None, returns: str) -> None:
        if answer is not None:
            wanted = old if returns == "ALL_OLD" else None
            assert told_item(answer.get("Attributes", {})) == (wanted or {})

    def _update(self, key: dict[str, Any], tree: Any, condition: Any, returns: str) -> None:
        texts = Texts()
        expression = texts.update(tree)
        params = self._write(
            texts, condition, Key=key, UpdateExpression=expression, ReturnValues=returns
        )
        answer, images = self._compare(
            "UpdateItem", lambda: self.model.update(key, tree, condition), **params
        )
        if answer is None:
            return
        image = images[1] if returns.endswith("NEW") else images[0]
        paths = [
            action if word == "REMOVE" else action[0]
            for word, actions in tree.items()
            for action in actions
        ]
        shown = {} if image is None or returns == "NONE" else image
        if returns.startswith("UPDATED"):
            shown = projected(shown, paths)
        assert told_item(answer.get("Attributes", {})) == shown, (params, answer)

    def _batch(self, writes: Sequence[Step]) -> None:
        requests = [
            {"PutRequest": {"Item": raw}} if kind == "put" else {"DeleteRequest": {"Key": raw}}
            for kind, raw in writes
        ]
        self._compare(
            "BatchWriteItem",
            lambda: self.model.batch(writes),
            RequestItems={self.name: requests},
        )

    def _transact(self, writes: Sequence[Step]) -> None:
        self._compare(
            "TransactWriteItems",
            lambda: self.model.transact(writes),
            TransactItems=[self._transact_item(write) for write in writes],
        )

    def _transact_item(self, write: Step) -> dict[str, Any]:
        kind, raw, *rest = write
        texts = Texts()
        params: dict[str, Any] = {"Item" if kind == "put" else "Key": raw}
        if kind == "update":
            params["UpdateExpression"] = texts.update(rest[0])
        name = "ConditionCheck" if kind == "check" else kind.title()
        return {name: self._write(texts, rest[-1], **params)}

    def _transact_again(self, writes: Sequence[Step], token: str, is_same: bool) -> None:
        """With a token, which may have been used: for the very same request, or for another."""
        before, at_ms = self.sent.get(token, (None, 0))
        is_known = before is not None and self.rig.clock.now_ms() - at_ms < TOKEN_MS
        if is_same and before is not None:
            writes = before
        params = {
            "TransactItems": [self._transact_item(write) for write in writes],
            "ClientRequestToken": f"{self.name} {token}",
        }

        def expected() -> None:
            if not is_known:
                self.model.transact(writes)
                # What was refused has not happened, and may be asked for again.
                self.sent[token] = (writes, self.rig.clock.now_ms())
            elif writes != before:
                raise Refused("IdempotentParameterMismatchException")

        self._compare("TransactWriteItems", expected, **params)

    def _wait(self, minutes: int) -> None:
        self.rig.clock.move(minutes=minutes)

    # --- PartiQL ---------------------------------------------------------------------------------

    def _insert(self, raw: dict[str, Any]) -> None:
        statement = Statement().insert(self.name, raw)
        self._compare("ExecuteStatement", lambda: self.model.insert(raw), **statement)

    def _change(self, key: dict[str, Any], tree: Any, condition: Any) -> None:
        statement = Statement().update(self.name, key, tree, condition)
        self._compare(
            "ExecuteStatement", lambda: self.model.change(key, tree, condition), **statement
        )

    def _remove(self, key: dict[str, Any], condition: Any) -> None:
        statement = Statement().delete(self.name, key, condition)
        answer, old = self._compare(
            "ExecuteStatement", lambda: self.model.remove(key, condition), **statement
        )
        if answer is not None:
            assert [told_item(raw) for raw in answer["Items"]] == ([] if old is None else [old])

    def _transact_statements(self, writes: Sequence[Step]) -> None:
        inserted = [read_item(write[1]) for write in writes if write[0] == "insert"]
        if not all(map(self.model.is_fit, inserted)):
            return  # whether that is the request's fault or the item's, nobody has recorded
        statements = []
        for kind, raw, *rest in writes:
            if kind == "insert":
                statements.append(Statement().insert(self.name, raw))
            elif kind == "change":
                statements.append(Statement().update(self.name, raw, *rest))
            else:
                statement = Statement().delete(self.name, raw, *rest)
                statement["Statement"] = statement["Statement"].removesuffix(" RETURNING ALL OLD *")
                statements.append(statement)
        self._compare(
            "ExecuteTransaction", lambda: self.model.transact(writes), TransactStatements=statements
        )

    def _select(self, target: Any, terms: Sequence[Step], condition: Any, limit: Any) -> None:
        """Of a whole partition, of some of it, or of the table that is looked through."""
        if self._is_gone(target):
            return
        if target is not None:
            condition = None  # of what the index does not hold, it would be refused
        hash_names, range_names = self.model.shape.keys_of(target)
        if max(len(hash_names), len(range_names)) > 1:
            return  # refused
        source = f'"{self.name}"' + (f'."{target.name}"' if target is not None else "")
        params = Statement().select(source, terms, condition)
        if limit is not None:
            params["Limit"] = limit
        found = self.model.found(target, terms)
        wanted = [doc for doc in found if condition is None or holds(condition, doc)]
        rows: list[Doc] = []
        while True:
            answer = self.rig("ExecuteStatement", **params)
            rows += map(told_item, answer["Items"])
            if "NextToken" not in answer:
                break
            params["NextToken"] = answer["NextToken"]
        assert same_rows(rows, wanted), (params, rows, wanted)

    # --- tables ----------------------------------------------------------------------------------

    def _split(self) -> None:
        self.rig.change_shards(self.name, splits=True)

    def _roll(self) -> None:
        self.rig.change_shards(self.name, splits=False)

    def _add_index(self, index: IndexShape) -> None:
        shape = self.model.shape
        if any(known.name == index.name for known in shape.indexes):
            return
        self.rig(
            "UpdateTable",
            TableName=self.name,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": shape.types[name]}
                for name in index.key_names
            ],
            GlobalSecondaryIndexUpdates=[{"Create": index_request(index)}],
        )
        self.model.shape = replace(shape, indexes=(*shape.indexes, index))

    def _drop_index(self) -> None:
        shape = self.model.shape
        if not shape.indexes or not shape.indexes[-1].is_global:
            return
        name = shape.indexes[-1].name
        self.rig(
            "UpdateTable",
            TableName=self.name,
            GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}],
        )
        # What used to be the type of a key says nothing any more, but is harmless to know.
        self.model.shape = replace(shape, indexes=shape.indexes[:-1])

    # --- reads -----------------------------------------------------------------------------------

    def _get(self, key: dict[str, Any], paths: Any) -> None:
        texts = Texts()
        more = {} if paths is None else {"ProjectionExpression": texts.projection(paths)}
        answer = self.rig("GetItem", TableName=self.name, Key=key, **more, **texts.members())
        doc = self.model.items.get(self.model.key(read_item(key)))
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
        rows = self._read(
            "Query", target, [found], shown, texts, bool(is_refused), is_point=is_point, **params
        )
        if rows is not None and not shown[1] and shown[2] != "COUNT":
            orders = [[order_of(row[name]) for name in range_names] for row in rows]
            assert orders == sorted(orders, reverse=not forward), rows

    def _scan(self, target: Any, shown: Step, segments: int | None) -> None:
        if self._is_gone(target):
            return
        held = self.model.held(target)
        pieces: list[dict[str, Any]] = [{}]
        if segments is not None:
            pieces = [{"Segment": n, "TotalSegments": segments} for n in range(segments)]
        self._read("Scan", target, [held], shown, Texts(), False, pieces)

    def _read(
        self,
        operation: str,
        target: IndexShape | None,
        found: list[list[Doc]],
        shown: Step,
        texts: Texts,
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
            params["ProjectionExpression"] = texts.projection(paths)
        if condition is not None:
            params["FilterExpression"] = texts.condition(condition)
        named = {"IndexName": target and target.name, "Select": select, "Limit": limit}
        params |= {name: value for name, value in named.items() if value is not None}
        params |= {"TableName": self.name, **texts.members()}
        wanted: list[Doc] = []
        try:
            if is_refused:
                raise Refused(INVALID)
            wanted = self.model.shown(target, found[0], condition, paths, select)
        except Refused:
            is_refused = True
        rows: list[Doc] = []
        count = scanned = 0
        try:
            for piece in pieces:
                for page in self.rig.pages(operation, **params, **piece):
                    rows += map(told_item, page.get("Items", ()))
                    count += page["Count"]
                    scanned += page["ScannedCount"]
                    is_cut = "LastEvaluatedKey" in page
                    assert is_cut == (page["ScannedCount"] == limit and not is_point), page
        except AwsError as fault:
            assert is_refused and fault.code == INVALID, (operation, params, fault.message)
            return None
        assert not is_refused, (operation, params)
        assert (count, scanned) == (len(wanted), len(found[0])), (operation, params)
        if select == "COUNT":
            assert not rows
        else:
            assert same_rows(rows, wanted), (operation, params, rows, wanted)
        return rows

    # --- what is left ----------------------------------------------------------------------------

    def check(self) -> None:
        """Items, index entries and counts are the model's, and so is what the stream tells."""
        told = self.rig("DescribeTable", TableName=self.name)["Table"]
        described = {
            index["IndexName"]: (index["ItemCount"], index["IndexSizeBytes"])
            for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
            for index in told.get(kind, ())
        }
        replayed = Model(self.model.shape, self._replay())
        for target in (None, *self.model.shape.indexes):
            held = self.model.held(target)
            params = {} if target is None else {"IndexName": target.name}
            pages = self.rig.pages("Scan", TableName=self.name, Limit=3, **params)
            rows = [told_item(raw) for page in pages for raw in page["Items"]]
            assert same_rows(rows, held), (target, rows, held)
            assert same_rows(rows, replayed.held(target)), target
            counted = (told["ItemCount"], told["TableSizeBytes"])
            if target is not None:
                counted = described[target.name]
            assert counted == (len(held), sum(map(bytes_of, held))), target
        assert described.keys() == {index.name for index in self.model.shape.indexes}

    def _replay(self) -> dict[Any, Doc]:
        """The table as its stream tells it from the beginning."""
        items: dict[Any, Doc] = {}
        seen: Counter[str] = Counter()
        for record in self.rig.records(self.name):
            change = record["dynamodb"]
            seen[record["eventID"]] += 1
            key = self.model.key(told_item(change["Keys"]))
            old = told_item(change["OldImage"]) if "OldImage" in change else None
            new = told_item(change["NewImage"]) if "NewImage" in change else None
            assert items.get(key) == old, record
            assert old != new, record
            kinds = {(True, False): "INSERT", (False, False): "MODIFY", (False, True): "REMOVE"}
            assert record["eventName"] == kinds[old is None, new is None]
            items[key] = new or {}
            if new is None:
                del items[key]
        assert not seen or max(seen.values()) == 1
        return items
