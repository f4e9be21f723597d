"""CreateTable and DescribeTable: what is made, what is shown, what is refused.

Source: AWS, API reference, CreateTable and TableDescription; texts: recorded answers.
"""

import re
from typing import Any

import pytest

OMP = "One or more parameter values were invalid: "
ONE = "1 validation error detected: "


def hash_only(**more: Any) -> dict[str, Any]:
    """A request for a table with the key `pk`, changed by `more`; None takes a member out."""
    request: dict[str, Any] = {
        "TableName": "never-made",
        "AttributeDefinitions": definitions("pk"),
        "KeySchema": schema("pk"),
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }
    return {name: value for name, value in request.items() if value is not None}


def definitions(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def schema(*names: str, kinds: str = "HR") -> list[dict[str, str]]:
    words = {"H": "HASH", "R": "RANGE"}
    return [
        {"AttributeName": name, "KeyType": words[kind]}
        for name, kind in zip(names, kinds, strict=False)
    ]


def index(name: str, *keys: str, kinds: str = "HR", **more: Any) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": schema(*keys, kinds=kinds),
        "Projection": {"ProjectionType": "ALL"},
        **more,
    }


UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
TOO_MANY_UNITS = {"ReadCapacityUnits": 1_000_000_000_001, "WriteCapacityUnits": 1}

REFUSED = {
    "no throughput": (
        hash_only(BillingMode=None),
        f"{OMP}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode "
        "is PROVISIONED",
    ),
    "throughput on demand": (
        hash_only(ProvisionedThroughput=UNITS),
        f"{OMP}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
        "BillingMode is PAY_PER_REQUEST",
    ),
    "throughput out of bounds": (
        hash_only(BillingMode=None, ProvisionedThroughput=TOO_MANY_UNITS),
        "Given value 1000000000001 for ReadCapacityUnits is out of bounds",
    ),
    "undefined key": (
        hash_only(KeySchema=schema("a")),
        f"{OMP}Some index key attributes are not defined in AttributeDefinitions. Keys: [a], "
        "AttributeDefinitions: [pk]",
    ),
    "unused definition": (
        hash_only(AttributeDefinitions=definitions("pk", "x")),
        f"{OMP}Number of attributes in KeySchema does not exactly match number of attributes "
        "defined in AttributeDefinitions",
    ),
    "one name twice": (
        hash_only(KeySchema=schema("pk", "pk"), AttributeDefinitions=definitions("pk", "x")),
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    "one name twice, defined once": (
        hash_only(KeySchema=schema("pk", "pk")),
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    "range first": (
        hash_only(KeySchema=schema("pk", kinds="R")),
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "two hashes": (
        hash_only(
            AttributeDefinitions=definitions("pk", "sk"), KeySchema=schema("pk", "sk", kinds="HH")
        ),
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
    ),
    "three keys": (
        hash_only(KeySchema=schema("pk", "b", "c", kinds="HRR")),
        f"{ONE}Value '[KeySchemaElement(attributeName=pk, keyType=HASH), "
        "KeySchemaElement(attributeName=b, keyType=RANGE), "
        "KeySchemaElement(attributeName=c, keyType=RANGE)]' at 'keySchema' failed to satisfy "
        "constraint: Member must have length less than or equal to 2",
    ),
    "no keys at all": (
        hash_only(KeySchema=None, AttributeDefinitions=None),
        "2 validation errors detected: Value null at 'attributeDefinitions' failed to satisfy "
        "constraint: Member must not be null; Value null at 'keySchema' failed to satisfy "
        "constraint: Member must not be null",
    ),
    "no global indexes": (
        hash_only(GlobalSecondaryIndexes=[]),
        f"{OMP}List of GlobalSecondaryIndexes is empty",
    ),
    "local without range": (
        hash_only(LocalSecondaryIndexes=[index("idx", "pk", "x")]),
        f"{OMP}Table KeySchema does not have a range key, which is required when specifying a "
        "LocalSecondaryIndex",
    ),
    "local of another hash": (
        hash_only(
            AttributeDefinitions=definitions("pk", "sk", "x"),
            KeySchema=schema("pk", "sk"),
            LocalSecondaryIndexes=[index("idx", "x", "sk")],
        ),
        f"{OMP}Index KeySchema does not have the same leading hash key as table KeySchema for "
        "index: idx. index hash key: x, table hash key: pk",
    ),
    "local of a hash alone": (
        hash_only(
            AttributeDefinitions=definitions("pk", "sk"),
            KeySchema=schema("pk", "sk"),
            LocalSecondaryIndexes=[index("idx", "pk")],
        ),
        f"{OMP}Index KeySchema does not have a range key for index: idx",
    ),
    "six local": (
        hash_only(
            AttributeDefinitions=definitions("pk", "sk"),
            KeySchema=schema("pk", "sk"),
            LocalSecondaryIndexes=[index(f"idx{number}", "pk", "sk") for number in range(6)],
        ),
        f"{OMP}Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    "21 global": (
        hash_only(GlobalSecondaryIndexes=[index(f"idx{number}", "pk") for number in range(21)]),
        f"{OMP}GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    "one index name twice": (
        hash_only(GlobalSecondaryIndexes=[index("idx", "pk"), index("idx", "pk")]),
        f"{OMP}Duplicate index name: idx",
    ),
    "no projection type": (
        hash_only(GlobalSecondaryIndexes=[index("idx", "pk", Projection={})]),
        f"{OMP}Unknown ProjectionType: null",
    ),
    "all and more": (
        hash_only(
            GlobalSecondaryIndexes=[
                index("idx", "pk", Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["x"]})
            ]
        ),
        f"{OMP}ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
    "include nothing": (
        hash_only(
            GlobalSecondaryIndexes=[index("idx", "pk", Projection={"ProjectionType": "INCLUDE"})]
        ),
        f"{OMP}ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ),
    "index without throughput": (
        hash_only(
            BillingMode=None,
            ProvisionedThroughput=UNITS,
            GlobalSecondaryIndexes=[index("idx", "pk")],
        ),
        f"{OMP}ProvisionedThroughput is not specified for index: idx",
    ),
    "index with throughput": (
        hash_only(GlobalSecondaryIndexes=[index("idx", "pk", ProvisionedThroughput=UNITS)]),
        f"{OMP}ProvisionedThroughput should not be specified for index: idx when BillingMode is "
        "PAY_PER_REQUEST",
    ),
    "cap of zero": (
        hash_only(OnDemandThroughput={"MaxReadRequestUnits": 0}),
        f"{OMP}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of "
        "valid range",
    ),
    "view of no stream": (
        hash_only(StreamSpecification={"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}),
        f"{OMP}Table is being created with a stream disabled, UpdateViewType should not be "
        "specified",
    ),
    "bad billing mode": (
        hash_only(BillingMode="FREE"),
        f"{ONE}Value 'FREE' at 'billingMode' failed to satisfy constraint: Member must satisfy "
        "enum value set: [PROVISIONED, PAY_PER_REQUEST]",
    ),
}


@pytest.mark.parametrize(("request_", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_a_table_that_cannot_be_is_refused_in_awss_words(bare, invalid, request_, text):
    assert invalid(bare.create_table, **request_) == text


def test_a_stream_needs_a_view_type(bare, invalid):
    text = invalid(bare.create_table, **hash_only(StreamSpecification={"StreamEnabled": True}))
    assert text.endswith("a stream enabled, UpdateViewType is required")


@pytest.mark.parametrize(
    "member",
    [
        {"GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/T"},
    ],
)
def test_what_is_not_supported_is_refused_by_name(bare, invalid, member):
    assert f"Headwater does not support {next(iter(member))}" in invalid(
        bare.create_table, **hash_only(**member)
    )


def test_an_on_demand_table_is_described_as_aws_does(dynamodb, table_name):
    made = dynamodb.create_table(**hash_only(TableName=table_name))["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert (made["ItemCount"], made["TableSizeBytes"]) == (0, 0)
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableName"] == table_name
    assert table["TableArn"].endswith(f":table/{table_name}")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", table["TableId"])
    assert table["CreationDateTime"] == made["CreationDateTime"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": 0,
        "WriteCapacityUnits": 0,
    }
    # Source: AWS, developer guide, "Understanding DynamoDB warm throughput".
    assert table["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12000,
        "WriteUnitsPerSecond": 4000,
        "Status": "ACTIVE",
    }
    assert table["DeletionProtectionEnabled"] is False
    for absent in ("StreamSpecification", "LatestStreamArn", "SSEDescription", "Replicas"):
        assert absent not in table


def test_a_provisioned_table_has_no_billing_mode_summary(dynamodb, table_name):
    dynamodb.create_table(
        **hash_only(TableName=table_name, BillingMode=None, ProvisionedThroughput=UNITS)
    )
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    assert table["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **UNITS}
    assert "BillingModeSummary" not in table


def test_indexes_are_described_with_their_counts(dynamodb, table_name):
    include = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["extra"]}
    dynamodb.create_table(
        **hash_only(
            TableName=table_name,
            AttributeDefinitions=definitions("pk", "sk", "x", "y"),
            KeySchema=schema("pk", "sk"),
            LocalSecondaryIndexes=[index("local", "pk", "x")],
            GlobalSecondaryIndexes=[index("global", "y", Projection=include)],
        )
    )
    item = {name: {"S": name} for name in ("pk", "sk", "y", "other")}
    dynamodb.put_item(TableName=table_name, Item=item)
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    # Sizes by DynamoDB's rules: name and value of pk, sk, y and other: 4 + 4 + 2 + 10.
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 20)
    (local,) = table["LocalSecondaryIndexes"]
    assert (local["ItemCount"], local["IndexSizeBytes"]) == (0, 0)
    assert local["IndexArn"] == f"{table['TableArn']}/index/local"
    assert "IndexStatus" not in local
    (other,) = table["GlobalSecondaryIndexes"]
    assert (other["ItemCount"], other["IndexSizeBytes"]) == (1, 10)
    assert other["IndexStatus"] == "ACTIVE"
    assert "Backfilling" not in other
    assert other["Projection"] == include
    assert other["KeySchema"] == schema("y")


def test_a_global_index_may_have_four_hash_and_four_range_attributes(
    dynamodb, bare, invalid, table_name
):
    names = [f"k{number}" for number in range(8)]
    request = hash_only(
        TableName=table_name,
        AttributeDefinitions=definitions("pk", *names),
        GlobalSecondaryIndexes=[index("wide", *names, kinds="HHHHRRRR")],
    )
    made = dynamodb.create_table(**request)["TableDescription"]
    (wide,) = made["GlobalSecondaryIndexes"]
    assert wide["KeySchema"] == schema(*names, kinds="HHHHRRRR")
    request["GlobalSecondaryIndexes"] = [index("wide", *names, kinds="HHHHHRRR")]
    assert "maximum allowed number of HASH key attributes" in invalid(bare.create_table, **request)
    request["GlobalSecondaryIndexes"] = [index("wide", *names, kinds="HHRHRRRR")]
    assert "must precede" in invalid(bare.create_table, **request)


def test_class_protection_caps_and_tags_are_kept(dynamodb, table_name):
    made = dynamodb.create_table(
        **hash_only(
            TableName=table_name,
            TableClass="STANDARD_INFREQUENT_ACCESS",
            DeletionProtectionEnabled=True,
            OnDemandThroughput={"MaxReadRequestUnits": 10},
            WarmThroughput={"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000},
            Tags=[{"Key": "team", "Value": "river"}],
        )
    )["TableDescription"]
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    assert table["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert table["DeletionProtectionEnabled"] is True
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": -1}
    assert table["WarmThroughput"]["ReadUnitsPerSecond"] == 13000
    tags = dynamodb.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "river"}]
    dynamodb.update_table(TableName=table_name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table_name)


def test_a_second_table_of_a_name_is_refused(dynamodb, refusal, table_name):
    dynamodb.create_table(**hash_only(TableName=table_name))
    code, text = refusal(dynamodb.create_table, **hash_only(TableName=table_name))
    assert (code, text) == ("ResourceInUseException", f"Table already exists: {table_name}")


def test_a_table_is_found_by_its_arn(dynamodb, refusal, table_name):
    arn = dynamodb.create_table(**hash_only(TableName=table_name))["TableDescription"]["TableArn"]
    assert dynamodb.describe_table(TableName=arn)["Table"]["TableName"] == table_name
    dynamodb.put_item(TableName=arn, Item={"pk": {"S": "a"}})
    missing = arn.replace("us-east-1", "eu-west-1")
    code, text = refusal(dynamodb.describe_table, TableName=missing)
    # Recorded, October 2026.
    assert code == "ValidationException"
    assert text == f"1 validation error detected: Invalid AWS region in '{missing}'"


def test_a_missing_table_is_named_by_table_calls_and_not_by_item_calls(dynamodb, refusal):
    assert refusal(dynamodb.describe_table, TableName="missing") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: missing not found",
    )
    assert refusal(dynamodb.get_item, TableName="missing", Key={"pk": {"S": "a"}}) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )


def test_regions_and_accounts_are_separate_worlds(node, dynamodb, refusal, table_name):
    dynamodb.create_table(**hash_only(TableName=table_name))
    elsewhere = node.client("dynamodb", region_name="eu-west-1")
    other = node.client("dynamodb", aws_access_key_id="123456789012")
    for client in (elsewhere, other):
        code, _ = refusal(client.describe_table, TableName=table_name)
        assert code == "ResourceNotFoundException"
