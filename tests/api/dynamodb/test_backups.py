"""CreateBackup, DescribeBackup, ListBackups, DeleteBackup and RestoreTableFromBackup.

Sources: AWS, API reference of the five; developer guide, "Using on-demand backup and restore" (a
backup outlives its table; a restored table starts without stream, TTL and tags); service model for
the errors' names.
"""

import datetime
import re

import pytest
from tests.tables import create_table


@pytest.fixture
def backed_up(dynamodb, eventually):
    """backed_up(table): the ARN of a new backup, once it is AVAILABLE."""

    def make(table, name="nightly"):
        details = dynamodb.create_backup(TableName=table, BackupName=name)["BackupDetails"]
        assert details["BackupStatus"] == "CREATING"
        arn = details["BackupArn"]
        eventually(lambda: described(dynamodb, arn)["BackupStatus"] == "AVAILABLE")
        return arn

    return make


@pytest.fixture
def keys(dynamodb):
    def every(name):
        found = dynamodb.get_paginator("scan").paginate(TableName=name)
        return {item["pk"]["S"] for page in found for item in page["Items"]}

    return every


def described(dynamodb, arn):
    return dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]


def fill(dynamodb, name, keys):
    keys = list(keys)
    for at in range(0, len(keys), 25):
        puts = [{"PutRequest": {"Item": {"pk": {"S": key}}}} for key in keys[at : at + 25]]
        dynamodb.batch_write_item(RequestItems={name: puts})


def test_a_backup_describes_itself_and_its_table(dynamodb, make_table, backed_up):
    name = make_table("pk", "sk:N", local={"loc": "x"}, indexes={"glo": "a"})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "sk": {"N": "1"}})
    arn = backed_up(name)
    assert re.fullmatch(
        rf"arn:aws:dynamodb:.*:table/{re.escape(name)}/backup/\d{{14}}-[0-9a-f]{{8}}", arn
    )
    description = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
    details = description["BackupDetails"]
    # 2 + 1 bytes of pk and its value, 2 + 2 of sk: DynamoDB's rules of size.
    assert (details["BackupName"], details["BackupType"]) == ("nightly", "USER")
    assert details["BackupSizeBytes"] == 7
    table = dynamodb.describe_table(TableName=name)["Table"]
    source = description["SourceTableDetails"]
    assert source["TableId"] == table["TableId"]
    assert source["KeySchema"] == table["KeySchema"]
    assert (source["ItemCount"], source["BillingMode"]) == (1, "PAY_PER_REQUEST")
    features = description["SourceTableFeatureDetails"]
    assert [index["IndexName"] for index in features["LocalSecondaryIndexes"]] == ["loc"]
    assert [index["IndexName"] for index in features["GlobalSecondaryIndexes"]] == ["glo"]


def test_a_backup_outlives_its_table_and_comes_back(
    dynamodb, make_table, backed_up, keys, eventually
):
    name = make_table("pk")
    fill(dynamodb, name, (f"k{number}" for number in range(600)))
    arn = backed_up(name)
    fill(dynamodb, name, ("later",))
    dynamodb.delete_table(TableName=name)
    target = f"{name}.back"
    begun = dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)
    assert begun["TableDescription"]["TableStatus"] == "CREATING"
    assert begun["TableDescription"]["RestoreSummary"]["SourceBackupArn"] == arn
    eventually(
        lambda: dynamodb.describe_table(TableName=target)["Table"]["TableStatus"] == "ACTIVE"
    )
    assert keys(target) == {f"k{number}" for number in range(600)}


def test_backups_are_listed_in_pages_and_by_what_is_asked(dynamodb, make_table, backed_up):
    name = make_table("pk")
    arns = [backed_up(name, f"number-{number}") for number in range(3)]

    def listed(**more):
        answer = dynamodb.list_backups(TableName=name, **more)
        found = [backup["BackupArn"] for backup in answer["BackupSummaries"]]
        return found, answer.get("LastEvaluatedBackupArn")

    assert listed() == (sorted(arns), None)
    first, last = listed(Limit=2)
    assert last == first[-1]
    assert listed(ExclusiveStartBackupArn=last) == ([sorted(arns)[2]], None)
    assert listed(BackupType="SYSTEM") == ([], None)
    hour = datetime.timedelta(hours=1)
    now = datetime.datetime.now(datetime.UTC)
    assert listed(TimeRangeLowerBound=now + hour) == ([], None)
    assert listed(TimeRangeUpperBound=now - hour) == ([], None)
    assert listed(TimeRangeLowerBound=now - hour, TimeRangeUpperBound=now + hour)[0] == sorted(arns)
    assert set(arns) <= {
        backup["BackupArn"]
        for page in dynamodb.get_paginator("list_backups").paginate()
        for backup in page["BackupSummaries"]
    }


def test_a_backup_that_was_deleted_is_gone(dynamodb, make_table, backed_up, refusal):
    arn = backed_up(make_table("pk"))
    deleted = dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
    assert deleted["BackupStatus"] == "DELETED"
    gone = ("BackupNotFoundException", f"Backup not found: {arn}")
    assert refusal(dynamodb.describe_backup, BackupArn=arn) == gone
    assert refusal(dynamodb.delete_backup, BackupArn=arn) == gone
    assert refusal(dynamodb.restore_table_from_backup, TargetTableName="xyz", BackupArn=arn) == gone


def test_what_is_not_there_is_refused(dynamodb, make_table, backed_up, refusal, table_name):
    assert refusal(dynamodb.create_backup, TableName=table_name, BackupName="one") == (
        "TableNotFoundException",
        f"Table not found: {table_name}",
    )
    name = make_table("pk")
    arn = backed_up(name)
    assert refusal(dynamodb.restore_table_from_backup, TargetTableName=name, BackupArn=arn) == (
        "TableAlreadyExistsException",
        f"Table already exists: {name}",
    )


def test_a_node_that_dies_goes_on_where_it_was(node_factory, eventually):
    """Killed while a backup is copied and while it is restored: both end, whole."""
    node = node_factory("--sync", "off")
    dynamodb = node.client("dynamodb")
    create_table(dynamodb, "Big")
    wanted = {f"k{number}" for number in range(1500)}
    fill(dynamodb, "Big", sorted(wanted))
    arn = dynamodb.create_backup(TableName="Big", BackupName="one")["BackupDetails"]["BackupArn"]
    fill(dynamodb, "Big", ("later",))
    node.kill()
    node.start()
    eventually(lambda: described(dynamodb, arn)["BackupStatus"] == "AVAILABLE")
    dynamodb.restore_table_from_backup(TargetTableName="Back", BackupArn=arn)
    node.kill()
    node.start()
    eventually(
        lambda: dynamodb.describe_table(TableName="Back")["Table"]["TableStatus"] == "ACTIVE"
    )
    pages = dynamodb.get_paginator("scan").paginate(TableName="Back")
    assert {item["pk"]["S"] for page in pages for item in page["Items"]} == wanted
    assert dynamodb.describe_table(TableName="Back")["Table"]["ItemCount"] == 1500
