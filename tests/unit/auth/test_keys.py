"""The credentials file: AWS's own form, and a message for every way to get it wrong.

Source: AWS, SDKs and Tools Reference Guide, "Shared config and credentials files".
"""

import pytest

from headwater.auth.keys import AccessKey, load_keys
from headwater.errors import StartupError

GOOD = """
[orders]
aws_access_key_id = AKIAORDERS
aws_secret_access_key = s3cret
aws_account_id = 111122223333

[old]
aws_access_key_id = 444455556666
aws_secret_access_key = other

[plain]
aws_access_key_id = AKIAPLAIN
aws_secret_access_key = %with%signs
"""


def test_a_key_belongs_to_the_account_that_is_said_or_that_it_is_itself(tmp_path):
    path = tmp_path / "credentials"
    path.write_text(GOOD)
    keys = load_keys(path)
    assert keys.find("AKIAORDERS") == AccessKey("AKIAORDERS", "s3cret", "111122223333")
    assert keys.find("444455556666") == AccessKey("444455556666", "other", "444455556666")
    assert keys.find("AKIAPLAIN") == AccessKey("AKIAPLAIN", "%with%signs", "000000000000")
    assert keys.find("nobody") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no credentials"),
        ("just words", "not a credentials file: line 1 cannot be read"),
        ("[a]\naws_access_key_id = A\ns3cret", "not a credentials file: line 3 cannot be read"),
        (GOOD + "[old]", "not a credentials file: line 14 cannot be read"),
        ("[a]\naws_access_key_id = A", r"\[a\] .* has no aws_secret_access_key"),
        ("[a]\naws_secret_access_key = A", r"\[a\] .* has no aws_access_key_id"),
        (GOOD + "role_arn = x", r"\[plain\] .* has role_arn, which means nothing here"),
        (GOOD.replace("111122223333", "1111"), "an account is 12 digits"),
        (GOOD.replace("AKIAPLAIN", "AKIAORDERS"), "has AKIAORDERS twice"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, why):
    path = tmp_path / "credentials"
    path.write_text(text)
    with pytest.raises(StartupError, match=why):
        load_keys(path)


def test_a_file_that_cannot_be_read_is_not_repeated(tmp_path):
    """What is said goes to logs."""
    path = tmp_path / "credentials"
    for text in ("aws_secret_access_key = s3cret", "[a]\naws_secret_access_key s3cret"):
        path.write_text(text)
        with pytest.raises(StartupError) as refused:
            load_keys(path)
        assert "s3cret" not in str(refused.value)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(StartupError, match="cannot read the credentials in"):
        load_keys(tmp_path / "none")
