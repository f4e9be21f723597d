"""Tables with streams: shared where cases can keep apart by their keys, and all deleted after.

A case that expects *no* record cannot wait for nothing. It writes a last change to the same item
instead, an end mark: records of one item come in the order of its changes, so whatever precedes
the mark is all there was.
"""

from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from kit.endpoint import Endpoint, Json, unique
from kit.reader import Reader

BOTH = "NEW_AND_OLD_IMAGES"
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", BOTH)
_END = "end-mark"


class Table:
    """A table with a string key `pk`, with or without `sk`, and the stream it has or had."""

    def __init__(self, endpoint: Endpoint, name: str, described: Json) -> None:
        self.endpoint = endpoint
        self.name = name
        self.created = described  # CreateTable's answer
        self.arn: str = described.get("LatestStreamArn", "")
        self._reader: Reader | None = None

    @property
    def reader(self) -> Reader:
        """The one reader of the stream the table was created with."""
        assert self.arn, f"CreateTable told no LatestStreamArn for {self.name}"
        if self._reader is None:
            self._reader = Reader(self.endpoint, self.arn)
        return self._reader

    @property
    def is_in_doubt(self) -> bool:
        """True if the stream could not be read as expected."""
        return self._reader is not None and self._reader.is_in_doubt

    def put(self, item: Json, **more: Any) -> Json:
        """PutItem."""
        answer: Json = self.endpoint.dynamodb.put_item(TableName=self.name, Item=item, **more)
        return answer

    def delete(self, key: Json, **more: Any) -> Json:
        """DeleteItem."""
        answer: Json = self.endpoint.dynamodb.delete_item(TableName=self.name, Key=key, **more)
        return answer

    def update(self, key: Json, expression: str = "", values: Json | None = None) -> Json:
        """UpdateItem."""
        more: Json = {"UpdateExpression": expression} if expression else {}
        if values:
            more["ExpressionAttributeValues"] = values
        answer: Json = self.endpoint.dynamodb.update_item(TableName=self.name, Key=key, **more)
        return answer

    def changes(self, *keys: Json) -> list[Json]:
        """All records that these items have had until now, in the order they are read.

        Puts an end mark to each of them: call it last, on a table that shows new images.
        """
        mark = unique("end")
        for key in keys:
            self.put({**key, _END: {"S": mark}})
        reader = self.reader
        reader.wait(
            lambda: all(_ends_with(reader.of(key), mark) for key in keys), f"the end of {keys}"
        )
        return [record for key in keys for record in reader.of(key) if not _is_end(record)]

    def events(self, *keys: Json) -> list[str]:
        """The eventNames of `changes`."""
        return [record["eventName"] for record in self.changes(*keys)]

    def specify(self, enabled: bool, view: str = "") -> Json:
        """UpdateTable: turn the stream on or off; when done, DescribeTable's answer."""
        specification: Json = {"StreamEnabled": enabled}
        if view:
            specification["StreamViewType"] = view
        self.endpoint.dynamodb.update_table(TableName=self.name, StreamSpecification=specification)
        return self.wait_active()

    def describe(self) -> Json:
        """DescribeTable."""
        described: Json = self.endpoint.dynamodb.describe_table(TableName=self.name)["Table"]
        return described

    def wait_active(self) -> Json:
        """DescribeTable's answer, as soon as the table is ACTIVE."""

        def active() -> Json | None:
            described = self.describe()
            return described if described["TableStatus"] == "ACTIVE" else None

        return self.endpoint.eventually(active, f"{self.name} to be ACTIVE", self.endpoint.change_s)


def wait_status(endpoint: Endpoint, arn: str, status: str) -> Json:
    """The StreamDescription, as soon as it has this status."""

    def described() -> Json | None:
        answer = endpoint.streams.describe_stream(StreamArn=arn)["StreamDescription"]
        return answer if answer["StreamStatus"] == status else None

    return endpoint.eventually(described, f"{arn} to be {status}", endpoint.change_s)


class Tables:
    """Makes tables, and deletes them all."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._shared: dict[tuple[str, bool], Table] = {}
        self._names: list[str] = []

    def name(self) -> str:
        """A name for a table; if such a table comes to be, it is deleted in the end."""
        name = unique("streams-conformance")
        self._names.append(name)
        return name

    def shared(self, view: str = BOTH, *, sort: bool = False) -> Table:
        """A table for all cases that keep to keys of their own and leave its settings alone.

        Where one case has failed to read the stream, the next ones get another: a record that
        an endpoint cannot show must not fail all that come after it.
        """
        table = self._shared.get((view, sort))
        if table is None or table.is_in_doubt:
            self._shared[view, sort] = self.own(view, sort=sort)
        return self._shared[view, sort]

    def own(
        self, view: str | None = BOTH, *, sort: bool = False, types: str = "SS", name: str = ""
    ) -> Table:
        """A table of a case's own, ACTIVE and its stream ENABLED. No view: no stream.

        types  of the attributes pk and sk
        """
        names = ("pk", "sk") if sort else ("pk",)
        name = name or self.name()
        request: Json = {
            "TableName": name,
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in zip(names, types, strict=False)
            ],
            "KeySchema": [
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if view is not None:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        answer = self._endpoint.dynamodb.create_table(**request)
        table = Table(self._endpoint, name, answer["TableDescription"])
        table.wait_active()
        if table.arn:
            wait_status(self._endpoint, table.arn, "ENABLED")
        return table

    def delete_all(self) -> list[str]:
        """Delete what this run has made; what could not be deleted is told."""
        left = []
        for name in self._names:
            try:
                is_deleted = partial(self._is_deleted, name)
                self._endpoint.eventually(is_deleted, "its deletion", self._endpoint.change_s)
            except (AssertionError, ClientError) as error:
                left.append(f"{name}: {error}")
        return left

    def _is_deleted(self, name: str) -> bool:
        """Try; False while a change of the table is under way."""
        try:
            self._endpoint.dynamodb.delete_table(TableName=name)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("ResourceInUseException", "LimitExceededException"):
                return False
            if code != "ResourceNotFoundException":
                raise
        return True


def _is_end(record: Json) -> bool:
    return _END in record["dynamodb"].get("NewImage", {})


def _ends_with(records: list[Json], mark: str) -> bool:
    return any(
        record["dynamodb"].get("NewImage", {}).get(_END) == {"S": mark} for record in records
    )
