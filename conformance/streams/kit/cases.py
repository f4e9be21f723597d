"""How a case says its tier, its source and what it needs.

    @core(GUIDE)
    def test_...

Every case has exactly one tier and one source; conftest.py refuses to run a case without.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case", bound=Callable[..., Any])
Decorate = Callable[[Case], Case]

# Sources. The names are those of AWS's pages; "recorded" is what AWS was seen to answer.
GUIDE = 'AWS, Developer Guide, "Change data capture for DynamoDB Streams"'
GUIDE_TTL = 'AWS, Developer Guide, "DynamoDB Streams and Time to Live"'
GUIDE_SIZES = 'AWS, Developer Guide, "DynamoDB item sizes and formats"'
GUIDE_TYPES = 'AWS, Developer Guide, "Supported data types and naming rules in Amazon DynamoDB"'
GUIDE_ERRORS = 'AWS, Developer Guide, "Error handling with DynamoDB"'
GUIDE_WIRE = 'AWS, Developer Guide, "DynamoDB low-level API"'
GUIDE_PARTIQL = 'AWS, Developer Guide, "PartiQL - a SQL-compatible query language"'
GUIDE_TRANSACTIONS = 'AWS, Developer Guide, "Amazon DynamoDB Transactions: How it works"'
LIST_STREAMS = "AWS, API Reference, ListStreams"
DESCRIBE_STREAM = "AWS, API Reference, DescribeStream"
SHARD_FILTER = "AWS, API Reference, ShardFilter"
GET_SHARD_ITERATOR = "AWS, API Reference, GetShardIterator"
GET_RECORDS = "AWS, API Reference, GetRecords"
RECORD = "AWS, API Reference, Record"
STREAM_RECORD = "AWS, API Reference, StreamRecord"
STREAM_SPECIFICATION = "AWS, API Reference, StreamSpecification"
UPDATE_ITEM = "AWS, API Reference, UpdateItem"
BATCH_WRITE_ITEM = "AWS, API Reference, BatchWriteItem"
TRANSACT_WRITE_ITEMS = "AWS, API Reference, TransactWriteItems"
MODEL = "AWS, service model streams-dynamodb-2012-08-10"
TABLE_MODEL = "AWS, service model dynamodb-2012-08-10"
RECORDED = "recorded answers of AWS"


def _tier(name: str) -> Callable[..., Decorate[Any]]:
    def tier(source: str, *, needs: str = "", slow: bool = False) -> Decorate[Any]:
        marks = [getattr(pytest.mark, name), pytest.mark.source(source)]
        if needs:
            marks.append(pytest.mark.needs(needs))
        if slow:
            marks.append(pytest.mark.slow)

        def mark(case: Any) -> Any:
            for each in marks:
                case = each(case)
            return case

        return mark

    return tier


TIERS = ("core", "complete", "strict")
core, complete, strict = (_tier(name) for name in TIERS)

CAPABILITIES = {
    "auth": "requests without a signature are refused",
    "partiql": "ExecuteStatement and its relatives",
    "transactions": "TransactWriteItems",
    "ttl": "a service that deletes expired items",
    "shard-filter": "ShardFilter in DescribeStream",
    "at-timestamp": "AT_TIMESTAMP in GetShardIterator",
}
