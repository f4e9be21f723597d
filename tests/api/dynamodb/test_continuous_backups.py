"""UpdateContinuousBackups, DescribeContinuousBackups and RestoreTableToPointInTime.

Sources: AWS, API reference of the three; developer guide, "Point-in-time backups for DynamoDB" (a
restored table has no stream, TTL, tags, policies or recovery settings); service model for the
errors' names; the text of PointInTimeRecoveryUnavailableException is a recorded answer.
"""

import datetime
import time

import pytest

SPEC = "PointInTimeRecoverySpecification"


def turn(dynamodb, name, on, **more):
    wanted = {"PointInTimeRecoveryEnabled": on, **more}
    return dynamodb.update_continuous_backups(TableName=name, **{SPEC: wanted})[
        "ContinuousBackupsDescription"
    ]


def described(dynamodb, name):
    return dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]


@pytest.fixture
def items(dynamodb):
    def every(name):
        found = dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        return {
            item["pk"]["S"]: item.get("v", {}).get("N") for page in found for item in page["Items"]
        }

    return every


@pytest.fixture
def restored(dynamodb, eventually):
    """restored(name): the description of a table, once it is ACTIVE."""

    def wait(name):
        def active():
            table = dynamodb.describe_table(TableName=name)["Table"]
            return table if table["TableStatus"] == "ACTIVE" else None

        return eventually(active, what=f"the restore of {name}")

    return wait


def put(dynamodb, name, key, number):
    dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, "v": {"N": str(number)}})


def next_second(eventually):
    """The start of the next second, which is over soon: clients send whole seconds."""
    start = int(time.time()) + 1
    eventually(lambda: time.time() > start + 0.01)
    return datetime.datetime.fromtimestamp(start, datetime.UTC)


def test_recovery_is_off_until_it_is_turned_on(dynamodb, make_table):
    name = make_table("pk")
    off = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }
    assert described(dynamodb, name) == off
    before = datetime.datetime.now(datetime.UTC)
    recovery = turn(dynamodb, name, True)["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert recovery["RecoveryPeriodInDays"] == 35
    assert recovery["EarliestRestorableDateTime"] >= before
    assert recovery["LatestRestorableDateTime"] >= before - datetime.timedelta(seconds=1)
    assert turn(dynamodb, name, False) == off
    assert described(dynamodb, name) == off


def test_the_period_can_be_shorter(dynamodb, make_table, refusal):
    name = make_table("pk")
    turn(dynamodb, name, True, RecoveryPeriodInDays=7)
    recovery = turn(dynamodb, name, True)["PointInTimeRecoveryDescription"]
    assert recovery["RecoveryPeriodInDays"] == 7
    code, _ = refusal(
        dynamodb.update_continuous_backups,
        TableName=name,
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": False,
            "RecoveryPeriodInDays": 7,
        },
    )
    assert code == "ValidationException"


def test_a_missing_table_has_a_word_of_its_own(dynamodb, table_name, refusal):
    spec = {SPEC: {"PointInTimeRecoveryEnabled": True}}
    told = ("TableNotFoundException", f"Table not found: {table_name}")
    assert refusal(dynamodb.update_continuous_backups, TableName=table_name, **spec) == told
    assert refusal(dynamodb.describe_continuous_backups, TableName=table_name) == told
    restore = {"SourceTableName": table_name, "TargetTableName": f"{table_name}.new"}
    assert (
        refusal(dynamodb.restore_table_to_point_in_time, **restore, UseLatestRestorableTime=True)
        == told
    )


def test_a_table_comes_back_as_it_was(dynamodb, make_table, items, restored, eventually):
    name = make_table("pk", indexes={"by-v": "v:N"})
    for number in range(30):
        put(dynamodb, name, f"k{number}", 1)
    turn(dynamodb, name, True)
    next_second(eventually)
    put(dynamodb, name, "k1", 2)
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "k2"}})
    put(dynamodb, name, "new", 2)
    then = items(name)
    moment = next_second(eventually)
    put(dynamodb, name, "k1", 3)
    put(dynamodb, name, "k2", 3)
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "k3"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "new"}})
    put(dynamodb, name, "newer", 3)
    target = f"{name}.then"
    begun = dynamodb.restore_table_to_point_in_time(
        SourceTableName=name, TargetTableName=target, RestoreDateTime=moment
    )["TableDescription"]
    assert begun["TableStatus"] == "CREATING"
    table = restored(target)
    assert items(target) == then
    assert table["ItemCount"] == len(then)
    summary = table["RestoreSummary"]
    assert summary == {
        "SourceTableArn": begun["RestoreSummary"]["SourceTableArn"],
        "RestoreDateTime": summary["RestoreDateTime"],
        "RestoreInProgress": False,
    }
    assert summary["RestoreDateTime"].timestamp() == moment.timestamp()
    found = dynamodb.query(
        TableName=target,
        IndexName="by-v",
        KeyConditionExpression="v = :v",
        ExpressionAttributeValues={":v": {"N": "2"}},
    )
    assert {item["pk"]["S"] for item in found["Items"]} == {"k1", "new"}


def test_the_latest_time_is_now_and_a_restored_table_starts_bare(
    dynamodb, make_table, items, restored
):
    name = make_table(
        "pk",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        Tags=[{"Key": "a", "Value": "b"}],
        DeletionProtectionEnabled=True,
    )
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "end"}
    )
    turn(dynamodb, name, True)
    put(dynamodb, name, "a", 1)
    target = f"{name}.now"
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=name, TargetTableName=target, UseLatestRestorableTime=True
    )
    table = restored(target)
    assert items(target) == {"a": "1"}
    assert "StreamSpecification" not in table and "LatestStreamArn" not in table
    assert not table["DeletionProtectionEnabled"]
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []
    ttl = dynamodb.describe_time_to_live(TableName=target)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}
    recovery = described(dynamodb, target)["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_indexes_billing_and_throughput_can_be_other_than_they_were(
    dynamodb, make_table, restored, invalid
):
    name = make_table("pk", indexes={"one": "a", "two": "b"})
    turn(dynamodb, name, True)
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
    index = {
        "IndexName": "two",
        "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": units,
    }
    asked = {
        "SourceTableName": name,
        "TargetTableName": f"{name}.other",
        "UseLatestRestorableTime": True,
        "BillingModeOverride": "PROVISIONED",
        "ProvisionedThroughputOverride": units,
        "SSESpecificationOverride": {
            "Enabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": "some-key",
        },
    }
    invalid(dynamodb.restore_table_to_point_in_time, **asked)  # index figures are missing
    unknown = [{**index, "IndexName": "three"}]
    invalid(dynamodb.restore_table_to_point_in_time, **asked, GlobalSecondaryIndexOverride=unknown)
    dynamodb.restore_table_to_point_in_time(**asked, GlobalSecondaryIndexOverride=[index])
    table = restored(asked["TargetTableName"])
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    assert table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST"
    assert table["SSEDescription"]["KMSMasterKeyArn"].endswith(":key/some-key")
    (kept,) = table["GlobalSecondaryIndexes"]
    assert (kept["IndexName"], kept["ProvisionedThroughput"]["ReadCapacityUnits"]) == ("two", 3)
    names = {entry["AttributeName"] for entry in table["AttributeDefinitions"]}
    assert names == {"pk", "b"}


def test_what_cannot_be_restored_is_refused(dynamodb, make_table, refusal, eventually):
    name = make_table("pk")
    asked = {"SourceTableName": name, "TargetTableName": f"{name}.x"}
    restore = dynamodb.restore_table_to_point_in_time
    assert refusal(restore, **asked, UseLatestRestorableTime=True) == (
        "PointInTimeRecoveryUnavailableException",
        f"Point in time recovery is not enabled for table '{name}'",
    )
    turn(dynamodb, name, True)
    now = datetime.datetime.now(datetime.UTC)
    for moment in (now - datetime.timedelta(hours=1), now + datetime.timedelta(hours=1)):
        code, _ = refusal(restore, **asked, RestoreDateTime=moment)
        assert code == "InvalidRestoreTimeException"
    code, _ = refusal(restore, **asked)
    assert code == "ValidationException"
    other = make_table("pk")
    told = refusal(
        restore, SourceTableName=name, TargetTableName=other, UseLatestRestorableTime=True
    )
    assert told == ("TableAlreadyExistsException", f"Table already exists: {other}")
