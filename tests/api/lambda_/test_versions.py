"""Versions and aliases. Texts recorded from AWS, or from the Lambda API reference."""

from collections import Counter

import pytest

VERSION = "def handler(event, context):\n    return {!r}\n"
ABOUT = (
    "import os\ndef handler(event, context):\n"
    "    return [os.environ['AWS_LAMBDA_FUNCTION_VERSION'], context.function_version,\n"
    "            context.invoked_function_arn]\n"
)


def recode(fn, source, **params):
    return fn.client.update_function_code(
        FunctionName=fn.name, ZipFile=fn.zipped({"app.py": source}), **params
    )


def test_a_version_keeps_the_code_and_settings_it_was_made_of(fn):
    fn.make(VERSION.format("one"), Description="first", Tags={"a": "b"})
    made = fn.client.publish_version(FunctionName=fn.name, Description="the first")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{fn.name}"
    assert (made["Version"], made["FunctionArn"]) == ("1", f"{arn}:1")
    assert made["Description"] == "the first"
    recode(fn, VERSION.format("two"))
    fn.client.update_function_configuration(FunctionName=fn.name, Timeout=9)
    assert fn.invoke() == "two"
    assert fn.invoke(Qualifier="1") == "one"
    assert fn.invoke(f"{arn}:1") == "one"
    found = fn.client.get_function(FunctionName=fn.name, Qualifier="1")
    assert (found["Configuration"]["Timeout"], found["Configuration"]["Version"]) == (3, "1")
    assert found["Tags"] == {"a": "b"}
    assert fn.answer(Qualifier="1")["ExecutedVersion"] == "1"


def test_nothing_new_is_published_where_nothing_has_changed(fn):
    fn.make(VERSION.format("one"))
    first = fn.client.publish_version(FunctionName=fn.name)
    assert fn.client.publish_version(FunctionName=fn.name)["Version"] == first["Version"] == "1"
    assert recode(fn, VERSION.format("two"), Publish=True)["Version"] == "2"
    listed = fn.client.list_versions_by_function(FunctionName=fn.name)["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", "1", "2"]
    code, text = fn.refusal(fn.client.publish_version, FunctionName=fn.name, CodeSha256="x")
    assert code == "InvalidParameterValueException"
    assert text.startswith("CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (")


def test_a_function_can_be_made_with_its_first_version(fn):
    fn.make(VERSION.format("one"), Publish=True)
    assert fn.invoke(Qualifier="1") == "one"
    listed = fn.client.list_functions(FunctionVersion="ALL")["Functions"]
    mine = [one["Version"] for one in listed if one["FunctionName"] == fn.name]
    assert mine == ["$LATEST", "1"]


def test_a_version_is_deleted_alone_and_its_number_is_not_given_again(fn):
    fn.make(VERSION.format("one"), Publish=True)
    fn.client.create_alias(FunctionName=fn.name, Name="live", FunctionVersion="1")
    code, text = fn.refusal(fn.client.delete_function, FunctionName=fn.name, Qualifier="1")
    assert code == "ResourceConflictException" and "live" in text
    fn.client.delete_alias(FunctionName=fn.name, Name="live")
    fn.client.delete_function(FunctionName=fn.name, Qualifier="1")
    code, text = fn.refusal(fn.client.invoke, FunctionName=fn.name, Qualifier="1")
    assert (code, text) == (
        "ResourceNotFoundException",
        f"Function not found: arn:aws:lambda:us-east-1:000000000000:function:{fn.name}:1",
    )
    assert fn.invoke() == "one"
    assert fn.client.publish_version(FunctionName=fn.name)["Version"] == "2"


def test_handlers_see_the_version_and_the_name_they_were_called_by(fn):
    fn.make(ABOUT, Publish=True)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{fn.name}"
    assert fn.invoke() == ["$LATEST", "$LATEST", arn]
    assert fn.invoke(Qualifier="1") == ["1", "1", f"{arn}:1"]
    fn.client.create_alias(FunctionName=fn.name, Name="live", FunctionVersion="1")
    assert fn.invoke(Qualifier="live") == ["1", "1", f"{arn}:live"]
    assert [one for one in fn.messages(pattern="START") if one.endswith("Version: 1\n")]


def test_an_alias_is_made_moved_listed_and_deleted(fn):
    fn.make(VERSION.format("one"), Publish=True)
    recode(fn, VERSION.format("two"), Publish=True)
    made = fn.client.create_alias(
        FunctionName=fn.name, Name="live", FunctionVersion="1", Description="d"
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["AliasArn"].endswith(f":function:{fn.name}:live")
    assert fn.invoke(Qualifier="live") == "one"
    moved = fn.client.update_alias(FunctionName=fn.name, Name="live", FunctionVersion="2")
    assert (moved["Description"], moved["FunctionVersion"]) == ("d", "2")
    assert moved["RevisionId"] != made["RevisionId"]
    assert fn.invoke(Qualifier="live") == "two"
    found = fn.client.get_alias(FunctionName=fn.name, Name="live")
    assert found["RevisionId"] == moved["RevisionId"]
    listed = fn.client.list_aliases(FunctionName=fn.name, FunctionVersion="2")["Aliases"]
    assert [one["Name"] for one in listed] == ["live"]
    assert fn.client.list_aliases(FunctionName=fn.name, FunctionVersion="1")["Aliases"] == []
    fn.client.delete_alias(FunctionName=fn.name, Name="live")
    code, text = fn.refusal(fn.client.get_alias, FunctionName=fn.name, Name="live")
    assert (code, text) == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {made['AliasArn']}",
    )


def test_an_alias_shares_its_events_between_two_versions(fn):
    fn.make(VERSION.format("one"), Publish=True)
    recode(fn, VERSION.format("two"), Publish=True)
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    fn.client.create_alias(
        FunctionName=fn.name, Name="live", FunctionVersion="1", RoutingConfig=routing
    )
    seen = Counter(fn.invoke(Qualifier="live") for _ in range(40))
    # Both at least once: one side alone would come up in 2 of 2**40 runs.
    assert set(seen) == {"one", "two"}
    fn.client.update_alias(FunctionName=fn.name, Name="live", RoutingConfig={})
    assert {fn.invoke(Qualifier="live") for _ in range(10)} == {"one"}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1, "3": 0.1}}},
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
        (
            {
                "FunctionVersion": "$LATEST",
                "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1}},
            },
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        ({"FunctionVersion": "7"}, "Function not found: "),
    ],
)
def test_what_an_alias_cannot_be(fn, params, text):
    fn.make(VERSION.format("one"), Publish=True)
    given = {"FunctionName": fn.name, "Name": "live", "FunctionVersion": "1"} | params
    assert fn.refusal(fn.client.create_alias, **given)[1].startswith(text)


def test_an_alias_that_is_there_and_one_that_has_changed(fn):
    fn.make(VERSION.format("one"), Publish=True)
    given = {"FunctionName": fn.name, "Name": "live", "FunctionVersion": "1"}
    arn = fn.client.create_alias(**given)["AliasArn"]
    assert fn.refusal(fn.client.create_alias, **given) == (
        "ResourceConflictException",
        f"Alias already exists: {arn}",
    )
    code, _ = fn.refusal(fn.client.update_alias, **given, RevisionId="old")
    assert code == "PreconditionFailedException"
