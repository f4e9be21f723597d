"""Settings of replicas: those that are the same everywhere, and those of each alone.

Source: AWS, developer guide, "Global tables: settings that are synchronized between replicas", and
recorded answers for indexes, time to live and throughput that were changed in one region.
"""

import pytest

EAST, WEST, SOUTH = "us-east-1", "eu-west-1", "sa-east-1"
KIND = {"AttributeType": "S"}


def index(name, key):
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def add_index(table, region, name, key, kind="S"):
    table.at(region).update_table(
        TableName=table.name,
        AttributeDefinitions=[
            {"AttributeName": "pk", **KIND},
            {"AttributeName": key, "AttributeType": kind},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index(name, key)}],
    )


def indexes(table, region):
    found = table.table(region).get("GlobalSecondaryIndexes", [])
    return {one["IndexName"]: one["IndexStatus"] for one in found}


def values(table, region, name, key):
    answer = table.at(region).query(
        TableName=table.name,
        IndexName=name,
        KeyConditionExpression="#k = :v",
        ExpressionAttributeNames={"#k": key},
        ExpressionAttributeValues={":v": {"S": "x"}},
    )
    return {item["pk"]["S"] for item in answer["Items"]}


def test_an_index_comes_and_goes_everywhere(orders):
    orders.put(EAST, "a", owner={"S": "x"})
    orders.soon(lambda: orders.get(WEST, "a"))
    add_index(orders, WEST, "by-owner", "owner")
    orders.soon(lambda: indexes(orders, EAST) == {"by-owner": "ACTIVE"})
    assert values(orders, EAST, "by-owner", "owner") == {"a"}  # what was there is in it
    orders.put(WEST, "b", owner={"S": "x"})
    orders.soon(lambda: values(orders, EAST, "by-owner", "owner") == {"a", "b"})
    orders.at(EAST).update_table(
        TableName=orders.name,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-owner"}}],
    )
    orders.soon(lambda: not indexes(orders, WEST))
    assert [one["AttributeName"] for one in orders.table(WEST)["AttributeDefinitions"]] == ["pk"]
    # And again, on another attribute.
    add_index(orders, EAST, "by-owner", "buyer")
    orders.soon(lambda: indexes(orders, WEST) == {"by-owner": "ACTIVE"})
    orders.put(EAST, "c", buyer={"S": "x"})
    orders.soon(lambda: values(orders, WEST, "by-owner", "buyer") == {"c"})


def test_what_was_changed_before_a_replica_is_made_is_so_there_too(orders):
    add_index(orders, WEST, "by-owner", "owner")
    ttl(orders, WEST, "ends")
    orders.soon(lambda: indexes(orders, EAST) == {"by-owner": "ACTIVE"})
    orders.soon(lambda: ttl_of(orders, EAST) == "ends")
    orders.add(SOUTH)
    assert indexes(orders, SOUTH) == {"by-owner": "ACTIVE"}
    assert ttl_of(orders, SOUTH) == "ends"


def ttl(table, region, name, *, enabled=True):
    table.at(region).update_time_to_live(
        TableName=table.name,
        TimeToLiveSpecification={"Enabled": enabled, "AttributeName": name},
    )


def ttl_of(table, region):
    told = table.at(region).describe_time_to_live(TableName=table.name)
    return told["TimeToLiveDescription"].get("AttributeName")


def test_time_to_live_is_one_setting(orders):
    ttl(orders, WEST, "ends")
    orders.soon(lambda: ttl_of(orders, EAST) == "ends")
    ttl(orders, EAST, "ends", enabled=False)
    orders.soon(lambda: ttl_of(orders, WEST) is None)
    ttl(orders, EAST, "until")
    orders.soon(lambda: ttl_of(orders, WEST) == "until")


FIGURES = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 9}
CAPS = {"MaxReadRequestUnits": 50, "MaxWriteRequestUnits": 60}
WARM = {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000}
CHANGES = {
    "billing and capacity": (
        {"BillingMode": "PROVISIONED", "ProvisionedThroughput": FIGURES},
        lambda told: {name: told["ProvisionedThroughput"][name] for name in FIGURES} == FIGURES,
    ),
    "caps": (
        {"OnDemandThroughput": CAPS},
        lambda told: told.get("OnDemandThroughput") == CAPS,
    ),
    "warm throughput": (
        {"WarmThroughput": WARM},
        lambda told: told["WarmThroughput"]["ReadUnitsPerSecond"] == 13000,
    ),
    "encryption": (
        {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}},
        lambda told: told.get("SSEDescription", {}).get("SSEType") == "KMS",
    ),
    "table class": (
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        lambda told: "TableClassSummary" in told,
    ),
}


@pytest.mark.parametrize(("change", "is_so"), CHANGES.values(), ids=CHANGES)
def test_what_is_changed_in_one_region_is_changed_in_all(orders, change, is_so):
    assert not is_so(orders.table(EAST))
    orders.at(WEST).update_table(TableName=orders.name, **change)
    orders.soon(lambda: is_so(orders.table(EAST)) and is_so(orders.table(WEST)))


def test_provisioned_capacity_and_back(orders):
    update = orders.at(EAST).update_table
    update(TableName=orders.name, BillingMode="PROVISIONED", ProvisionedThroughput=FIGURES)
    orders.soon(lambda: orders.table(WEST)["ProvisionedThroughput"]["WriteCapacityUnits"] == 9)
    orders.at(WEST).update_table(TableName=orders.name, BillingMode="PAY_PER_REQUEST")
    orders.soon(lambda: orders.table(EAST)["ProvisionedThroughput"]["WriteCapacityUnits"] == 0)
    mode = orders.table(EAST)["BillingModeSummary"]["BillingMode"]
    assert mode == "PAY_PER_REQUEST"


def test_keys_stay_with_their_regions(orders):
    west = orders.at(WEST)
    key = "arn:aws:kms:eu-west-1:000000000000:key/of-west"
    west.update_table(
        TableName=orders.name,
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    orders.soon(lambda: "SSEDescription" in orders.table(EAST))
    arn = orders.table(EAST)["SSEDescription"]["KMSMasterKeyArn"]
    assert arn.startswith("arn:aws:kms:us-east-1:")
    assert orders.replica(WEST)["KMSMasterKeyId"] == key


# --- of each replica alone ---------------------------------------------------------------------


def test_a_new_replica_begins_without_what_is_each_replicas_own(replicated):
    replicated.create(DeletionProtectionEnabled=True, Tags=[{"Key": "of", "Value": "east"}])
    east, name = replicated.at(EAST), replicated.name
    east.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    replicated.add(WEST)
    assert replicated.table(WEST)["DeletionProtectionEnabled"] is False
    assert tags(replicated, WEST) == {}
    assert pitr(replicated, WEST) == "DISABLED"
    assert pitr(replicated, EAST) == "ENABLED"


def test_tags_protection_recovery_insights_and_policies_stay_where_they_are_set(orders):
    west, name = orders.at(WEST), orders.name
    arn = orders.table(WEST)["TableArn"]
    west.tag_resource(ResourceArn=arn, Tags=[{"Key": "of", "Value": "west"}])
    west.update_table(TableName=name, DeletionProtectionEnabled=True)
    west.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    west.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    # This one travels, and behind it nothing else is on its way.
    west.update_table(TableName=name, TableClass="STANDARD_INFREQUENT_ACCESS")
    orders.soon(lambda: "TableClassSummary" in orders.table(EAST))
    assert tags(orders, WEST) == {"of": "west"} and tags(orders, EAST) == {}
    assert orders.table(WEST)["DeletionProtectionEnabled"]
    assert not orders.table(EAST)["DeletionProtectionEnabled"]
    assert pitr(orders, WEST) == "ENABLED" and pitr(orders, EAST) == "DISABLED"
    insights = orders.at(EAST).describe_contributor_insights(TableName=name)
    assert insights["ContributorInsightsStatus"] != "ENABLED"
    west.update_table(TableName=name, DeletionProtectionEnabled=False)


def tags(table, region):
    arn = table.table(region)["TableArn"]
    found = table.at(region).list_tags_of_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def pitr(table, region):
    told = table.at(region).describe_continuous_backups(TableName=table.name)
    about = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return about["PointInTimeRecoveryStatus"]
