"""Is the signature right? Signature Version 4, in a header or a presigned URL.

A pure function of the request, the keys and the time. The payload is always the body as it came:
UNSIGNED-PAYLOAD and streaming signatures are S3's, and fail here as they fail on DynamoDB. Of the
headers, host has to be signed; AWS's page asks signers for all x-amz-*, but only a host that is
missing is refused (recorded), and there are signers that sign host and date alone.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html;
texts as AWS answers them (five minutes of skew: recorded in many public reports).
"""

import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote

from headwater.arns import Scope
from headwater.auth.keys import AccessKey, Keys
from headwater.errors import IncompleteSignature, InvalidSignature, UnrecognizedClient

SKEW_S: Final = 5 * 60
PRESIGNED_S_MAX: Final = 7 * 24 * 60 * 60
_BLANKS: Final = re.compile(r" +")
_STAMP: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_SIGNING_KEYS_MAX: Final = 1024


class Signed(NamedTuple):
    """A request as far as its signature covers it.

    url      target as it was sent: path and query, still encoded
    headers  names in lower case
    service  the signing name the request has to be for
    """

    method: str
    url: str
    headers: Mapping[bytes, bytes]
    body: bytes
    service: str


class _Claim(NamedTuple):
    """What the request says of its own signature."""

    credential: str
    signed_headers: str
    signature: str
    stamp: str
    presigned: bool
    lasts_s: int


# (secret, date, region, service) -> key. A key is good for a day.
_signing_keys: dict[tuple[str, str, str, str], bytes] = {}


def verify(request: Signed, keys: Keys, now_ms: int) -> Scope:
    """The scope the sender acts in.

    Raises UnrecognizedClient for a key that is not known, InvalidSignature for a wrong, early or
    late signature, IncompleteSignature for a header without a usable date. The parts have been
    found to be there by sigv4.identify.
    """
    claim = _claim(request)
    key_id, date, region, service, _ = claim.credential.rsplit("/", 4)
    key = keys.find(key_id)
    token = request.headers.get(b"x-amz-security-token", b"").decode("latin-1")
    if key is None or token != key.token:
        raise UnrecognizedClient("The security token included in the request is invalid.")
    _check_scope(claim, date, service, request.service)
    _check_time(claim, now_ms // 1000)
    signed = claim.signed_headers.split(";")
    if "host" not in signed:
        raise InvalidSignature(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )
    canonical = canonical_request(request, claim.signed_headers, presigned=claim.presigned)
    wanted = signature_of(canonical, claim.stamp, key, region, service)
    if not compare_digest(wanted, claim.signature):
        raise InvalidSignature(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service "
            "documentation for details."
        )
    return Scope(key.account, region)


def _claim(request: Signed) -> _Claim:
    query = dict(parse_qsl(request.url.partition("?")[2], keep_blank_values=True))
    if "X-Amz-Algorithm" in query:
        lasts = query.get("X-Amz-Expires", "")
        seconds = int(lasts) if lasts.isascii() and lasts.isdigit() else 0
        return _Claim(
            query["X-Amz-Credential"],
            query["X-Amz-SignedHeaders"],
            query["X-Amz-Signature"],
            _checked_stamp(query["X-Amz-Date"]),
            True,
            min(seconds, PRESIGNED_S_MAX),
        )
    header = request.headers[b"authorization"].decode("latin-1")
    parts = dict(
        pair.partition("=")[::2] for pair in header.partition(" ")[2].replace(",", " ").split()
    )
    stamp = request.headers.get(b"x-amz-date") or request.headers[b"date"]
    return _Claim(
        parts["Credential"],
        parts["SignedHeaders"],
        parts["Signature"],
        _checked_stamp(stamp.decode("latin-1")),
        False,
        0,
    )


def _checked_stamp(stamp: str) -> str:
    if _STAMP.fullmatch(stamp) is None:
        raise IncompleteSignature(
            "Date must be in ISO-8601 'basic format'. Got "
            f"'{stamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
    return stamp


def _check_scope(claim: _Claim, date: str, service: str, wanted: str) -> None:
    faults = ""
    if service != wanted:
        faults += f"Credential should be scoped to correct service: '{wanted}'. "
    if date != claim.stamp[:8]:
        faults += (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{date}' != '{claim.stamp[:8]}', from '{claim.stamp}'."
        )
    if faults:
        raise InvalidSignature(faults)


def _check_time(claim: _Claim, now_s: int) -> None:
    try:
        made_s = timegm(datetime.strptime(claim.stamp, "%Y%m%dT%H%M%SZ").timetuple())
    except ValueError:
        raise IncompleteSignature(
            f"Date must be in ISO-8601 'basic format'. Got '{claim.stamp}'."
        ) from None
    now = stamp_of(now_s)
    lasts_s = claim.lasts_s if claim.presigned else SKEW_S
    if made_s < now_s - lasts_s:
        minutes = f"{lasts_s // 60} min."
        earliest = stamp_of(now_s - lasts_s)
        raise InvalidSignature(
            f"Signature expired: {claim.stamp} is now earlier than {earliest} ({now} - {minutes})"
        )
    if made_s > now_s + SKEW_S:
        latest = stamp_of(now_s + SKEW_S)
        raise InvalidSignature(
            f"Signature not yet current: {claim.stamp} is still later than {latest} "
            f"({now} + {SKEW_S // 60} min.)"
        )


def stamp_of(epoch_s: int) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y%m%dT%H%M%SZ}"


def signature_of(canonical: str, stamp: str, key: AccessKey, region: str, service: str) -> str:
    """The signature of a canonical request, hexadecimal. stamp: its date, YYYYMMDDTHHMMSSZ"""
    date = stamp[:8]
    to_sign = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            stamp,
            f"{date}/{region}/{service}/aws4_request",
            sha256(canonical.encode("latin-1")).hexdigest(),
        )
    )
    secret = _signing_key(key.secret, date, region, service)
    return hmac_digest(secret, to_sign.encode(), "sha256").hex()


def canonical_request(request: Signed, signed_headers: str, *, presigned: bool) -> str:
    """The text that is signed, but for its hash."""
    path, _, query = request.url.partition("?")
    return "\n".join(
        (
            request.method,
            quote(_normal_path(path), safe="/~"),
            _canonical_query(query, presigned),
            "".join(f"{name}:{_header(request, name)}\n" for name in signed_headers.split(";")),
            signed_headers,
            sha256(request.body).hexdigest(),
        )
    )


def _normal_path(path: str) -> str:
    """Without empty and dot segments, as every service but S3 has it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if path.endswith("/") and kept else ""
    return "/" + "/".join(kept) + tail


def _canonical_query(query: str, presigned: bool) -> str:
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not (presigned and name == "X-Amz-Signature")
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def _header(request: Signed, name: str) -> str:
    value = request.headers.get(name.encode("latin-1"), b"").decode("latin-1")
    return _BLANKS.sub(" ", value.strip())


def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    known = _signing_keys.get((secret, date, region, service))
    if known is None:
        known = ("AWS4" + secret).encode()
        for part in (date, region, service, "aws4_request"):
            known = hmac_digest(known, part.encode(), "sha256")
        if len(_signing_keys) >= _SIGNING_KEYS_MAX:
            _signing_keys.clear()
        _signing_keys[secret, date, region, service] = known
    return known
