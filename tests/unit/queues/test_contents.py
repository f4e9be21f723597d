"""Bodies and attributes: what is taken, how much it counts, and their digests to the letter."""

from base64 import b64encode

import pytest

from headwater.errors import InvalidMessageContents, InvalidParameterValue, MissingParameter
from headwater.queues.contents import (
    asked_attributes,
    attributes_digest,
    body_digest,
    check_attributes,
    check_body,
    size_bytes,
)


def binary(data: bytes, kind: str = "Binary") -> dict[str, str]:
    return {"DataType": kind, "BinaryValue": b64encode(data).decode()}


def string(value: str, kind: str = "String") -> dict[str, str]:
    return {"DataType": kind, "StringValue": value}


def test_digests_are_those_of_an_answer_of_aws():
    # AWS CLI reference, examples of `sqs send-message`: the digests are printed shortened, and the
    # binary value is what the tool of then made of "Hello, World!".
    attributes = {
        "Population": string("1250800", "Number"),
        "City": string("Any City"),
        "Greeting": binary(b64encode(b"Hello, World!")),
    }
    digest = attributes_digest(attributes)
    assert (digest[:8], digest[-8:]) == ("00484c68", "59e48f06")
    digest = body_digest("Information about the largest city in Any Region.")
    assert (digest[:8], digest[-8:]) == ("51b0a325", "39163aa0")


def test_an_attribute_counts_with_name_type_and_value():
    # 5 bytes of body ("ü" is two), and 3 + 6 + 4 and 1 + 10 + 2 of attributes
    attributes = {"bin": binary(b"\0\1\2\3"), "n": string("17", "Number.int")}
    assert size_bytes("süß", attributes) == 5 + 13 + 13


@pytest.mark.parametrize("body", ["x", "\t\r\n", "ü", "\ud7ff\ue000\ufffd", "\U0001f600"])
def test_what_xml_allows_is_a_body(body):
    check_body(body)


@pytest.mark.parametrize("body", ["\x00", "a\x08", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_forbids_is_none(body):
    with pytest.raises(InvalidMessageContents, match=f"#x{ord(body[-1]):X}'"):
        check_body(body)


def test_an_empty_body_is_a_missing_one():
    with pytest.raises(MissingParameter, match="must contain the parameter MessageBody"):
        check_body("")


@pytest.mark.parametrize(
    ("name", "attribute", "text"),
    [
        # Texts from reports of AWS's answers, where they are told there; else in the same words.
        ("piyo", string(""), "'piyo' must contain a non-empty value of type 'String'"),
        ("a", binary(b""), "'a' must contain a non-empty value of type 'Binary'"),
        ("a", string("x", "Text"), "type of message (user) attribute 'a' is invalid"),
        ("a", string("x", "Binary"), "'a' with type 'Binary' must use field 'BinaryValue'"),
        ("a", binary(b"x", "String"), "'a' with type 'String' must use field 'StringValue'"),
        ("a", string("x", "Number"), "'a' to a number"),
        ("a.", string("x"), "name 'a.' is invalid"),
        ("a..b", string("x"), "name 'a..b' is invalid"),
        ("AWS.a", string("x"), "name 'AWS.a' is invalid"),
        ("a b", string("x"), "name 'a b' is invalid"),
        ("a" * 257, string("x"), "is invalid"),
    ],
)
def test_an_attribute_that_is_not_one(name, attribute, text):
    with pytest.raises(InvalidParameterValue) as caught:
        check_attributes({name: attribute})
    assert text in caught.value.message


def test_ten_attributes_and_types_of_ones_own():
    check_attributes({f"a.{number}": string("1", f"Number.{number}") for number in range(10)})
    with pytest.raises(InvalidParameterValue, match=r"\[11\] exceeds the allowed maximum \[10\]"):
        check_attributes({f"a{number}": string("1") for number in range(11)})


@pytest.mark.parametrize(
    ("names", "given"),
    [
        ((), []),
        (("All",), ["city", "shop.id", "shop.name"]),
        ((".*",), ["city", "shop.id", "shop.name"]),
        (("shop.*",), ["shop.id", "shop.name"]),
        (("city", "nothing"), ["city"]),
    ],
)
def test_attributes_are_asked_for_by_name_and_prefix(names, given):
    attributes = {name: string("x") for name in ("city", "shop.id", "shop.name")}
    assert list(asked_attributes(attributes, names)) == given
