"""Takes steps on both sides, the real table and its model, and holds the one to the other."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.model.costs import write_cost
from tests.model.language import Texts, holds, projected
from tests.model.legacy import (
    Expected,
    Updates,
    expected_members,
    tree_of,
    update_members,
    update_tree,
)
from tests.model.reads import Reader
from tests.model.rig import Rig
from tests.model.statements import Statement, as_told, told_write
from tests.model.steps import Step
from tests.model.tables import (
    DUPLICATE,
    FAILED,
    INVALID,
    IndexShape,
    Model,
    Shape,
    index_request,
    same_rows,
)
from tests.model.values import Doc, Refused, bytes_of, read_item, told_item

from headwater.errors import AwsError

# AWS, API reference, TransactWriteItems: "valid for 10 minutes after the first request".
MEMBER_CODES = {
    INVALID: "ValidationError",
    FAILED: "ConditionalCheckFailed",
    DUPLICATE: "DuplicateItem",
}
TOKEN_MS = 10 * 60 * 1000


class Player(Reader):
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
        self,
        operation: str,
        expected: Callable[[], Any],
        *,
        paid: dict[str, Any] | None = None,
        **params: Any,
    ) -> tuple[dict[str, Any] | None, Any]:
        """Both answers; (None, None) if both refuse, and for the same reason.

        paid  the item, or the key of the item, whose write is paid for
        """
        key = () if paid is None else self.model.key(read_item(paid))
        before = self.model.items.get(key)
        if paid is not None:
            params["ReturnConsumedCapacity"] = "INDEXES"
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
        if paid is not None:
            cost = write_cost(self.model, before, self.model.items.get(key))
            assert answer["ConsumedCapacity"] == {"TableName": self.name, **cost}, params
        return answer, wanted

    # --- writes ----------------------------------------------------------------------------------

    def _write(self, texts: Texts, condition: Any, **params: Any) -> dict[str, Any]:
        if condition is not None:
            params["ConditionExpression"] = texts.condition(condition)
        return {"TableName": self.name, **params, **texts.members()}

    def _put(self, raw: dict[str, Any], condition: Any, returns: str) -> None:
        params = self._write(Texts(), condition, Item=raw, ReturnValues=returns)
        answer, old = self._compare(
            "PutItem", lambda: self.model.put(raw, condition), paid=raw, **params
        )
        self._check_old(answer, old, returns)

    def _delete(self, key: dict[str, Any], condition: Any, returns: str) -> None:
        params = self._write(Texts(), condition, Key=key, ReturnValues=returns)
        answer, old = self._compare(
            "DeleteItem", lambda: self.model.delete(key, condition), paid=key, **params
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
            "UpdateItem", lambda: self.model.update(key, tree, condition), paid=key, **params
        )
        self._check_images(answer, images, tree, returns)

    def _check_images(self, answer: Any, images: Any, tree: Any, returns: str) -> None:
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
        assert told_item(answer.get("Attributes", {})) == shown, (tree, answer)

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
        params: dict[str, Any] = {
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

    # --- in the older forms ----------------------------------------------------------------------

    def _old_put(self, raw: dict[str, Any], expected: Expected, returns: str) -> None:
        params = {"TableName": self.name, "Item": raw, "ReturnValues": returns}
        params |= expected_members(expected)
        answer, old = self._compare(
            "PutItem", lambda: self.model.put(raw, tree_of(*expected[:2])), paid=raw, **params
        )
        self._check_old(answer, old, returns)

    def _old_delete(self, key: dict[str, Any], expected: Expected, returns: str) -> None:
        params = {"TableName": self.name, "Key": key, "ReturnValues": returns}
        params |= expected_members(expected)
        answer, old = self._compare(
            "DeleteItem", lambda: self.model.delete(key, tree_of(*expected[:2])), paid=key, **params
        )
        self._check_old(answer, old, returns)

    def _old_update(
        self, key: dict[str, Any], updates: Updates, expected: Expected, returns: str
    ) -> None:
        tree = update_tree(updates)
        params = {"TableName": self.name, "Key": key, "ReturnValues": returns}
        params |= expected_members(expected)
        answer, images = self._compare(
            "UpdateItem",
            lambda: self.model.update(key, tree, tree_of(*expected[:2])),
            paid=key,
            **params,
            AttributeUpdates=update_members(updates),
        )
        self._check_images(answer, images, tree, returns)

    # --- PartiQL ---------------------------------------------------------------------------------

    def _insert(self, raw: dict[str, Any]) -> None:
        statement = Statement().insert(self.name, raw)
        self._compare("ExecuteStatement", lambda: self.model.insert(raw), paid=raw, **statement)

    def _change(self, key: dict[str, Any], tree: Any, condition: Any) -> None:
        statement = Statement().update(self.name, key, tree, condition)
        self._compare(
            "ExecuteStatement",
            lambda: self.model.change(key, tree, as_told(condition)),
            **statement,
        )

    def _remove(self, key: dict[str, Any], condition: Any) -> None:
        statement = Statement().delete(self.name, key, condition)
        told = as_told(condition)
        answer, old = self._compare(
            "ExecuteStatement", lambda: self.model.remove(key, told), paid=key, **statement
        )
        if answer is not None:
            assert [told_item(raw) for raw in answer["Items"]] == ([] if old is None else [old])

    def _transact_statements(self, writes: Sequence[Step]) -> None:
        inserted = [read_item(write[1]) for write in writes if write[0] == "insert"]
        if not all(map(self.model.is_fit, inserted)):
            return  # whether that is the request's fault or the item's, nobody has recorded
        statements = [self._statement(write) for write in writes]
        told = [told_write(write) for write in writes]
        self._compare(
            "ExecuteTransaction", lambda: self.model.transact(told), TransactStatements=statements
        )

    def _batch_statements(self, writes: Sequence[Step]) -> None:
        """Each for itself: what one is refused for is no matter of the others."""
        answer = self.rig(
            "BatchExecuteStatement", Statements=[self._statement(write) for write in writes]
        )
        for write, response in zip(writes, answer["Responses"], strict=True):
            kind, *arguments = told_write(write)
            code = None
            try:
                getattr(self.model, kind)(*arguments)
            except Refused as refused:
                code = MEMBER_CODES[refused.code]
            assert response.get("Error", {}).get("Code") == code, (write, response)

    def _statement(self, write: Step) -> dict[str, Any]:
        """One that changes something, and returns nothing."""
        kind, raw, *rest = write
        if kind == "insert":
            return Statement().insert(self.name, raw)
        if kind == "change":
            return Statement().update(self.name, raw, *rest)
        statement = Statement().delete(self.name, raw, *rest)
        statement["Statement"] = statement["Statement"].removesuffix(" RETURNING ALL OLD *")
        return statement

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
        told = as_told(condition)
        wanted = [doc for doc in found if told is None or holds(told, doc)]
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
