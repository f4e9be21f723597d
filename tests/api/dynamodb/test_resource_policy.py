"""Resource policies of tables and streams: kept, answered, and held to their revisions.

Source: AWS, API reference, PutResourcePolicy (20 KB, ExpectedRevisionId, NO_POLICY),
GetResourcePolicy, DeleteResourcePolicy (idempotent), CreateTable (ResourcePolicy).
"""

import json

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table

STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "000000000000"},
    "Action": "dynamodb:GetItem",
    "Resource": "*",
}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
OTHER = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT | {"Sid": "other"}]})


@pytest.fixture
def table(node, table_name):
    """(client, the table's description) of a table with a stream."""
    dynamodb = node.client("dynamodb")
    made = create_table(dynamodb, table_name, view="KEYS_ONLY")
    yield dynamodb, made
    dynamodb.delete_table(TableName=table_name)


def code(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


@pytest.mark.parametrize("which", ["TableArn", "LatestStreamArn"])
def test_a_policy_is_kept_with_a_table_and_with_a_stream(table, which):
    dynamodb, made = table
    arn = made[which]
    assert code(dynamodb.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"
    revision = dynamodb.put_resource_policy(ResourceArn=arn, Policy=POLICY)["RevisionId"]
    found = dynamodb.get_resource_policy(ResourceArn=arn)
    assert (found["Policy"], found["RevisionId"]) == (POLICY, revision)
    assert dynamodb.delete_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    assert "RevisionId" not in dynamodb.delete_resource_policy(ResourceArn=arn)


def test_a_change_can_be_tied_to_the_revision_it_replaces(table):
    dynamodb, made = table
    arn = made["TableArn"]
    put = dynamodb.put_resource_policy
    first = put(ResourceArn=arn, Policy=POLICY, ExpectedRevisionId="NO_POLICY")["RevisionId"]
    assert (
        code(put, ResourceArn=arn, Policy=OTHER, ExpectedRevisionId="NO_POLICY")
        == "PolicyNotFoundException"
    )
    second = put(ResourceArn=arn, Policy=OTHER, ExpectedRevisionId=first)["RevisionId"]
    assert second != first
    delete = dynamodb.delete_resource_policy
    assert code(delete, ResourceArn=arn, ExpectedRevisionId=first) == "PolicyNotFoundException"
    delete(ResourceArn=arn, ExpectedRevisionId=second)


def test_what_is_no_policy_or_no_resource_is_refused(table):
    dynamodb, made = table
    arn = made["TableArn"]
    put = dynamodb.put_resource_policy
    assert code(put, ResourceArn=arn, Policy="not json") == "ValidationException"
    large = json.dumps({"x": "y" * 20 * 1024})
    assert code(put, ResourceArn=arn, Policy=large) == "ValidationException"
    assert code(put, ResourceArn="nothing", Policy=POLICY) == "ValidationException"
    assert code(put, ResourceArn=arn + "-no", Policy=POLICY) == "ResourceNotFoundException"


def test_a_table_is_made_with_a_policy_and_takes_it_along_when_it_goes(node, table_name):
    dynamodb = node.client("dynamodb")
    keys = {
        "TableName": table_name,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    arn = dynamodb.create_table(ResourcePolicy=POLICY, **keys)["TableDescription"]["TableArn"]
    assert dynamodb.get_resource_policy(ResourceArn=arn)["Policy"] == POLICY
    dynamodb.delete_table(TableName=table_name)
    dynamodb.create_table(**keys)
    assert code(dynamodb.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"
    dynamodb.delete_table(TableName=table_name)


def test_contributor_insights_are_settings_that_are_kept(table):
    """Source: AWS, API reference, UpdateContributorInsights, Describe..., List..."""
    dynamodb, made = table
    name = made["TableName"]
    describe = dynamodb.describe_contributor_insights
    assert describe(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    answer = dynamodb.update_contributor_insights(
        TableName=name, ContributorInsightsAction="ENABLE"
    )
    assert answer["ContributorInsightsStatus"] == "ENABLING"
    assert describe(TableName=name)["ContributorInsightsStatus"] == "ENABLED"
    summaries = dynamodb.list_contributor_insights(TableName=name)
    assert [one["TableName"] for one in summaries["ContributorInsightsSummaries"]] == [name]
    dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="DISABLE")
    assert describe(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    missing = {"TableName": name, "IndexName": "none"}
    assert code(describe, **missing) == "ResourceNotFoundException"


def test_contributor_insights_are_listed_page_by_page(node, table_name):
    """Source: AWS, API reference, ListContributorInsights: MaxResults and NextToken."""
    dynamodb = node.client("dynamodb")
    index = {
        "IndexName": "by-b",
        "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamodb.create_table(
        TableName=table_name,
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("a", "b")],
        GlobalSecondaryIndexes=[index],
        BillingMode="PAY_PER_REQUEST",
    )
    named = {"TableName": table_name}
    for params in (named, {**named, "IndexName": "by-b"}):
        dynamodb.update_contributor_insights(**params, ContributorInsightsAction="ENABLE")
    first = dynamodb.list_contributor_insights(**named, MaxResults=1)
    assert [one.get("IndexName") for one in first["ContributorInsightsSummaries"]] == [None]
    rest = dynamodb.list_contributor_insights(**named, NextToken=first["NextToken"])
    assert [one["IndexName"] for one in rest["ContributorInsightsSummaries"]] == ["by-b"]
    assert "NextToken" not in rest
    with pytest.raises(ClientError, match="Invalid NextToken"):
        dynamodb.list_contributor_insights(**named, NextToken="made up")
