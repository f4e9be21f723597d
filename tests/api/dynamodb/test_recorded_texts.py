"""What the calls that manage tables refuse, in AWS's words.

Every text here is an answer of AWS that was recorded in October 2026 (two regions gave the same).
"""

import pytest

OMP = "One or more parameter values were invalid: "
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
ON = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 6}
WARM = {"ReadUnitsPerSecond": 13_000, "WriteUnitsPerSecond": 4_001}
DEFINED = [{"AttributeName": "pk", "AttributeType": "S"}]
NEW = {
    "IndexName": "new",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
MAKING = {"AttributeDefinitions": DEFINED, "GlobalSecondaryIndexUpdates": [{"Create": NEW}]}
KEYED = {
    "TableName": "refused",
    "KeySchema": NEW["KeySchema"],
    "AttributeDefinitions": DEFINED,
    "BillingMode": "PAY_PER_REQUEST",
}


def alone(name):
    return f"{OMP}{name} modification must be the only operation in the request"


def update_of(name="idx", **fields):
    return {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": name, **fields}}]}


ON_DEMAND = [
    ({"SSESpecification": {"Enabled": True}, "DeletionProtectionEnabled": True},
     alone("Server-Side Encryption")),
    ({"SSESpecification": {"Enabled": True}, "TableClass": "STANDARD"},
     alone("Server-Side Encryption")),
    ({"TableClass": "STANDARD", "DeletionProtectionEnabled": True}, alone("TableClass")),
    ({"DeletionProtectionEnabled": True, "BillingMode": "PAY_PER_REQUEST"},
     alone("DeletionProtection")),
    ({"OnDemandThroughput": {"MaxReadRequestUnits": 5}, "DeletionProtectionEnabled": True},
     alone("DeletionProtection")),
    ({"WarmThroughput": WARM, "BillingMode": "PAY_PER_REQUEST"},
     f"{OMP}WarmThroughput must be the only operation in the request"),
    ({"OnDemandThroughput": {"MaxReadRequestUnits": 5}, "StreamSpecification": STREAM},
     f"{OMP}OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"),
    ({"StreamSpecification": STREAM, **MAKING},
     f"{OMP}You cannot create or delete index while changing stream status"),
    ({"WarmThroughput": WARM, **MAKING},
     f"{OMP}Create global secondary index cannot be specified when updating WarmThroughput"),
    ({"SSESpecification": {"Enabled": False}}, f"{OMP}Table is already encrypted by default"),
    ({"StreamSpecification": {"StreamEnabled": True}},
     f"{OMP}If stream is being enabled then UpdateViewType is required"),
    ({"StreamSpecification": {**STREAM, "StreamEnabled": False}},
     f"{OMP}If stream is being disabled, then UpdateViewType must not be specified"),
    ({"ProvisionedThroughput": ON},
     f"{OMP}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
     "PAY_PER_REQUEST"),
    ({"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
     f"{OMP}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid "
     "range"),
    ({"WarmThroughput": {"ReadUnitsPerSecond": 100}},
     f"{OMP}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current "
     "WarmThroughput, decreasing WarmThroughput is not supported"),
    (update_of(),
     f"{OMP}The only Updates for index: idx when TableThroughputMode is PAY_PER_REQUEST can be to "
     "OnDemandThroughput, WarmThroughput"),
    (update_of(ProvisionedThroughput=ON),
     f"{OMP}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: idx when "
     "BillingMode is PAY_PER_REQUEST"),
    (update_of(WarmThroughput={}),
     f"{OMP}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond "
     "specified for index: idx"),
    ({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "near"}}]},
     "Cannot delete an index that is not a GlobalSecondaryIndex: near"),
    ({"GlobalSecondaryIndexUpdates": [{"Create": NEW}]},
     f"{OMP}AttributeDefinitions is not specified for index: new"),
    ({"GlobalSecondaryIndexUpdates": [{"Create": NEW, "Delete": {"IndexName": "idx"}}]},
     f"{OMP}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
     "object"),
    ({"GlobalSecondaryIndexUpdates": [], "DeletionProtectionEnabled": True},
     f"{OMP}List of GlobalSecondaryIndexUpdates is empty"),
    ({"TableClass": "COLD"},
     "Invalid table-class parameter provided. Please try again with a valid table-class value: "
     "[STANDARD, STANDARD_INFREQUENT_ACCESS]."),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "text"), ON_DEMAND)
def test_an_update_of_a_table_on_demand(bare, make_table, invalid, asked, text):
    name = make_table("pk", "sk", indexes={"idx": "x"}, local={"near": "y"})
    assert invalid(bare.update_table, TableName=name, **asked) == text


def test_an_index_that_is_not_there_is_named_with_its_table(dynamodb, make_table, refusal):
    name = make_table("pk")
    asked = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "ghost"}}]}
    assert refusal(dynamodb.update_table, TableName=name, **asked) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Index ghost for table {name}",
    )


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            {"ProvisionedThroughput": ON, "StreamSpecification": STREAM},
            f"{OMP}You cannot modify stream status while updating table IOPS",
        ),
        (
            {"ProvisionedThroughput": ON, **MAKING},
            f"{OMP}You cannot create or delete index while updating table IOPS",
        ),
        (
            {"OnDemandThroughput": {"MaxWriteRequestUnits": 5}},
            f"{OMP}MaxWriteRequestUnits for OnDemandThroughput cannot be specified when the table "
            "BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 4}},
            "1 validation error detected: Value null at 'provisionedThroughput.writeCapacityUnits' "
            "failed to satisfy constraint: Member must not be null",
        ),
    ],
)
def test_an_update_of_a_provisioned_table(bare, make_table, invalid, asked, text):
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    name = make_table("pk", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert invalid(bare.update_table, TableName=name, **asked) == text


def test_what_goes_with_a_billing_mode_is_changed_together(dynamodb, make_table):
    name = make_table("pk")
    caps = {"MaxReadRequestUnits": 5}
    dynamodb.update_table(TableName=name, BillingMode="PAY_PER_REQUEST", OnDemandThroughput=caps)
    dynamodb.update_table(TableName=name, BillingMode="PAY_PER_REQUEST", StreamSpecification=STREAM)
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["OnDemandThroughput"]["MaxReadRequestUnits"] == 5
    assert table["StreamSpecification"] == STREAM


CREATED = [
    ({"AttributeDefinitions": []},
     "Invalid KeySchema: Some index key attribute have no definition"),
    ({"AttributeDefinitions": DEFINED * 2}, "Attribute Name is duplicated: pk"),
    ({"TableClass": "COLD"},
     "Invalid table-class parameter provided. Please try again with a valid table-class value: "
     "[STANDARD, STANDARD_INFREQUENT_ACCESS]."),
    ({"SSESpecification": {"Enabled": False, "SSEType": "KMS"}},
     f"{OMP}SSEType can not be specified if Enabled is false"),
    ({"SSESpecification": {"Enabled": False, "KMSMasterKeyId": "alias/x"}},
     f"{OMP}KMSMasterKeyId can not be specified if Enabled is false"),
    ({"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "alias/x"}},
     f"{OMP}SSEType KMS is required if KMSMasterKeyId is specified"),
    ({"SSESpecification": {"Enabled": True, "SSEType": "AES256"}},
     f"{OMP}SSEType AES256 is not supported"),
    ({"StreamSpecification": {"StreamEnabled": True}},
     f"{OMP}Table is being created with a stream enabled, UpdateViewType is required"),
    ({"OnDemandThroughput": {"MaxReadRequestUnits": -1}},
     f"{OMP}Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid "
     "range"),
    ({"GlobalSecondaryIndexes": [{**NEW, "OnDemandThroughput": {"MaxReadRequestUnits": 0}}]},
     f"{OMP}Requested MaxReadRequestUnits for OnDemandThroughput for index : new is outside of "
     "valid range"),
    ({"GlobalSecondaryIndexes": [
        {**NEW, "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["z", "z"]}}]},
     f"{OMP}Duplicate element in NonKeyAttributes: z"),
    ({"Tags": [{}]}, "The Tag Key provided is invalid, Key: null"),
    ({"Tags": [{"Key": f"k{number}", "Value": ""} for number in range(51)]},
     "Number of Tags exceed the current limit for the provided ResourceArn"),
    ({"ResourcePolicy": "{}"},
     f"{OMP}Invalid policy document: Syntax error at position (1,3)"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "text"), CREATED)
def test_a_table_that_cannot_be(bare, invalid, refusal, asked, text):
    assert invalid(bare.create_table, **{**KEYED, **asked}) == text
    code, _ = refusal(bare.describe_table, TableName="refused")
    assert code == "ResourceNotFoundException", "nothing was made"


POLICIES = [
    ("", "This policy contains invalid Json"),
    ("[]", "This policy contains invalid Json"),
    ("null", "This text appears not to be a policy"),
    ('{"Version":"2012-10-17","Statement":[{}]}', "Missing required field Effect"),
    ('{"Version":"2012-10-17","Statement":[]}',
     "Could not parse the policy: Statement is empty!"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "text"), POLICIES)
def test_a_text_that_is_no_policy(bare, make_table, invalid, policy, text):
    arn = bare.describe_table(TableName=make_table("pk"))["Table"]["TableArn"]
    found = invalid(bare.put_resource_policy, ResourceArn=arn, Policy=policy)
    assert found == f"{OMP}Invalid policy document: {text}"


def test_where_a_policy_cannot_be(bare, make_table, invalid, refusal):
    name = make_table("pk")
    arn = bare.describe_table(TableName=name)["Table"]["TableArn"]
    get = bare.get_resource_policy
    assert refusal(get, ResourceArn=f"{arn}x") == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name}x not found",
    )
    label = "2026-01-01T00:00:00.000"
    assert refusal(get, ResourceArn=f"{arn}/stream/{label}") == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {label} not found for Table: {name}",
    )
    there = arn.replace("us-east-1", "eu-west-1")
    assert invalid(get, ResourceArn=there) == f"{OMP}Invalid resource Arn: {there}"
    foreign = arn.replace("000000000000", "111111111111")
    assert invalid(get, ResourceArn=foreign) == (
        "This action is only supported by accounts that match the resource owner’s account."
    )


def test_backups_restores_and_insights(bare, make_table, invalid, refusal):
    name = make_table("pk")
    arn = bare.describe_table(TableName=name)["Table"]["TableArn"]
    backup = f"{arn}/backup/01489173575360-b308cd7d"
    foreign = backup.replace("000000000000", "111111111111")
    assert invalid(bare.describe_backup, BackupArn=arn) == "Invalid Backup ARN"
    denied = ("AccessDeniedException", "Access is denied")
    assert refusal(bare.describe_backup, BackupArn=foreign) == denied
    assert refusal(bare.describe_table, TableName=arn.replace("0" * 12, "1" * 12)) == denied
    limits = {"TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1}
    assert invalid(bare.list_backups, **limits) == (
        f"{OMP}Time range lower bound must be less than or equal to upper bound"
    )
    recovery = {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 5}
    asked = {"TableName": name, "PointInTimeRecoverySpecification": recovery}
    assert invalid(bare.update_continuous_backups, **asked) == (
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
        "recovery."
    )
    restore, target = bare.restore_table_to_point_in_time, {"TargetTableName": f"{name}.new"}
    assert invalid(restore, SourceTableName=name, **target) == (
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
        "specified, but not both"
    )
    both = {"SourceTableName": name, "SourceTableArn": arn, "UseLatestRestorableTime": True}
    text = "Must provide exactly one of: sourceTableArn, sourceTableName"
    assert invalid(restore, **both, **target) == text
    assert refusal(bare.describe_contributor_insights, TableName=name, IndexName="ghost") == (
        "ResourceNotFoundException",
        f"Requested resource not found: Index: ghost not found for table: {name}",
    )
