"""The changes of a stream on an endpoint that is no node: GetRecords of every shard, in turns.

AWS allows five reads of a shard a second; this takes four at most and one where nothing happens.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from headwater.console.endpoint import Endpoint
from headwater.console.identity import Identity
from headwater.console.troubles import Refused

_BUSY_S: Final = 0.25
_QUIET_S: Final = 1.0
_LOOK_S: Final = 10.0  # between two looks for new shards
_PAGE: Final = 300


class _Shards:
    """The shards of one stream, and where reading stands on each."""

    def __init__(self, endpoint: Endpoint, identity: Identity, arn: str) -> None:
        self._endpoint = endpoint
        self._identity = identity
        self._arn = arn
        self.places: dict[str, str | None] = {}  # None: read to its end

    async def look(self, kind: str) -> None:
        """Find shards that are new, and begin on them. kind: TRIM_HORIZON or LATEST"""
        after: dict[str, Any] = {}
        while True:
            asked = {"StreamArn": self._arn, **after}
            told = (await self._ask("DescribeStream", asked))["StreamDescription"]
            for shard in told["Shards"]:
                if shard["ShardId"] not in self.places:
                    await self._begin(shard["ShardId"], kind)
            if "LastEvaluatedShardId" not in told:
                return
            after = {"ExclusiveStartShardId": told["LastEvaluatedShardId"]}

    async def _begin(self, shard: str, kind: str) -> None:
        asked = {"StreamArn": self._arn, "ShardId": shard, "ShardIteratorType": kind}
        self.places[shard] = (await self._ask("GetShardIterator", asked))["ShardIterator"]

    async def read(self, shard: str) -> list[dict[str, Any]]:
        """The next records of a shard."""
        place = self.places[shard]
        if place is None:
            return []
        try:
            page = await self._ask("GetRecords", {"ShardIterator": place, "Limit": _PAGE})
        except Refused as refused:
            if refused.trouble.code not in (
                "ExpiredIteratorException",
                "TrimmedDataAccessException",
            ):
                raise
            await self._begin(shard, "TRIM_HORIZON")
            return []
        self.places[shard] = page.get("NextShardIterator")
        records: list[dict[str, Any]] = page["Records"]
        return records

    async def _ask(self, operation: str, params: dict[str, Any]) -> Any:
        return orjson.loads(await self._endpoint.aws(self._identity, "streams", operation, params))


async def polled(
    endpoint: Endpoint, identity: Identity, arn: str, since: str | None
) -> AsyncIterator[bytes]:
    """Pages as the node's tail gives them. since: anything but None begins at the horizon.

    Raises Refused.
    """
    shards = _Shards(endpoint, identity, arn)
    loop = asyncio.get_running_loop()
    await shards.look("LATEST" if since is None else "TRIM_HORIZON")
    looked_at = loop.time()
    while True:
        names = list(shards.places)
        pages = await asyncio.gather(*(shards.read(name) for name in names))
        found = [(record, name) for name, page in zip(names, pages, strict=True) for record in page]
        found.sort(key=lambda one: int(one[0]["dynamodb"]["SequenceNumber"]))
        if found:
            page = {"records": [one for one, _ in found], "shards": [name for _, name in found]}
            yield orjson.dumps(page)
        if loop.time() - looked_at > _LOOK_S or any(shards.places[name] is None for name in names):
            await shards.look("TRIM_HORIZON")  # a shard that is new is read from its start
            looked_at = loop.time()
        await asyncio.sleep(_BUSY_S if found else _QUIET_S)
