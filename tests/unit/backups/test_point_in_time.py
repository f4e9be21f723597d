"""What point-in-time recovery keeps, and that nobody but it sees more.

Source: AWS, developer guide, "Point-in-time backups for DynamoDB" (1 to 35 days), "Data retention
limit for DynamoDB Streams" (24 hours).
"""

import pytest

from headwater.errors import (
    BackupInUse,
    InvalidRestoreTime,
    ResourceInUse,
    ResourceNotFound,
    TableInUse,
)

DAY_MS = 24 * 60 * 60 * 1000
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}


def earliest(world):
    described = world("DescribeContinuousBackups", TableName="Src")["ContinuousBackupsDescription"]
    return described["PointInTimeRecoveryDescription"].get("EarliestRestorableDateTime")


def records(world):
    """Of the table's stream, as readers are shown them."""
    arn = world("DescribeTable", TableName="Src")["Table"]["LatestStreamArn"]
    found = []
    for shard in world("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = world(
            "GetShardIterator",
            StreamArn=arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        found += world("GetRecords", ShardIterator=iterator)["Records"]
    return found


def test_readers_of_the_stream_see_a_day_while_recovery_keeps_more(world):
    world.table(**STREAM)
    world.recover(RecoveryPeriodInDays=3)
    for number in range(20):
        world.put(number, 1)
    then_ms = world.clock.now_ms()
    world.clock.move(hours=25)
    world.put(99, 2)
    world.sweep()
    assert len(records(world)) == 1
    world.restore("Then", then_ms)
    world.finish()
    assert world.items("Then") == dict.fromkeys(range(20), 1)


def test_what_is_older_than_the_period_is_forgotten(world):
    world.table()
    world.recover(RecoveryPeriodInDays=2)
    on_ms = world.clock.now_ms()
    assert earliest(world) == -(-on_ms // 1000)
    world.clock.move(hours=72)
    assert earliest(world) == -(-(on_ms + DAY_MS) // 1000)
    with pytest.raises(InvalidRestoreTime):
        world.restore("Old", on_ms)
    # A longer period does not bring back what may have been swept.
    world.recover(RecoveryPeriodInDays=35)
    assert earliest(world) == -(-(on_ms + DAY_MS) // 1000)
    world.clock.move(hours=1)
    assert earliest(world) == -(-(on_ms + DAY_MS) // 1000)


def test_off_and_on_begins_anew(world):
    world.table()
    world.recover()
    world.clock.move(hours=1)
    world(
        "UpdateContinuousBackups",
        TableName="Src",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    assert earliest(world) is None
    world.recover()
    assert earliest(world) == -(-world.clock.now_ms() // 1000)


def test_a_table_on_its_way_back_cannot_be_used_or_changed_nor_can_what_it_is_made_of(world):
    world.table()
    world.put(1, 1)
    arn = world("CreateBackup", TableName="Src", BackupName="one")["BackupDetails"]["BackupArn"]
    with pytest.raises(ResourceInUse):
        world("DeleteTable", TableName="Src")
    with pytest.raises(BackupInUse):
        world("DeleteBackup", BackupArn=arn)
    with pytest.raises(BackupInUse):
        world("RestoreTableFromBackup", TargetTableName="New", BackupArn=arn)
    world.finish()
    world("DeleteTable", TableName="Src")
    world("RestoreTableFromBackup", TargetTableName="New", BackupArn=arn)
    with pytest.raises(ResourceNotFound):
        world("GetItem", TableName="New", Key={"pk": {"S": "p1"}, "sk": {"N": "1"}})
    with pytest.raises(ResourceInUse):
        world("DeleteTable", TableName="New")
    with pytest.raises(TableInUse):
        world("CreateBackup", TableName="New", BackupName="two")
    with pytest.raises(BackupInUse):
        world("DeleteBackup", BackupArn=arn)
    world.finish()
    assert world.items("New") == {1: 1}
    world("DeleteBackup", BackupArn=arn)


def test_nothing_stays_behind(world):
    """The log of a table ends with the work it was needed for."""
    world.table()
    world.put(1, 1)
    world("CreateBackup", TableName="Src", BackupName="one")
    world.finish()
    table = world.do(lambda tx: world.node.catalog.find(tx, ("000000000000", "us-east-1"), "Src"))
    assert table.stream is None and table.schema.log_users == ()
