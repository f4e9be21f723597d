"""UpdateTable: throughput, billing, class, protection, and global indexes made and dropped.

Source: AWS, API reference, UpdateTable; developer guide, "Managing GSIs"; texts recorded.
"""

import pytest

OMP = "One or more parameter values were invalid: "
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
MORE = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 4}


def new_index(name="idx", attribute="x", **more):
    return {
        "Create": {
            "IndexName": name,
            "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            **more,
        }
    }


def defined(*names):
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


@pytest.fixture
def table_of(dynamodb):
    return lambda name: dynamodb.describe_table(TableName=name)["Table"]


@pytest.fixture
def provisioned(dynamodb, table_name):
    dynamodb.create_table(
        TableName=table_name,
        AttributeDefinitions=defined("pk"),
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[new_index(attribute="pk", ProvisionedThroughput=UNITS)["Create"]],
        ProvisionedThroughput=UNITS,
    )
    return table_name


def test_an_update_of_nothing_is_refused(dynamodb, invalid, make_table):
    assert invalid(dynamodb.update_table, TableName=make_table("pk")) == (
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
        "OnDemandThroughput, WarmThroughput or TableClass is required"
    )


def test_throughput_goes_up_and_down_and_remembers_when(dynamodb, provisioned, table_of):
    answer = dynamodb.update_table(TableName=provisioned, ProvisionedThroughput=MORE)
    assert answer["TableDescription"]["TableStatus"] == "UPDATING"
    units = table_of(provisioned)["ProvisionedThroughput"]
    assert units["ReadCapacityUnits"] == 6
    assert units["WriteCapacityUnits"] == 4
    assert units["NumberOfDecreasesToday"] == 1
    assert "LastIncreaseDateTime" in units
    assert "LastDecreaseDateTime" in units


def test_the_same_throughput_again_is_refused(dynamodb, invalid, provisioned):
    assert invalid(
        dynamodb.update_table, TableName=provisioned, ProvisionedThroughput=UNITS
    ).startswith(
        "The provisioned throughput for the table will not change. The requested value equals "
        "the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
        "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. "
        "Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide"
    )


def test_an_indexs_throughput_is_its_own(dynamodb, refusal, provisioned, table_of):
    change = {"Update": {"IndexName": "idx", "ProvisionedThroughput": MORE}}
    dynamodb.update_table(TableName=provisioned, GlobalSecondaryIndexUpdates=[change])
    (index,) = table_of(provisioned)["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 6
    assert table_of(provisioned)["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    change["Update"]["IndexName"] = "missing"
    code, _ = refusal(
        dynamodb.update_table, TableName=provisioned, GlobalSecondaryIndexUpdates=[change]
    )
    assert code == "ResourceNotFoundException"


def test_billing_goes_on_demand_and_back(dynamodb, invalid, provisioned, table_of):
    dynamodb.update_table(TableName=provisioned, BillingMode="PAY_PER_REQUEST")
    table = table_of(provisioned)
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 0

    back = {"TableName": provisioned, "BillingMode": "PROVISIONED"}
    assert "ProvisionedThroughput must be specified when BillingMode is PROVISIONED" in invalid(
        dynamodb.update_table, **back
    )
    back["ProvisionedThroughput"] = UNITS
    assert (
        invalid(dynamodb.update_table, **back)
        == f"{OMP}ProvisionedThroughput must be specified for index: idx"
    )
    back["GlobalSecondaryIndexUpdates"] = [
        {"Update": {"IndexName": "idx", "ProvisionedThroughput": MORE}}
    ]
    dynamodb.update_table(**back)
    table = table_of(provisioned)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 6


def test_caps_are_set_and_lifted(dynamodb, make_table, table_of):
    name = make_table("pk")
    caps = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
    dynamodb.update_table(TableName=name, OnDemandThroughput=caps)
    assert table_of(name)["OnDemandThroughput"] == caps
    dynamodb.update_table(TableName=name, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert table_of(name)["OnDemandThroughput"] == {**caps, "MaxReadRequestUnits": -1}


def test_class_and_protection_change(dynamodb, make_table, table_of):
    name = make_table("pk")
    dynamodb.update_table(TableName=name, TableClass="STANDARD_INFREQUENT_ACCESS")
    summary = table_of(name)["TableClassSummary"]
    assert summary["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "LastUpdateDateTime" in summary
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    assert table_of(name)["DeletionProtectionEnabled"] is True
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)


def test_a_new_index_holds_what_was_there_and_what_comes(
    dynamodb, make_table, table_of, eventually
):
    name = make_table("pk")
    # More than one step of the backfill (256 items), some of which do not belong in the index.
    for start in range(0, 700, 25):
        rows = [
            {"pk": {"S": f"{number:04d}"}, "x": {"S": "a"} if number % 2 else {"N": "1"}}
            for number in range(start, start + 25)
        ]
        dynamodb.batch_write_item(
            RequestItems={name: [{"PutRequest": {"Item": row}} for row in rows]}
        )
    answer = dynamodb.update_table(
        TableName=name,
        AttributeDefinitions=defined("x"),
        GlobalSecondaryIndexUpdates=[new_index()],
    )["TableDescription"]
    assert answer["TableStatus"] == "UPDATING"
    assert answer["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "meanwhile"}, "x": {"S": "a"}})

    def index():
        return table_of(name)["GlobalSecondaryIndexes"][0]

    eventually(lambda: index()["IndexStatus"] == "ACTIVE", what="the index to be filled")
    assert "Backfilling" not in index()
    assert index()["ItemCount"] == 351
    found = dynamodb.query(
        TableName=name,
        IndexName="idx",
        KeyConditionExpression="x = :a",
        ExpressionAttributeValues={":a": {"S": "a"}},
        Select="COUNT",
    )
    assert found["Count"] == 351
    assert {d["AttributeName"] for d in table_of(name)["AttributeDefinitions"]} == {"pk", "x"}


def test_a_dropped_index_takes_its_attributes_along(dynamodb, invalid, make_table, table_of):
    name = make_table("pk", indexes={"idx": "x"})
    drop = [{"Delete": {"IndexName": "idx"}}]
    answer = dynamodb.update_table(TableName=name, GlobalSecondaryIndexUpdates=drop)
    assert answer["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    table = table_of(name)
    assert "GlobalSecondaryIndexes" not in table
    assert table["AttributeDefinitions"] == defined("pk")
    # What was its key may now be of any type.
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "x": {"N": "1"}})


def test_a_new_index_names_its_attributes_in_the_same_request(dynamodb, invalid, make_table):
    update = {"TableName": make_table("pk"), "GlobalSecondaryIndexUpdates": [new_index()]}
    # Recorded in 2026.
    text = f"{OMP}AttributeDefinitions is not specified for index: idx"
    assert invalid(dynamodb.update_table, **update) == text
    text = f"{OMP}Some index key attributes are not defined in AttributeDefinitions"
    assert invalid(dynamodb.update_table, **update, AttributeDefinitions=defined("pk")) == text


def test_malformed_and_double_index_updates_are_refused(dynamodb, invalid, refusal, make_table):
    name = make_table("pk", indexes={"idx": "x"})

    def update(*updates):
        return {
            "TableName": name,
            "AttributeDefinitions": defined("x", "y"),
            "GlobalSecondaryIndexUpdates": list(updates),
        }

    assert "must not be null" in invalid(dynamodb.update_table, **update({}))
    assert "Only one global secondary index update per index is allowed simultaneously" in invalid(
        dynamodb.update_table, **update({"Delete": {"IndexName": "idx"}}, new_index())
    )
    assert refusal(
        dynamodb.update_table, **update({"Delete": {"IndexName": "idx"}}, new_index("other"))
    ) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
        "per table",
    )
    assert "already exists" in invalid(dynamodb.update_table, **update(new_index()))
    code, _ = refusal(dynamodb.update_table, **update({"Delete": {"IndexName": "missing"}}))
    assert code == "ResourceNotFoundException"


def test_throughput_and_an_index_do_not_change_together(dynamodb, invalid, provisioned):
    assert "cannot create or delete index while updating table IOPS" in invalid(
        dynamodb.update_table,
        TableName=provisioned,
        ProvisionedThroughput=MORE,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "idx"}}],
    )


def test_a_missing_table_is_not_updated(dynamodb, refusal):
    assert refusal(dynamodb.update_table, TableName="missing", BillingMode="PAY_PER_REQUEST") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: missing not found",
    )
