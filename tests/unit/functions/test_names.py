"""The forms in which a function may be named. Source: the Lambda model; texts recorded from AWS."""

import pytest

from headwater.arns import Scope
from headwater.errors import AwsError, InvalidParameterValue, ResourceNotFound, Validation
from headwater.functions.names import parse_function_name

SCOPE = Scope("111122223333", "us-east-1")
ARN = "arn:aws:lambda:us-east-1:111122223333:function:on-order"


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [
        ("on-order", None),
        ("on-order:$LATEST", "$LATEST"),
        ("on-order:7", "7"),
        ("function:on-order", None),
        ("111122223333:function:on-order:live", "live"),
        ("us-east-1:111122223333:function:on-order", None),
        (ARN, None),
        (ARN + ":live", "live"),
        (ARN.replace("arn:aws:", "arn:aws-cn:"), None),
    ],
)
def test_every_form_names_the_function(text, qualifier):
    assert parse_function_name(SCOPE, text) == ("on-order", qualifier)


def test_the_qualifier_may_be_said_apart_and_must_not_contradict():
    assert parse_function_name(SCOPE, ARN, "live").qualifier == "live"
    assert parse_function_name(SCOPE, ARN + ":live", "live").qualifier == "live"
    with pytest.raises(InvalidParameterValue, match="derived qualifier from the function name"):
        parse_function_name(SCOPE, ARN + ":live", "other")


def trouble(text: str) -> AwsError:
    with pytest.raises(AwsError) as raised:
        parse_function_name(SCOPE, text)
    return raised.value


@pytest.mark.parametrize("text", ["", "a b", "a/b", "../a", "a:b:c:d", "ünder", "a\n", "$LATEST"])
def test_what_is_no_name(text):
    error = trouble(text)
    assert isinstance(error, Validation)
    assert error.message.startswith(
        f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)"
    )


def test_a_name_of_65_letters():
    assert parse_function_name(SCOPE, "n" * 64).name == "n" * 64
    error = trouble("n" * 65)
    assert isinstance(error, Validation)
    assert error.message == (
        f"1 validation error detected: Value '{'n' * 65}' at 'functionName' failed to satisfy "
        "constraint: Member must have length less than or equal to 64"
    )


def test_another_region_or_account():
    error = trouble(ARN.replace("us-east-1", "eu-west-1"))
    assert isinstance(error, ResourceNotFound)
    assert error.message == (
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    )
    error = trouble(ARN.replace("111122223333", "444455556666"))
    assert isinstance(error, ResourceNotFound)
