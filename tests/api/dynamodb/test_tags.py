"""TagResource, UntagResource, ListTagsOfResource.

Source: AWS, API reference; the texts, their spelling included, are recorded.
"""

import pytest


@pytest.fixture
def arn(dynamodb, make_table):
    return dynamodb.describe_table(TableName=make_table("pk"))["Table"]["TableArn"]


def tags_of(dynamodb, arn):
    listed = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_tags_are_given_changed_and_taken(dynamodb, arn):
    assert tags_of(dynamodb, arn) == {}
    dynamodb.tag_resource(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    )
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    assert tags_of(dynamodb, arn) == {"a": "2", "b": ""}
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["b", "never-there"])
    assert tags_of(dynamodb, arn) == {"a": "2"}


def test_no_tags_at_all_are_refused(dynamodb, invalid, arn):
    assert (
        invalid(dynamodb.tag_resource, ResourceArn=arn, Tags=[])
        == "Atleast one Tag needs to be provided as Input."
    )
    assert (
        invalid(dynamodb.untag_resource, ResourceArn=arn, TagKeys=[])
        == "Atleast one Tag Key needs to be provided as Input."
    )


def test_a_table_has_at_most_50_tags(dynamodb, invalid, arn):
    fifty = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    dynamodb.tag_resource(ResourceArn=arn, Tags=fifty)
    assert "50" in invalid(
        dynamodb.tag_resource, ResourceArn=arn, Tags=[{"Key": "one-more", "Value": "v"}]
    )
    assert len(tags_of(dynamodb, arn)) == 50


def test_what_is_no_table_has_no_tags(dynamodb, invalid, refusal, arn):
    assert (
        invalid(dynamodb.list_tags_of_resource, ResourceArn="Orders")
        == "Invalid TableArn: Invalid ResourceArn provided as input Orders"
    )
    missing = arn + "-missing"
    assert refusal(dynamodb.untag_resource, ResourceArn=missing, TagKeys=["k"]) == (
        "ResourceNotFoundException",
        f"Requested resource not found: ResourcArn: {missing} not found",
    )
    # Recorded by the public conformance suite; ResourceNotFoundException has been seen as well.
    code, text = refusal(dynamodb.list_tags_of_resource, ResourceArn=missing)
    assert code == "AccessDeniedException"
    assert text.endswith(f"dynamodb:ListTagsOfResource on resource: {missing}")
