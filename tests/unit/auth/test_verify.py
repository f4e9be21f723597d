"""Signatures that botocore makes are right, and everything else is not.

Oracle: botocore's own signer. Texts: as AWS answers them; five minutes of skew.
"""

from datetime import UTC, datetime
from unittest import mock
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.auth.keys import AccessKey, Keys
from headwater.auth.sign import signed_headers
from headwater.auth.verify import Signed, verify
from headwater.errors import IncompleteSignature, InvalidSignature, UnrecognizedClient

KEY = AccessKey("AKIATEST", "secret/with+signs", "111122223333")
KEYS = Keys([KEY])
NOW_S = 1_772_600_800
HOST = "127.0.0.1:8000"


def signed(
    body=b"{}",
    *,
    path="/",
    method="POST",
    service="dynamodb",
    at_s=NOW_S,
    secret=KEY.secret,
    headers=None,
    expires=None,
):
    """A request as botocore signs it at `at_s`, as the door would see it."""
    request = AWSRequest(
        method=method,
        url=f"http://{HOST}{path}",
        data=body,
        headers={"X-Amz-Target": "DynamoDB_20120810.ListTables", **(headers or {})},
    )
    credentials = Credentials(KEY.id, secret)
    made = datetime.fromtimestamp(at_s, UTC).replace(tzinfo=None)
    auth = (
        SigV4Auth(credentials, service, "eu-west-1")
        if expires is None
        else SigV4QueryAuth(credentials, service, "eu-west-1", expires=expires)
    )
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=made):
        auth.add_auth(request)
    prepared = request.prepare()
    found = {
        name.lower().encode(): value.encode() if isinstance(value, str) else value
        for name, value in prepared.headers.items()
    }
    found.setdefault(b"host", HOST.encode())
    url = prepared.url.removeprefix(f"http://{HOST}")
    return Signed(method, url, found, prepared.body or b"", service)


def test_a_right_signature_gives_the_keys_account_and_the_scopes_region():
    assert verify(signed(), KEYS, NOW_S * 1000) == Scope("111122223333", "eu-west-1")


def test_a_presigned_url_is_as_good_as_a_header_while_it_lasts():
    request = signed(expires=60)
    assert b"authorization" not in request.headers
    assert verify(request, KEYS, (NOW_S + 60) * 1000) == Scope("111122223333", "eu-west-1")
    with pytest.raises(InvalidSignature, match="Signature expired"):
        verify(request, KEYS, (NOW_S + 61) * 1000)


PATHS = st.lists(st.text(st.sampled_from("ab.~-_ %/:$é"), min_size=1, max_size=6), max_size=3)


@given(segments=PATHS, body=st.binary(max_size=50), name=st.text("ab c+&=é", max_size=5))
def test_any_path_query_and_body_that_botocore_signs_is_verified(segments, body, name):
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    request = signed(body, path=f"{path}?q={quote(name, safe='')}&a=1", method="PUT")
    assert verify(request, KEYS, NOW_S * 1000).region == "eu-west-1"


@pytest.mark.parametrize(
    "change",
    [
        {"body": b'{"Limit":1}'},
        {"method": "PUT"},
        {"url": "/?x=1"},
        {"headers": {b"x-amz-target": b"DynamoDB_20120810.DeleteTable"}},
        {"headers": {b"host": b"elsewhere:8000"}},
    ],
)
def test_what_was_changed_on_the_way_does_not_match(change):
    request = signed()
    if "headers" in change:
        change = {"headers": {**request.headers, **change["headers"]}}
    with pytest.raises(InvalidSignature, match="does not match the signature you provided"):
        verify(request._replace(**change), KEYS, NOW_S * 1000)


def test_another_secret_does_not_match():
    with pytest.raises(InvalidSignature, match="does not match"):
        verify(signed(secret="guessed"), KEYS, NOW_S * 1000)


def test_an_unknown_key_and_a_session_token_nobody_gave_are_not_recognized():
    with pytest.raises(UnrecognizedClient, match="security token included in the request"):
        verify(signed(), Keys([]), NOW_S * 1000)
    request = signed(headers={"X-Amz-Security-Token": "stale"})
    with pytest.raises(UnrecognizedClient):
        verify(request, KEYS, NOW_S * 1000)


def test_a_signature_is_good_for_five_minutes_before_and_after():
    request = signed()
    for offset_s in (-300, 300):
        assert verify(request, KEYS, (NOW_S + offset_s) * 1000)
    with pytest.raises(InvalidSignature) as late:
        verify(request, KEYS, (NOW_S + 301) * 1000)
    assert late.value.message == (
        "Signature expired: 20260304T050640Z is now earlier than 20260304T050641Z "
        "(20260304T051141Z - 5 min.)"
    )
    with pytest.raises(InvalidSignature, match="Signature not yet current"):
        verify(request, KEYS, (NOW_S - 301) * 1000)


def test_a_scope_of_another_service_or_day_is_told():
    request = signed(service="lambda")._replace(service="dynamodb")
    with pytest.raises(InvalidSignature, match="scoped to correct service: 'dynamodb'"):
        verify(request, KEYS, NOW_S * 1000)
    request = signed()
    headers = dict(request.headers)
    headers[b"x-amz-date"] = b"20260305T050640Z"
    with pytest.raises(InvalidSignature, match="Date in Credential scope does not match"):
        verify(request._replace(headers=headers), KEYS, NOW_S * 1000)


def test_a_date_of_another_form_is_told():
    request = signed()
    headers = {**request.headers, b"x-amz-date": b"yesterday"}
    with pytest.raises(IncompleteSignature, match="ISO-8601"):
        verify(request._replace(headers=headers), KEYS, NOW_S * 1000)


@given(body=st.binary(max_size=50), token=st.sampled_from(["", "token"]))
def test_what_a_node_signs_is_verified_and_is_what_botocore_signs(body, token):
    key = KEY._replace(token=token)
    headers = {"host": HOST, "content-type": "application/octet-stream"}
    path = "/_headwater/replication/apply"
    made = signed_headers("POST", path, headers, body, key, "eu-west-1", "headwater", NOW_S * 1000)
    raw = {name.encode(): value.encode() for name, value in made.items()}
    request = Signed("POST", path, raw, body, "headwater")
    scope = Scope("111122223333", "eu-west-1")
    assert verify(request, Keys([key]), NOW_S * 1000) == scope
    with pytest.raises(InvalidSignature):
        verify(request._replace(body=body + b"x"), Keys([key]), NOW_S * 1000)
