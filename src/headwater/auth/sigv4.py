"""Who asks, and in which region: the credential part of a Signature Version 4.

The account is the access key if that is 12 digits, else 000000000000; the region is that of the
credential scope. The form of the signature is checked as AWS checks it. Whether it is right is
not: this file knows no secrets.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html; texts as AWS
answers them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from headwater.arns import DEFAULT_ACCOUNT, Scope
from headwater.errors import IncompleteSignature, InvalidSignature, MissingAuthenticationToken

_ALGORITHM: Final = b"AWS4-HMAC-SHA256"
_ACCOUNT: Final = re.compile(r"[0-9]{12}", re.ASCII)
# Any word will do as a region ("local", "eu-west-9"): it names a world and nothing else.
_REGION: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,31}", re.ASCII)
_QUERY_PARAMETERS: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)
_CACHED_CREDENTIALS_MAX: Final = 4096


class Identity(NamedTuple):
    """What a signed request says of its sender."""

    scope: Scope
    access_key: str


# One entry for each access key, day, region and service: a handful in any real use.
_cache: dict[bytes, Identity] = {}


def identify(
    headers: Mapping[bytes, bytes], query: Mapping[str, Sequence[str]] | None = None
) -> Identity:
    """The sender of a request.

    headers  names in lower case
    query    of a presigned request, decoded; None or without X-Amz-Algorithm: look at headers
    Raises MissingAuthenticationToken, IncompleteSignature or InvalidSignature.
    """
    header = headers.get(b"authorization")
    if query and "X-Amz-Algorithm" in query:
        if header is not None:
            raise InvalidSignature(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                "HTTP header."
            )
        return _from_query(query)
    if header is None:
        raise MissingAuthenticationToken("Request is missing Authentication Token")
    start = header.find(b"Credential=")
    end = header.find(b",", start)
    if start > 0 and end > 0 and header.startswith(_ALGORITHM):
        known = _cache.get(header[start + 11 : end])
        signed = b"SignedHeaders=" in header and b"Signature=" in header
        if known is not None and signed and b"x-amz-date" in headers:
            return known
    return _from_header(header, headers)


def _from_header(header: bytes, headers: Mapping[bytes, bytes]) -> Identity:
    """The unhurried way: says what is wrong, and remembers what is right."""
    if not header.startswith(_ALGORITHM):
        raise MissingAuthenticationToken("Request is missing Authentication Token")
    shown = header.decode("latin-1")
    parts = _parts(shown)
    missing = [
        f"Authorization header requires '{name}' parameter. "
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if b"x-amz-date" not in headers and b"date" not in headers:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        )
    if missing:
        raise IncompleteSignature("".join(missing) + f"Authorization={shown}")
    return _remember(parts["Credential"])


def _parts(header: str) -> dict[str, str]:
    """The key=value pairs behind the algorithm."""
    parts: dict[str, str] = {}
    for pair in header[len(_ALGORITHM) :].replace(",", " ").split():
        name, equals, value = pair.partition("=")
        if not equals:
            raise IncompleteSignature(
                f"'{pair}' not a valid key=value pair (missing equal-sign) in Authorization "
                f"header: '{header}'."
            )
        parts[name] = value
    return parts


def _from_query(query: Mapping[str, Sequence[str]]) -> Identity:
    missing = [
        f"AWS query-string parameters must include '{name}'. "
        for name in _QUERY_PARAMETERS
        if not query.get(name) or not query[name][-1]
    ]
    if missing:
        raise IncompleteSignature("".join(missing) + "Re-examine the query-string parameters.")
    return _remember(query["X-Amz-Credential"][-1])


def _remember(credential: str) -> Identity:
    identity = parse_credential(credential)
    if len(_cache) >= _CACHED_CREDENTIALS_MAX:
        # Nobody has this many keys; whoever makes them up pays for parsing them.
        _cache.clear()
    _cache[credential.encode("latin-1", "replace")] = identity
    return identity


def parse_credential(credential: str) -> Identity:
    """The parts of `AKID/20260304/us-east-1/dynamodb/aws4_request` that matter here.

    >>> parse_credential("111122223333/20260304/eu-west-1/dynamodb/aws4_request").scope
    Scope(account='111122223333', region='eu-west-1')
    """
    parts = credential.split("/")
    if len(parts) < 5:
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{credential}'"
        )
    # An access key may hold slashes of its own; the scope is always the last four.
    access_key = "/".join(parts[:-4])
    _, region, _, term = parts[-4:]
    faults = ""
    if _REGION.fullmatch(region) is None:
        faults += f"Credential should be scoped to a valid region, not '{region}'. "
    if term != "aws4_request":
        faults += (
            f"Credential should be scoped with a valid terminator: 'aws4_request', not '{term}'. "
        )
    if faults:
        raise InvalidSignature(faults)
    account = access_key if _ACCOUNT.fullmatch(access_key) else DEFAULT_ACCOUNT
    return Identity(Scope(account, region), access_key)
