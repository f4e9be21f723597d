"""What tables were given, what was throttled and why, and indexes that are filled."""

import pytest
from botocore.exceptions import ClientError

SCHEMA = {
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "k", "AttributeType": "S"},
        {"AttributeName": "day", "AttributeType": "S"},
    ],
}
BY_DAY = {
    "IndexName": "byDay",
    "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def units(read, write):
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def test_provisioned_units_are_told_of_tables_indexes_and_the_account(watched):
    watched.dynamodb.create_table(
        TableName="Given",
        **SCHEMA,
        ProvisionedThroughput=units(400, 200),
        GlobalSecondaryIndexes=[{**BY_DAY, "ProvisionedThroughput": units(40, 20)}],
    )

    def most(name, **dimensions):
        return watched.statistic(name, "Maximum", **dimensions)

    assert most("ProvisionedReadCapacityUnits", TableName="Given") == 400
    assert most("ProvisionedWriteCapacityUnits", TableName="Given") == 200
    index = {"TableName": "Given", "GlobalSecondaryIndexName": "byDay"}
    assert most("ProvisionedReadCapacityUnits", **index) == 40
    assert most("ProvisionedWriteCapacityUnits", **index) == 20
    # Shares of what DescribeLimits says: 80,000 of an account, 40,000 of a table.
    limits = watched.dynamodb.describe_limits()
    assert most("AccountMaxReads") == limits["AccountMaxReadCapacityUnits"]
    assert most("AccountMaxTableLevelWrites") == limits["TableMaxWriteCapacityUnits"]
    assert most("AccountProvisionedReadCapacityUtilization") == 100 * 440 / 80_000
    assert most("AccountProvisionedWriteCapacityUtilization") == 100 * 220 / 80_000
    assert most("MaxProvisionedTableReadCapacityUtilization") == 100 * 400 / 40_000
    assert most("MaxProvisionedTableWriteCapacityUtilization") == 100 * 200 / 40_000
    watched.dynamodb.update_table(TableName="Given", ProvisionedThroughput=units(800, 200))
    assert most("ProvisionedReadCapacityUnits", TableName="Given") == 800
    watched.dynamodb.delete_table(TableName="Given")
    watched.advance("2h")
    watched.dynamodb.list_tables()
    samples = watched.statistic("ProvisionedReadCapacityUnits", "SampleCount", TableName="Given")
    assert samples == 2, "nothing is told of a table that is gone"


def test_caps_of_tables_on_demand_are_told_where_they_are_set(watched):
    watched.dynamodb.create_table(
        TableName="Capped",
        KeySchema=SCHEMA["KeySchema"],
        AttributeDefinitions=SCHEMA["AttributeDefinitions"][:1],
        BillingMode="PAY_PER_REQUEST",
        OnDemandThroughput={"MaxReadRequestUnits": 70},
    )
    assert watched.statistic("OnDemandMaxReadRequestUnits", "Maximum", TableName="Capped") == 70
    for name in ("OnDemandMaxWriteRequestUnits", "ProvisionedReadCapacityUnits"):
        assert watched.statistic(name, "Maximum", TableName="Capped") is None


def throttle(watched, operation, code, **fields):
    watched.post("faults", {"operation": operation, "error": code, **fields})


def test_throttled_requests_are_told_by_their_cause(watched):
    table, dynamodb = watched.table("Busy"), watched.dynamodb
    key = {"k": {"S": "1"}}
    throttle(watched, "PutItem", "ProvisionedThroughputExceededException", times=2)
    for _ in range(2):
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName=table, Item=key)
    throttle(watched, "BatchGetItem", "RequestLimitExceeded")
    with pytest.raises(ClientError):
        keys = [{"k": {"S": str(number)}} for number in range(3)]
        dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
    throttle(watched, "Scan", "ThrottlingException")
    with pytest.raises(ClientError):
        dynamodb.scan(TableName=table)
    arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}/index/byDay"
    reason = {"reason": "IndexWriteKeyRangeThroughputExceeded", "resource": arn}
    throttle(watched, "UpdateItem", "ThrottlingException", fields={"ThrottlingReasons": [reason]})
    with pytest.raises(ClientError):
        dynamodb.update_item(TableName=table, Key=key)

    def of(name, **more):
        return watched.statistic(name, TableName=table, **more)

    assert of("ThrottledRequests", Operation="PutItem") == 2
    # One request, and an event for each of its three items.
    assert of("ThrottledRequests", Operation="BatchGetItem") == 1
    assert of("ReadThrottleEvents") == 3 + 1
    assert of("ReadAccountLimitThrottleEvents") == 3
    assert of("WriteThrottleEvents") == 2
    assert of("WriteProvisionedThroughputThrottleEvents") == 2
    assert of("ReadKeyRangeThroughputThrottleEvents") is None
    index = {"GlobalSecondaryIndexName": "byDay"}
    assert of("WriteThrottleEvents", **index) == 1
    assert of("WriteKeyRangeThroughputThrottleEvents", **index) == 1
    assert watched.statistic("UserErrors") is None


def test_throttled_readers_of_a_stream_are_told_by_stream(watched):
    table = watched.table("Read")
    streams = watched.node.client("dynamodbstreams")
    arn = watched.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    for code in ("LimitExceededException", "InternalServerError"):
        throttle(watched, "GetRecords", code)
        with pytest.raises(ClientError, match=code):
            streams.get_records(ShardIterator=iterator)
    label = {"StreamLabel": arn.rpartition("/")[2], "TableName": table, "Operation": "GetRecords"}
    assert watched.statistic("ThrottledRequests", **label) == 1
    assert watched.statistic("SystemErrors", **label) == 1


def test_filling_an_index_is_told_in_units_and_percent(watched, eventually):
    watched.dynamodb.create_table(
        TableName="Filled",
        KeySchema=SCHEMA["KeySchema"],
        AttributeDefinitions=SCHEMA["AttributeDefinitions"][:1],
        BillingMode="PAY_PER_REQUEST",
    )
    for first in range(0, 600, 25):
        puts = [
            {"PutRequest": {"Item": {"k": {"S": str(number)}, "day": {"S": "x" * 1500}}}}
            for number in range(first, first + 25)
        ]
        watched.dynamodb.batch_write_item(RequestItems={"Filled": puts})
    watched.dynamodb.update_table(
        TableName="Filled",
        AttributeDefinitions=SCHEMA["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=[{"Create": BY_DAY}],
    )
    index = {"TableName": "Filled", "GlobalSecondaryIndexName": "byDay"}

    def progress(statistic):
        return watched.statistic("OnlineIndexPercentageProgress", statistic, **index)

    eventually(lambda: progress("Maximum") == 100)
    # It is filled in steps, and the first of them is not all of 600 items.
    assert 0 < progress("Minimum") < 100
    # Entries of 1.5 KB take two units each.
    assert watched.statistic("OnlineIndexConsumedWriteCapacity", **index) == 1200
