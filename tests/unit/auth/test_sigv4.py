"""Who asks, in which region, and what AWS says when the credentials are not all there.

Texts: recorded answers of AWS, some of them in public reports that are named.
"""

import pytest

from headwater.arns import Scope
from headwater.auth import sigv4
from headwater.errors import (
    AwsError,
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
)

CREDENTIAL = "AKIDEXAMPLE/20260304/eu-west-1/dynamodb/aws4_request"
START = "AWS4-HMAC-SHA256 "
REST = ", SignedHeaders=host;x-amz-date, Signature=00"
DATE = {b"x-amz-date": b"20260304T050607Z"}
QUERY = {
    "X-Amz-Algorithm": ["AWS4-HMAC-SHA256"],
    "X-Amz-Credential": [CREDENTIAL],
    "X-Amz-Date": ["20260304T050607Z"],
    "X-Amz-SignedHeaders": ["host"],
    "X-Amz-Signature": ["00"],
}


def identify(header=None, query=None, **more):
    headers = dict(more.get("headers", DATE))
    if header is not None:
        headers[b"authorization"] = header.encode()
    return sigv4.identify(headers, query)


@pytest.mark.parametrize("separator", [", ", ",", "  ,  "])
def test_region_and_account_come_from_the_credential(separator):
    header = f"{START}Credential={CREDENTIAL}{REST.replace(', ', separator)}"
    for _ in range(2):  # the second time from what was remembered
        found = identify(header)
        assert found.scope == Scope("000000000000", "eu-west-1")
        assert found.access_key == "AKIDEXAMPLE"


@pytest.mark.parametrize(
    ("access_key", "account"),
    [
        ("111122223333", "111122223333"),
        ("11112222333", "000000000000"),
        ("1111222233334", "000000000000"),
        ("١١١١٢٢٢٢٣٣٣٣", "000000000000"),
        ("AKIA/with/slashes", "000000000000"),
    ],
)
def test_an_access_key_of_twelve_digits_is_the_account(access_key, account):
    credential = f"{access_key}/20260304/local/dynamodb/aws4_request"
    found = sigv4.parse_credential(credential)
    assert found == (Scope(account, "local"), access_key)


@pytest.mark.parametrize("header", [None, "", "hello", "Basic dGVzdDp0ZXN0", "Bearer x"])
def test_without_a_signature_the_token_is_missing(header):
    with pytest.raises(MissingAuthenticationToken) as caught:
        identify(header)
    assert caught.value.message == "Request is missing Authentication Token"


@pytest.mark.parametrize(
    ("header", "headers", "text"),
    [
        (
            START.strip(),
            {},
            "Authorization header requires 'Credential' parameter. Authorization header requires "
            "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "Authorization=AWS4-HMAC-SHA256",
        ),
        (
            f"{START}Credential={CREDENTIAL}, Signature=00",
            DATE,
            "Authorization header requires 'SignedHeaders' parameter. "
            f"Authorization={START}Credential={CREDENTIAL}, Signature=00",
        ),
        (
            f"{START}Credential={CREDENTIAL}{REST}",
            {},
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            f"Authorization={START}Credential={CREDENTIAL}{REST}",
        ),
        # Source: aws-sdk-go issue 289, an access key with a blank at its end.
        (
            f"{START}Credential=AKID /20150620/us-east-1/dynamodb/aws4_request{REST}",
            DATE,
            "'/20150620/us-east-1/dynamodb/aws4_request' not a valid key=value pair (missing "
            f"equal-sign) in Authorization header: '{START}Credential=AKID "
            f"/20150620/us-east-1/dynamodb/aws4_request{REST}'.",
        ),
        (
            f"{START}Credential=AKID/20150620/us-east-1{REST}",
            DATE,
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got 'AKID/20150620/us-east-1'",
        ),
    ],
)
def test_an_incomplete_signature_is_told_in_aws_s_words(header, headers, text):
    for _ in range(2):
        with pytest.raises(IncompleteSignature) as caught:
            identify(header, headers=headers)
        assert caught.value.message == text


def test_a_known_credential_does_not_excuse_what_else_is_missing():
    """The credential is remembered; the rest of the header is looked at each time."""
    whole = f"{START}Credential={CREDENTIAL}{REST}"
    identify(whole)
    for header, headers in ((whole.partition(", Sig")[0], DATE), (whole, {})):
        with pytest.raises(IncompleteSignature):
            identify(header, headers=headers)


@pytest.mark.parametrize(
    ("credential", "text"),
    [
        (
            "AKID/20260304/no region/dynamodb/aws4_request",
            "Credential should be scoped to a valid region, not 'no region'. ",
        ),
        (
            "AKID/20260304//dynamodb/aws3_request",
            "Credential should be scoped to a valid region, not ''. Credential should be scoped "
            "with a valid terminator: 'aws4_request', not 'aws3_request'. ",
        ),
    ],
)
def test_a_scope_that_is_none_is_an_invalid_signature(credential, text):
    with pytest.raises(InvalidSignature) as caught:
        sigv4.parse_credential(credential)
    assert caught.value.message == text


def test_a_presigned_request_carries_its_credential_in_the_query():
    assert identify(query=QUERY).scope == Scope("000000000000", "eu-west-1")


def test_a_presigned_request_must_carry_everything():
    query = {name: values for name, values in QUERY.items() if name != "X-Amz-Signature"}
    with pytest.raises(IncompleteSignature) as caught:
        identify(query=query)
    assert caught.value.message == (
        "AWS query-string parameters must include 'X-Amz-Signature'. "
        "Re-examine the query-string parameters."
    )


def test_a_request_is_signed_in_one_place():
    with pytest.raises(InvalidSignature, match=r"^Found both 'X-Amz-Algorithm' as a query-string"):
        identify(f"{START}Credential={CREDENTIAL}{REST}", QUERY)


def test_what_is_remembered_is_bounded():
    for number in range(sigv4._CACHED_CREDENTIALS_MAX + 10):
        header = f"{START}Credential=K{number}/20260304/local/dynamodb/aws4_request{REST}"
        assert identify(header).access_key == f"K{number}"
    assert len(sigv4._cache) <= sigv4._CACHED_CREDENTIALS_MAX


@pytest.mark.parametrize("text", ["Credential=", "Credential=,", "Credential", "é=ü", "=", ",,,"])
def test_nonsense_is_refused_and_never_a_crash(text):
    with pytest.raises(AwsError):
        identify(START + text)
