"""ListTables, DeleteTable, and the small questions that are answered with constants.

Source: AWS, API reference; what the answer of DeleteTable lacks is recorded.
"""

from tests.tables import create_table


def test_tables_are_listed_in_pages_sorted_by_name(dynamodb, make_table, table_name):
    # ListTables sees every test's tables: the names of this one begin where no other's do.
    names = [make_table("pk") for _ in range(3)]
    assert names == sorted(names)
    listed: list[str] = []
    after = {"ExclusiveStartTableName": table_name}
    while len(listed) < 3:
        page = dynamodb.list_tables(Limit=1, **after)
        assert len(page["TableNames"]) == 1
        listed += page["TableNames"]
        after = {"ExclusiveStartTableName": listed[-1]}
        if len(listed) < 3:
            assert page["LastEvaluatedTableName"] == listed[-1]
    assert listed == names


def test_the_last_page_of_tables_has_no_last_name(node_factory):
    client = node_factory(in_memory=True).client("dynamodb")
    for name in ("b-table", "B-table", "a.table"):
        create_table(client, name)
    page = client.list_tables(Limit=3)
    # By bytes: capitals before small letters.
    assert page["TableNames"] == ["B-table", "a.table", "b-table"]
    assert "LastEvaluatedTableName" not in page
    assert client.list_tables(Limit=2)["LastEvaluatedTableName"] == "a.table"


def test_a_page_of_0_or_101_tables_is_refused(bare, invalid):
    for limit, bound in ((0, "greater than or equal to 1"), (101, "less than or equal to 100")):
        assert invalid(bare.list_tables, Limit=limit) == (
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )


def test_a_deleted_table_is_gone_and_its_name_is_free(dynamodb, refusal, make_table):
    name = make_table("pk", indexes={"idx": "x"})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "x": {"S": "b"}})
    gone = dynamodb.delete_table(TableName=name)["TableDescription"]
    assert (gone["TableName"], gone["TableStatus"]) == (name, "DELETING")
    for absent in ("AttributeDefinitions", "KeySchema", "CreationDateTime"):
        assert absent not in gone
    missing = (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )
    assert refusal(dynamodb.describe_table, TableName=name) == missing
    assert refusal(dynamodb.delete_table, TableName=name) == missing
    create_table(dynamodb, name)
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (0, 0)
    assert dynamodb.scan(TableName=name)["Items"] == []


def test_a_protected_table_cannot_be_deleted(dynamodb, invalid, make_table):
    name = make_table("pk", DeletionProtectionEnabled=True)
    assert invalid(dynamodb.delete_table, TableName=name) == (
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first."
    )
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def test_tables_survive_a_restart(node_factory):
    node = node_factory()
    client = node.client("dynamodb")
    made = client.create_table(
        TableName="kept",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in "ab"],
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "idx",
                "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    client.put_item(TableName="kept", Item={"a": {"S": "1"}, "b": {"S": "2"}})
    before = client.describe_table(TableName="kept")["Table"]
    node.restart()
    assert client.describe_table(TableName="kept")["Table"] == before
    assert before["LatestStreamArn"] == made["LatestStreamArn"]


def test_limits_and_endpoints_and_what_is_off_are_told(node, dynamodb, make_table):
    # Source of the figures: AWS, developer guide, "Service, account, and table quotas".
    limits = dynamodb.describe_limits()
    assert limits["AccountMaxReadCapacityUnits"] == 80_000
    assert limits["TableMaxWriteCapacityUnits"] == 40_000
    (endpoint,) = dynamodb.describe_endpoints()["Endpoints"]
    assert endpoint == {"Address": node.url.removeprefix("http://"), "CachePeriodInMinutes": 1440}
    name = make_table("pk")
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "DISABLED"}
