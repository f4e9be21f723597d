"""STS's GetCallerIdentity: whose key a request is signed with, as boto3 asks for it.

Source: AWS, STS API reference, "GetCallerIdentity".
"""

import pytest
from botocore.exceptions import ClientError

CREDENTIALS = """
[orders]
aws_access_key_id = AKIAORDERS
aws_secret_access_key = orders-secret
aws_account_id = 111122223333
"""


def identity(client):
    told = client.get_caller_identity()
    return told["Account"], told["UserId"], told["Arn"]


def test_a_key_of_twelve_digits_is_its_account_and_others_have_the_first(node):
    for key, account in (("test", "000000000000"), ("444455556666", "444455556666")):
        sts = node.client("sts", aws_access_key_id=key)
        assert identity(sts) == (account, account, f"arn:aws:iam::{account}:root")


def test_a_key_that_is_known_is_told_its_account_and_another_is_refused(node_factory, tmp_path):
    path = tmp_path / "credentials"
    path.write_text(CREDENTIALS)
    node = node_factory("--credentials", str(path), in_memory=True)
    known = node.client(
        "sts", aws_access_key_id="AKIAORDERS", aws_secret_access_key="orders-secret"
    )
    assert identity(known)[0] == "111122223333"
    with pytest.raises(ClientError) as refused:
        node.client("sts").get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_keys_are_not_given_out(node):
    with pytest.raises(ClientError) as refused:
        node.client("sts").get_session_token()
    assert "does not support STS's GetSessionToken operation" in str(refused.value)
