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
    more = [{"Key": "one-more", "Value": "v"}]
    text = "Number of Tags exceed the current limit for the provided ResourceArn"
    assert invalid(dynamodb.tag_resource, ResourceArn=arn, Tags=more) == text
    keys = [f"k{number}" for number in range(51)]
    assert invalid(dynamodb.untag_resource, ResourceArn=arn, TagKeys=keys) == text
    assert len(tags_of(dynamodb, arn)) == 50


LONG = "k" * 129


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ([("aws:x", "v")], "Tag Key cannot be prefixed with aws:, Key: aws:x"),
        ([("AWS:x", "v")], "Tag Key cannot be prefixed with aws:, Key: AWS:x"),
        ([(LONG, "v")], f"The Tag Key provided is invalid, Key: {LONG}"),
        ([("", "v")], "The Tag Key provided is invalid, Key: "),
        ([(None, "v")], "The Tag Key provided is invalid, Key: null"),
        ([("k", None)], "The Tag Value provided is invalid, Value: null"),
        ([("k", "v" * 257)], f"The Tag Value provided is invalid, Value: {'v' * 257}"),
        ([("a#b", "v")], "The Tag Key provided is invalid, Key: a#b"),
        *(
            ([("k", value)], f"The Tag Value provided is invalid, Value: {value}")
            for value in (
                "🔑",
                "100%",
                "a,b",
                "(x)",
                "a&b",
                "a*b",
                "a;b",
                "a?b",
                "a|b",
                "<a>",
                "~a",
            )
        ),
        (
            [("dup", "1"), ("dup", "2")],
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found dup",
        ),
    ],
)
def test_one_wrong_tag_refuses_all(bare, dynamodb, invalid, arn, tags, text):
    """Recorded, October 2026."""
    asked = [{"Key": "good", "Value": "v"}]
    for key, value in tags:
        members = {"Key": key, "Value": value}
        asked.append({name: given for name, given in members.items() if given is not None})
    assert invalid(bare.tag_resource, ResourceArn=arn, Tags=asked) == text
    assert tags_of(dynamodb, arn) == {}


@pytest.mark.parametrize(
    "text", ["ключ", "café", "表", " a b+c-d=e.f_g:h/i@j", "a\u00a0b", "k" * 128]
)
def test_letters_of_any_script_and_some_punctuation_make_a_tag(dynamodb, arn, text):
    """Recorded, October 2026."""
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": text, "Value": text}])
    assert tags_of(dynamodb, arn) == {text: text}


def test_what_is_no_table_has_no_tags(dynamodb, invalid, refusal, arn):
    """Recorded, October 2026."""
    listed = dynamodb.list_tags_of_resource
    omp = "One or more parameter values were invalid: "
    assert invalid(listed, ResourceArn="Orders") == f"{omp}ARNs must start with 'arn:': Orders"
    index = f"{arn}/index/idx"
    assert invalid(listed, ResourceArn=index) == (
        f"{omp}Invalid resource arn provided, only table or stream is accepted. Provided resource "
        f"arn: {index}"
    )
    backup = f"{arn}/backup/01489173575360-b308cd7d"
    text = f"{omp}Provided Arn is not a DynamoDB resource arn: {backup}"
    assert invalid(listed, ResourceArn=backup) == text
    there = arn.replace("us-east-1", "eu-west-1")
    text = f"Invalid TableArn: Invalid ResourceArn provided as input {there}"
    assert invalid(listed, ResourceArn=there) == text
    foreign = arn.replace("000000000000", "111111111111")
    assert refusal(listed, ResourceArn=foreign) == ("AccessDeniedException", "Access is denied")
    for missing in (f"{arn}-missing", f"{arn}/stream/2026-01-01T00:00:00.000"):
        found = refusal(listed, ResourceArn=missing)
        text = f"Requested resource not found: ResourceArn: {missing} not found"
        assert found == ("ResourceNotFoundException", text)


def test_a_token_that_no_page_gave_is_ignored(dynamodb, arn):
    """Recorded, October 2026."""
    assert dynamodb.list_tags_of_resource(ResourceArn=arn, NextToken="any")["Tags"] == []
