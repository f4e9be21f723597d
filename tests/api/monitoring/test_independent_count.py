"""A thousand requests, well and ill, and metrics that agree with the caller's own count.

The caller works out units from sizes by AWS's rules (developer guide, "Capacity unit consumption"),
knows which of its requests were wrong, refused or throttled, and what its handler said of each
batch. Nothing is taken from the node but what it answered and what the handler wrote.
"""

import json
import math
import random
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

REQUESTS = 1000
HANDLER = """
import json
def handler(event, context):
    keys = [record["dynamodb"]["Keys"]["k"]["S"] for record in event["Records"]]
    fails = any(key.startswith("poison") for key in keys)
    first = event["Records"][0]["eventID"]
    print("batch " + json.dumps({"records": len(keys), "fails": fails, "first": first}))
    if fails:
        raise ValueError("as asked")
"""
FAULTS = {
    "ProvisionedThroughputExceededException": "ProvisionedThroughput",
    "RequestLimitExceeded": "AccountLimit",
    "InternalServerError": None,
}


class Caller:
    """Does things to one table and keeps count. items: key -> bytes, as AWS counts them"""

    def __init__(self, watched, table, dice):
        self.watched = watched
        self.dynamodb = watched.dynamodb
        self.table = table
        self.dice = dice
        self.items = {}
        self.count: Counter[Any] = Counter()
        self.changes = 0
        self.numbers = iter(range(10**9))

    def item(self, key):
        # Never twice the same: a write that changes nothing leaves no record.
        text = f"{next(self.numbers):08}" + "x" * self.dice.choice((10, 900, 1500, 5000))
        return {"k": {"S": key}, "text": {"S": text}}, 1 + len(key) + 4 + len(text)

    def key(self):
        kind = "poison" if self.dice.random() < 0.01 else "key"
        return f"{kind}-{self.dice.randrange(40)}"

    def wrote(self, old, new, *, times=1):
        """One write of an item, by its size before and after."""
        self.count["ConsumedWriteCapacityUnits"] += times * max(1, math.ceil(max(old, new) / 1024))
        self.changes += 1

    def succeeded(self, operation):
        self.count["SuccessfulRequestLatency", operation] += 1

    # --- what is done, each by a name that says it ------------------------------------------------

    def put(self):
        key = self.key()
        item, size = self.item(key)
        self.dynamodb.put_item(TableName=self.table, Item=item)
        self.wrote(self.items.get(key, 0), size)
        self.items[key] = size
        self.succeeded("PutItem")

    def put_if_new(self):
        key = self.key()
        item, size = self.item(key)
        try:
            self.dynamodb.put_item(
                TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(k)"
            )
        except ClientError as refused:
            assert refused.response["Error"]["Code"] == "ConditionalCheckFailedException"
            assert key in self.items
            self.count["ConditionalCheckFailedRequests"] += 1
            # Paid for all the same, by the larger of the two items: "if an existing item is 300kb
            # and the new item is 310kb, the write capacity units consumed will be the 310kb item".
            units = max(1, math.ceil(max(self.items[key], size) / 1024))
            self.count["ConsumedWriteCapacityUnits"] += units
            return
        self.wrote(0, size)
        self.items[key] = size
        self.succeeded("PutItem")

    def delete(self):
        key = self.key()
        self.dynamodb.delete_item(TableName=self.table, Key={"k": {"S": key}})
        size = self.items.pop(key, 0)
        self.wrote(size, 0)
        self.changes -= not size
        self.succeeded("DeleteItem")

    def get(self):
        key = self.key()
        strong = self.dice.random() < 0.5
        self.dynamodb.get_item(TableName=self.table, Key={"k": {"S": key}}, ConsistentRead=strong)
        units = max(1, math.ceil(self.items.get(key, 0) / 4096))
        self.count["ConsumedReadCapacityUnits"] += units if strong else units / 2
        self.succeeded("GetItem")

    def scan(self):
        found = self.dynamodb.scan(TableName=self.table, ConsistentRead=True)
        assert found["Count"] == len(self.items)
        units = max(1, math.ceil(sum(self.items.values()) / 4096))
        self.count["ConsumedReadCapacityUnits"] += units
        self.count["ReturnedItemCount", "Scan"] += found["Count"]
        self.succeeded("Scan")

    def batch_write(self):
        made = {f"key-{at}": self.item(f"key-{at}") for at in self.dice.sample(range(40), 5)}
        puts = [{"PutRequest": {"Item": item}} for item, _ in made.values()]
        answer = self.dynamodb.batch_write_item(RequestItems={self.table: puts})
        assert not answer["UnprocessedItems"]
        for key, (_, size) in made.items():
            self.wrote(self.items.get(key, 0), size)
            self.items[key] = size
        self.succeeded("BatchWriteItem")

    def batch_get(self):
        keys = [f"key-{at}" for at in self.dice.sample(range(40), 5)]
        asked = [{"k": {"S": key}} for key in keys]
        self.dynamodb.batch_get_item(RequestItems={self.table: {"Keys": asked}})
        for key in keys:
            units = max(1, math.ceil(self.items.get(key, 0) / 4096))
            self.count["ConsumedReadCapacityUnits"] += units / 2
        self.succeeded("BatchGetItem")

    def transact(self):
        key, other = (f"key-{at}" for at in self.dice.sample(range(40), 2))
        item, size = self.item(key)
        check = {"k": {"S": other}}
        actions = [
            {"Put": {"TableName": self.table, "Item": item}},
            {
                "ConditionCheck": {
                    "TableName": self.table,
                    "Key": check,
                    "ConditionExpression": "attribute_exists(k)",
                }
            },
        ]
        try:
            self.dynamodb.transact_write_items(TransactItems=actions)
        except ClientError as cancelled:
            assert cancelled.response["Error"]["Code"] == "TransactionCanceledException"
            assert other not in self.items
            self.count["ConditionalCheckFailedRequests"] += 1
            self.count["UserErrors"] += 1
            return
        # Transactions cost double, their checks too.
        self.wrote(self.items.get(key, 0), size, times=2)
        self.count["ConsumedWriteCapacityUnits"] += 2 * max(1, math.ceil(self.items[other] / 1024))
        self.items[key] = size
        self.succeeded("TransactWriteItems")

    def wrong(self):
        wrong = self.dice.choice(
            (
                {"TableName": self.table, "Key": {"nothing": {"S": "1"}}},
                {"TableName": "nowhere", "Key": {"k": {"S": "1"}}},
                {"TableName": self.table, "Key": {"k": {"N": "1"}}},
            )
        )
        with pytest.raises(ClientError):
            self.dynamodb.get_item(**wrong)
        self.count["UserErrors"] += 1

    def struck(self):
        """A request that meets a fault which was set for it."""
        code = self.dice.choice(list(FAULTS))
        operation, items, way = self.dice.choice(
            (("GetItem", 1, "Read"), ("UpdateItem", 1, "Write"), ("BatchWriteItem", 4, "Write"))
        )
        self.watched.post("faults", {"operation": operation, "error": code, "times": 1})
        key = {"k": {"S": "key-1"}}
        with pytest.raises(ClientError, match=code):
            if operation == "BatchWriteItem":
                puts = [{"PutRequest": {"Item": {"k": {"S": f"b{at}"}}}} for at in range(items)]
                self.dynamodb.batch_write_item(RequestItems={self.table: puts})
            elif operation == "GetItem":
                self.dynamodb.get_item(TableName=self.table, Key=key)
            else:
                self.dynamodb.update_item(TableName=self.table, Key=key)
        if code == "InternalServerError":
            self.count["SystemErrors", operation] += 1
            return
        self.count["ThrottledRequests", operation] += 1
        self.count[f"{way}ThrottleEvents"] += items
        self.count[f"{way}{FAULTS[code]}ThrottleEvents"] += items


def drained(watched, table):
    """How many records a reader of the whole stream gets, in how many calls."""
    streams = watched.node.client("dynamodbstreams")
    arn = watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    records = calls = 0
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            answer = streams.get_records(ShardIterator=iterator)
            calls, iterator = calls + 1, answer.get("NextShardIterator")
            records += len(answer["Records"])
            if not answer["Records"]:
                break
    return records, calls, arn.rpartition("/")[2]


def batches(watched, eventually, records):
    """What the handler said of each, when it has said it of as many records as there are."""

    def told():
        found = (
            watched.node.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName="/aws/lambda/counting", filterPattern="batch")
        )
        lines = [line["message"] for page in found for line in page["events"]]
        said = [json.loads(line.partition(" ")[2]) for line in lines if line.startswith("batch ")]
        once = {one["first"]: one["records"] for one in said}
        return said if sum(once.values()) >= records else None

    return eventually(told, seconds=60, what="all records at the handler")


def test_metrics_agree_with_an_independent_count(watched, function_package, eventually):
    table = watched.table("Counted")
    caller = Caller(watched, table, random.Random(20260304))
    client = watched.node.client("lambda")
    client.create_function(**function_package("counting", HANDLER))
    mapping = client.create_event_source_mapping(
        FunctionName="counting",
        EventSourceArn=watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        MaximumRetryAttempts=1,
        MetricsConfig={"Metrics": ["EventCount"]},
    )["UUID"]
    deeds = [caller.put] * 6 + [caller.get] * 4 + [caller.put_if_new] * 3 + [caller.delete] * 2
    deeds += [caller.scan, caller.batch_write, caller.batch_get, caller.transact]
    deeds += [caller.wrong, caller.struck]
    for number in range(REQUESTS):
        caller.dice.choice(deeds)()
        if number % 250 == 249:
            watched.advance("1m")
    watched.advance("10m")
    records, calls, label = drained(watched, table)
    assert records == caller.changes, "the stream has every change once"

    for key, expected in caller.count.items():
        name, operation = key if isinstance(key, tuple) else (key, None)
        more = {} if name == "UserErrors" else {"TableName": table}
        if operation is not None:
            more["Operation"] = operation
        statistic = "SampleCount" if name == "SuccessfulRequestLatency" else "Sum"
        assert watched.statistic(name, statistic, **more) == expected, (name, more)
    assert {name for name in caller.count if isinstance(name, str)} >= {
        "ConditionalCheckFailedRequests",
        "UserErrors",
        "ReadAccountLimitThrottleEvents",
        "WriteProvisionedThroughputThrottleEvents",
    }, "the mix is too thin to say anything"
    stream = {"TableName": table, "StreamLabel": label, "Operation": "GetRecords"}
    assert watched.statistic("ReturnedRecordsCount", **stream) == records
    assert watched.statistic("SuccessfulRequestLatency", "SampleCount", **stream) == calls

    said = batches(watched, eventually, records)
    failed = [one for one in said if one["fails"]]
    assert failed, "no batch had a poisoned item in it"
    given_up = {one["first"]: one["records"] for one in failed}

    def of(name, statistic="Sum", **dimensions):
        return watched.statistic(name, statistic, namespace="AWS/Lambda", **dimensions)

    eventually(lambda: of("Invocations", FunctionName="counting") == len(said))
    assert of("Errors", FunctionName="counting") == len(failed)
    assert of("Duration", "SampleCount", FunctionName="counting") == len(said)
    assert of("IteratorAge", "SampleCount", FunctionName="counting") >= len(said) - len(given_up)
    events = {
        "PolledEventCount": records,
        "InvokedEventCount": sum(one["records"] for one in said),
        "FailedInvokeEventCount": sum(one["records"] for one in failed),
        "DroppedEventCount": sum(given_up.values()),
    }
    for name, expected in events.items():
        assert of(name, EventSourceMappingUUID=mapping) == expected, name
    assert of("FilteredOutEventCount", EventSourceMappingUUID=mapping) is None


def test_time_to_live_is_counted_apart_from_what_is_paid_for(watched):
    table = watched.table("Ending")
    watched.dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "end"}
    )
    now_s = int(watched.start.timestamp())
    for number in range(100):
        # Every third one stays.
        end = {"N": str(now_s + (86_400 if number % 3 == 0 else 60))}
        item = {"k": {"S": str(number)}, "end": end}
        watched.dynamodb.put_item(TableName=table, Item=item)
    watched.advance("30m")
    assert watched.dynamodb.scan(TableName=table)["Count"] == 34
    assert watched.statistic("TimeToLiveDeletedItemCount", TableName=table) == 66
    assert watched.statistic("ConsumedWriteCapacityUnits", TableName=table) == 100
