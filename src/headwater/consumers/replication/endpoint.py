"""A region that is no node of ours: any endpoint that speaks DynamoDB, one way.

What one region's log tells is put and deleted there, item by item in the order in which it happened
here, what other regions have written included; nothing comes back. Nobody there looks at stamps, so
only the region that added it ships to it, and a copy ends before the log is shipped. A batch that
is sent twice leaves what it left before.
"""

from typing import Any, Final

import orjson

from headwater.consumers.replication.batch import Write, decode_batch
from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.outbound.endpoints import Outbound, table_service
from headwater.outbound.failure import CallFailed
from headwater.tables.definition import key_schema

ITEMS_A_REQUEST: Final = 25
_EVERYTHING: Final = (1 << 63) - 1


class EndpointLine:
    """To one endpoint. Knows the verbs of receiver.py as far as they mean something there."""

    is_near = False

    def __init__(self, outbound: Outbound, region: str, place: str = "") -> None:
        self.place = place
        self._outbound = outbound
        self._region = region

    async def ask(self, verb: str, body: bytes) -> Answer:
        """Raises PeerRefused, CallFailed."""
        if verb == "apply":
            return await self._apply(body)
        question: dict[str, Any] = orjson.loads(body)
        if verb == "exists":
            return {"exists": await self._status(question["table"]) is not None}
        if verb == "create":
            return await self._create(question)
        if verb == "leave":
            return await self._leave(question["table"])
        if verb == "watermark":
            # It writes nothing of its own, so nothing older can come from there.
            return {"sequence": _EVERYTHING}
        if verb in ("active", "farewell", "share"):
            # What is changed of the table later is the business of whoever runs the endpoint.
            return {}
        raise PeerRefused("OneWay", f"region {self._region} is an endpoint that cannot be asked.")

    async def _call(self, operation: str, params: dict[str, Any]) -> Answer:
        service = table_service(self._region)
        return await self._outbound.post(service, operation, self._region, params)

    async def _status(self, table: str) -> str | None:
        try:
            answer = await self._call("DescribeTable", {"TableName": table})
        except CallFailed as failure:
            if failure.code == "ResourceNotFoundException":
                return None
            raise
        return str(answer["Table"]["TableStatus"])

    async def _create(self, question: dict[str, Any]) -> Answer:
        table = str(question["table"])
        status = await self._status(table)
        if status is None:
            await self._call("CreateTable", _creation(table, question["schema"]))
            status = await self._status(table)
        if status != "ACTIVE":
            raise PeerRefused("503", f"table {table} in {self._region} is {status} yet.")
        return {"replica": self._region}

    async def _leave(self, table: str) -> Answer:
        if await self._status(table) is not None:
            await self._call("DeleteTable", {"TableName": table})
        return {"gone": True}

    async def _apply(self, body: bytes) -> Answer:
        head, writes = decode_batch(body)
        for start in range(0, len(writes), ITEMS_A_REQUEST):
            asked: Any = {head.table: [_request(one) for one in writes[start:][:ITEMS_A_REQUEST]]}
            answer = await self._call("BatchWriteItem", {"RequestItems": asked})
            if answer.get("UnprocessedItems"):
                raise PeerRefused("503", f"region {self._region} takes no more right now.")
        return {"applied": len(writes), "older": 0}


def _request(write: Write) -> dict[str, Any]:
    if write.item:
        return {"PutRequest": {"Item": orjson.Fragment(write.item)}}
    return {"DeleteRequest": {"Key": orjson.Fragment(write.keys)}}


def _creation(table: str, schema: dict[str, Any]) -> dict[str, Any]:
    """CreateTable for a table as roster.told tells it."""
    hash_name, range_name = schema["hash_name"], schema["range_name"]
    params: dict[str, Any] = {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in schema["attributes"].items()
        ],
        "KeySchema": key_schema([hash_name], [range_name] if range_name else []),
    }
    for index in schema["indexes"]:
        projection: dict[str, Any] = {"ProjectionType": index["projection"]}
        if index["non_key"]:
            projection["NonKeyAttributes"] = index["non_key"]
        kind = "GlobalSecondaryIndexes" if index["is_global"] else "LocalSecondaryIndexes"
        params.setdefault(kind, []).append(
            {
                "IndexName": index["name"],
                "KeySchema": key_schema(index["hash_names"], index["range_names"]),
                "Projection": projection,
            }
        )
    return params
