"""ReplicaUpdates of UpdateTable: what is begun, shown and refused.

Source: AWS, API reference, UpdateTable, ReplicationGroupUpdate and ReplicaDescription; developer
guide, "Global tables: multi-active, multi-Region replication". The texts are recorded answers,
where a comment does not say otherwise.
"""

from typing import Any

import pytest

EAST, WEST, SOUTH = "us-east-1", "eu-west-1", "sa-east-1"
# What a table's description has only while there are replicas.
JOINED = {
    "Replicas",
    "GlobalTableVersion",
    "GlobalTableSettingsReplicationMode",
    "MultiRegionConsistency",
}
PREFIX = "One or more parameter values were invalid: "


def create(region, **about):
    return {"Create": {"RegionName": region, **about}}


def update(region, **about):
    return {"Update": {"RegionName": region, **about}}


def delete(region):
    return {"Delete": {"RegionName": region}}


def test_a_new_replica_is_shown_by_both(replicated):
    replicated.create()
    assert not JOINED & replicated.table().keys()
    answer = replicated.ask(EAST, create(WEST))
    assert answer["TableStatus"] == "UPDATING"
    assert answer["GlobalTableVersion"] == "2019.11.21"
    [told] = answer["Replicas"]
    arns = {
        region: f"arn:aws:dynamodb:{region}:000000000000:table/{replicated.name}"
        for region in (EAST, WEST)
    }
    assert told == {
        "RegionName": WEST,
        "ReplicaStatus": "CREATING",
        "ReplicaArn": arns[WEST],
        "ReplicaStatusPercentProgress": "0",
    }
    # The stream that every replica has, on a table that had none.
    assert answer["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    replicated.until(WEST, "ACTIVE")
    [told] = replicated.table()["Replicas"]
    assert told == {"RegionName": WEST, "ReplicaStatus": "ACTIVE", "ReplicaArn": arns[WEST]}
    there = replicated.table(WEST)
    [told] = there["Replicas"]
    assert told == {"RegionName": EAST, "ReplicaStatus": "ACTIVE", "ReplicaArn": arns[EAST]}
    assert there["GlobalTableVersion"] == "2019.11.21"
    # Of one account, and eventually consistent (service model: what both are by default).
    assert there["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES"
    assert there["MultiRegionConsistency"] == "EVENTUAL"
    assert there["TableArn"].split(":")[3] == WEST
    here = replicated.table()
    assert there["TableId"] != here["TableId"]
    assert there["LatestStreamArn"] != here["LatestStreamArn"]


def test_waiters_of_boto3_wait_for_replicas(replicated):
    replicated.create()
    replicated.ask(EAST, create(WEST))
    config = {"Delay": 1, "MaxAttempts": 60}
    for region in (EAST, WEST):
        replicated.soon(lambda region=region: replicated.exists(region))
        waiter = replicated.at(region).get_waiter("table_exists")
        waiter.wait(TableName=replicated.name, WaiterConfig=config)
    replicated.until(WEST, "ACTIVE")
    replicated.ask(EAST, delete(WEST))
    waiter = replicated.at(WEST).get_waiter("table_not_exists")
    waiter.wait(TableName=replicated.name, WaiterConfig=config)


def test_with_its_last_replica_a_table_is_plain_again(orders):
    answer = orders.ask(EAST, delete(WEST))
    assert answer["TableStatus"] == "UPDATING"
    assert [one["ReplicaStatus"] for one in answer["Replicas"]] == ["DELETING"]
    orders.until(WEST, None)
    plain = orders.table()
    assert not JOINED & plain.keys()
    assert plain["StreamSpecification"]["StreamEnabled"]  # it stays on (recorded)
    assert not orders.exists(WEST)
    # And can be replicated anew, and deleted.
    orders.add(WEST)
    assert orders.exists(WEST)


def test_any_replica_can_be_asked(orders):
    orders.add(SOUTH, source=WEST)
    for region, others in ((EAST, {WEST, SOUTH}), (WEST, {EAST, SOUTH}), (SOUTH, {EAST, WEST})):
        orders.soon(lambda region=region, others=others: seen(orders, region) == others)
    orders.ask(EAST, delete(SOUTH))
    for region, others in ((EAST, {WEST}), (WEST, {EAST})):
        orders.soon(lambda region=region, others=others: seen(orders, region) == others)


def seen(orders, region):
    return {one["RegionName"] for one in orders.table(region).get("Replicas", [])}


# --- refused -----------------------------------------------------------------------------------

LOCAL = (
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required."
)
NOTHING = "There are no actions specified in the Replica Update Action of the request."
MIXED = "Update table operation with more than one type of replica actions not allowed."
MANY = "Update table operation with more than one create or delete replica actions not allowed"
NO_MEMBER = (
    "Update global table operation failed because one or more replicas were not part of the "
    f"global table. Please retry the request without these replicas: [{SOUTH}]."
)
ON_DEMAND = (
    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
    "PAY_PER_REQUEST"
)
EACH_KEY = f"{PREFIX}KMSMasterKeyId must be specified for each replica."
READS = {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 7}}

REFUSED = {
    "create here": ([create(EAST)], LOCAL),
    "delete here": ([delete(EAST)], LOCAL),
    "update here": ([update(EAST, **READS)], LOCAL),
    "no kind": ([{}], NOTHING),
    "two kinds in one entry": ([create(SOUTH) | delete(WEST)], MIXED),
    "two kinds": ([create(SOUTH), delete(WEST)], MIXED),
    "two creates": ([create(SOUTH), create("ap-south-1")], MANY),
    "two deletes": ([delete(SOUTH), delete(WEST)], MANY),
    "delete of none": ([delete(SOUTH)], NO_MEMBER),
    "update of none": ([update(SOUTH, TableClassOverride="STANDARD")], NO_MEMBER),
    "update of nothing": ([update(WEST)], NOTHING),
    "update of an index's nothing": (
        [update(WEST, GlobalSecondaryIndexes=[{"IndexName": "index"}])],
        NOTHING,
    ),
    "provisioned reads on demand": ([update(WEST, **READS)], ON_DEMAND),
    "a key of one alone": ([update(WEST, KMSMasterKeyId="some-key")], EACH_KEY),
    "a key beside AWS's own": ([create(SOUTH, KMSMasterKeyId="some-key")], EACH_KEY),
}


def test_what_cannot_be_asked_is_refused_and_changes_nothing(orders, invalid):
    for case, (updates, text) in REFUSED.items():
        assert invalid(orders.ask, EAST, *updates) == text, case
    assert orders.table()["TableStatus"] == "ACTIVE"
    assert [one["ReplicaStatus"] for one in orders.table()["Replicas"]] == ["ACTIVE"]


def test_a_replica_that_is_there_is_not_made_again(orders, invalid):
    expected = (
        f"Failed to create a the new replica of table with name: '{orders.name}' because one or "
        "more replicas already existed as tables."
    )
    assert invalid(orders.ask, EAST, create(WEST)) == expected


def test_a_table_of_that_name_is_in_the_way(replicated, invalid):
    replicated.create(EAST)
    replicated.create(WEST)
    expected = (
        f"Failed to create a the new replica of table with name: '{replicated.name}' because one "
        "or more replicas already existed as tables."
    )
    assert invalid(replicated.ask, EAST, create(WEST)) == expected
    assert "Replicas" not in replicated.table()


@pytest.mark.parametrize("region", ["us-fake-1", "EU-WEST-1", "here"])
def test_a_region_that_there_is_not_is_refused_with_those_that_there_are(
    replicated, invalid, region
):
    replicated.create()
    text = invalid(replicated.ask, EAST, create(region))
    start = (
        f"Region {region} is not supported. The latest version of global tables are only supported "
        "in the following regions: ["
    )
    assert text.startswith(start)
    assert " eu-west-1," in text


OTHERS: dict[str, Any] = {
    "billing": {"BillingMode": "PAY_PER_REQUEST"},
    "stream": {"StreamSpecification": {"StreamEnabled": False}},
    "protection": {"DeletionProtectionEnabled": True},
    "class": {"TableClass": "STANDARD"},
    "encryption": {"SSESpecification": {"Enabled": True}},
    "index": {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "index"}}]},
}


def test_nothing_else_can_be_changed_along(replicated, invalid):
    replicated.create()
    for case, other in OTHERS.items():
        text = invalid(replicated.ask, EAST, create(WEST), **other)
        expected = f"{PREFIX}Replica modification must be the only operation in the request"
        assert text == expected, case


def test_a_table_with_provisioned_writes_has_no_auto_scaling_here(replicated, invalid):
    figures = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    replicated.create(BillingMode="PROVISIONED", ProvisionedThroughput=figures)
    text = invalid(replicated.ask, EAST, create(WEST))
    assert text == "Table write capacity should either be Pay-Per-Request or AutoScaled."


def test_strong_consistency_is_refused_by_name(replicated, invalid):
    replicated.create()
    text = invalid(replicated.ask, EAST, create(WEST), MultiRegionConsistency="STRONG")
    # Ours.
    assert text.startswith(
        "Headwater does not support MultiRegionConsistency STRONG in UpdateTable"
    )
    witness = [{"Create": {"RegionName": SOUTH}}]
    text = invalid(replicated.ask, EAST, create(WEST), GlobalTableWitnessUpdates=witness)
    assert text.startswith("Headwater does not support GlobalTableWitnessUpdates in UpdateTable")
    replicated.ask(EAST, create(WEST), MultiRegionConsistency="EVENTUAL")
    replicated.until(WEST, "ACTIVE")


def test_disassociation_is_refused_by_name(orders, invalid):
    text = invalid(
        orders.ask,
        EAST,
        {"Disassociate": {"RegionName": EAST, "DisassociationMode": "WAIT_FOR_REPLICATION"}},
    )
    assert text.startswith("Headwater does not support Disassociate in ReplicaUpdates")


def test_a_table_that_is_not_there_has_no_replicas(replicated, refusal):
    code, text = refusal(replicated.ask, EAST, create(WEST))
    assert code == "ResourceNotFoundException", text


@pytest.mark.parametrize(
    "operation",
    [
        "CreateGlobalTable",
        "DescribeGlobalTable",
        "DescribeGlobalTableSettings",
        "ListGlobalTables",
        "UpdateGlobalTable",
        "UpdateGlobalTableSettings",
    ],
)
def test_the_first_version_of_global_tables_is_refused_by_name(replicated, invalid, operation):
    """AWS refuses to make any since 2026 (recorded): "version 2017.11.29 is not supported"."""
    east = replicated.at(EAST)
    groups = [{"RegionName": EAST}]
    params = {
        "CreateGlobalTable": {"GlobalTableName": "old", "ReplicationGroup": groups},
        "ListGlobalTables": {},
        "UpdateGlobalTable": {
            "GlobalTableName": "old",
            "ReplicaUpdates": [{"Create": {"RegionName": WEST}}],
        },
    }.get(operation, {"GlobalTableName": "old"})
    method = "".join(f"_{one.lower()}" if one.isupper() else one for one in operation)[1:]
    text = invalid(getattr(east, method), **params)
    assert f"{operation} operation: global tables of version 2017.11.29" in text


# --- deleting ----------------------------------------------------------------------------------

SOURCE = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being "
    "added to the table in the last 24 hours."
)


def test_a_source_cannot_go_before_what_was_made_from_it(orders, invalid):
    east = orders.at(EAST)
    assert invalid(east.delete_table, TableName=orders.name) == SOURCE
    assert invalid(orders.ask, WEST, delete(EAST)) == SOURCE
    orders.add(SOUTH, source=WEST)
    orders.soon(lambda: seen(orders, EAST) == {WEST, SOUTH})
    assert invalid(orders.ask, EAST, delete(WEST)) == SOURCE
    # Leaf first (recorded).
    orders.ask(EAST, delete(SOUTH))
    orders.until(SOUTH, None)
    orders.ask(EAST, delete(WEST))
    orders.until(WEST, None)
    east.delete_table(TableName=orders.name)
    assert not orders.exists(EAST)


def test_delete_table_takes_one_replica_alone(orders):
    orders.put(EAST, "a")
    orders.soon(lambda: orders.get(WEST, "a"))
    answer = orders.at(WEST).delete_table(TableName=orders.name)["TableDescription"]
    assert answer["TableStatus"] == "DELETING"
    orders.until(WEST, None)
    assert "GlobalTableVersion" not in orders.table()
    assert orders.get(EAST, "a")
    assert not orders.exists(WEST)


def test_a_protected_replica_stays(orders, invalid):
    west = orders.at(WEST)
    west.update_table(TableName=orders.name, DeletionProtectionEnabled=True)
    expected = (
        f"Cannot delete table {orders.name} in region {WEST} because it has deletion protection "
        "enabled. Disable deletion protection first."
    )
    assert invalid(orders.ask, EAST, delete(WEST)) == expected
    assert invalid(west.delete_table, TableName=orders.name) == expected
    assert orders.replica(WEST)["ReplicaStatus"] == "ACTIVE"
    west.update_table(TableName=orders.name, DeletionProtectionEnabled=False)
    orders.ask(EAST, delete(WEST))
    orders.until(WEST, None)


# --- what a replica has for itself -------------------------------------------------------------


def test_a_table_class_of_its_own(orders):
    infrequent = "STANDARD_INFREQUENT_ACCESS"
    answer = orders.ask(EAST, update(WEST, TableClassOverride=infrequent))
    assert answer["TableStatus"] == "UPDATING"
    assert [one["ReplicaStatus"] for one in answer["Replicas"]] == ["UPDATING"]
    orders.until(WEST, "ACTIVE")
    assert orders.replica(WEST)["ReplicaTableClassSummary"]["TableClass"] == infrequent
    assert orders.table(WEST)["TableClassSummary"]["TableClass"] == infrequent
    assert "TableClassSummary" not in orders.table(EAST)
    assert "ReplicaTableClassSummary" not in orders.replica(EAST, seen_from=WEST)


def test_a_cap_of_its_own_and_none_where_it_says_what_all_have(orders):
    orders.ask(EAST, update(WEST, OnDemandThroughputOverride={"MaxReadRequestUnits": 100}))
    orders.until(WEST, "ACTIVE")
    shown = orders.replica(WEST)["OnDemandThroughputOverride"]
    assert shown == {"MaxReadRequestUnits": 100}
    assert orders.table(WEST)["OnDemandThroughput"]["MaxReadRequestUnits"] == 100
    assert "OnDemandThroughput" not in orders.table(EAST)
    orders.ask(EAST, update(WEST, OnDemandThroughputOverride={"MaxReadRequestUnits": -1}))
    orders.until(WEST, "ACTIVE")
    assert "OnDemandThroughputOverride" not in orders.replica(WEST)


def test_read_capacity_of_its_own_of_table_and_index(replicated, invalid):
    replicated.create(
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "one", "two")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in ("one", "two")
        ],
    )
    # What has no meaning on demand is kept for the day when it has one.
    replicated.add(WEST, ProvisionedThroughputOverride={"ReadCapacityUnits": 9})
    figures = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    replicated.at(EAST).update_table(
        TableName=replicated.name,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=figures,
        GlobalSecondaryIndexUpdates=[
            {"Update": {"IndexName": name, "ProvisionedThroughput": figures}}
            for name in ("one", "two")
        ],
    )
    replicated.soon(lambda: reads(replicated, WEST) == (9, 5, 5))
    cap = {"MaxReadRequestUnits": 10}
    text = invalid(replicated.ask, EAST, update(WEST, OnDemandThroughputOverride=cap))
    assert text == (
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode "
        "is PROVISIONED"
    )

    def override(units, **indexes):
        named = [
            {"IndexName": name, "ProvisionedThroughputOverride": {"ReadCapacityUnits": one}}
            for name, one in indexes.items()
        ]
        own = {"ProvisionedThroughputOverride": {"ReadCapacityUnits": units}} if units else {}
        replicated.ask(EAST, update(WEST, GlobalSecondaryIndexes=named, **own))
        replicated.until(WEST, "ACTIVE")

    override(10, one=6, two=7)
    assert reads(replicated, WEST) == (10, 6, 7)
    assert reads(replicated, EAST) == (5, 5, 5)
    # Indexes that are not named keep theirs; what equals the table's is none (recorded).
    override(None, one=8)
    assert reads(replicated, WEST) == (10, 8, 7)
    override(5, one=5)
    assert reads(replicated, WEST) == (5, 5, 7)
    shown = replicated.replica(WEST)
    assert "ProvisionedThroughputOverride" not in shown
    assert shown["GlobalSecondaryIndexes"] == [
        {"IndexName": "two", "ProvisionedThroughputOverride": {"ReadCapacityUnits": 7}}
    ]


def reads(replicated, region):
    table = replicated.table(region)
    indexes = {one["IndexName"]: one for one in table["GlobalSecondaryIndexes"]}
    shown = (table, indexes["one"], indexes["two"])
    return tuple(one["ProvisionedThroughput"]["ReadCapacityUnits"] for one in shown)


def test_each_replica_has_a_key_of_its_own_region(replicated, invalid):
    key = "arn:aws:kms:us-east-1:000000000000:key/of-east"
    replicated.create(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    assert invalid(replicated.ask, EAST, create(WEST)) == EACH_KEY
    text = invalid(replicated.ask, EAST, create(WEST, KMSMasterKeyId="alias/aws/dynamodb"))
    assert text == (
        f"{PREFIX}All replica keys must either be Customer Managed CMK or AWS Managed CMK."
    )
    text = invalid(replicated.ask, EAST, create(WEST, KMSMasterKeyId=key))
    assert text.startswith(f"KMS validation error for region {WEST}: ")
    replicated.add(WEST, KMSMasterKeyId="of-west")
    expected = "arn:aws:kms:eu-west-1:000000000000:key/of-west"
    assert replicated.replica(WEST)["KMSMasterKeyId"] == expected
    assert replicated.table(WEST)["SSEDescription"]["KMSMasterKeyArn"] == expected
    assert replicated.replica(EAST, seen_from=WEST)["KMSMasterKeyId"] == key
