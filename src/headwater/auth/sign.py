"""Signature Version 4 of a request that a node sends: what auth/verify.py checks on the other side.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from collections.abc import Mapping

from headwater.auth.keys import AccessKey
from headwater.auth.verify import Signed, canonical_request, signature_of, stamp_of


def signed_headers(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    key: AccessKey,
    region: str,
    service: str,
    now_ms: int,
) -> dict[str, str]:
    """`headers` with those that sign the request.

    url      target as it is sent: path and query, encoded
    headers  names in lower case; host is among them; all of them are signed
    service  the signing name
    """
    stamp = stamp_of(now_ms // 1000)
    signed = {**headers, "x-amz-date": stamp}
    if key.token:
        signed["x-amz-security-token"] = key.token
    names = ";".join(sorted(signed))
    raw = {name.encode("latin-1"): value.encode("latin-1") for name, value in signed.items()}
    canonical = canonical_request(Signed(method, url, raw, body, service), names, presigned=False)
    scope = f"{key.id}/{stamp[:8]}/{region}/{service}/aws4_request"
    signature = signature_of(canonical, stamp, key, region, service)
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
    )
    return signed
