"""Who may see the admin pages of a node that asks for credentials: whoever has one of its keys.

HTTP's Basic scheme, access key and secret, because that is what curl, a browser and a metrics
scraper can send without a signer. Source: RFC 7617.
"""

from base64 import b64decode
from binascii import Error
from hmac import compare_digest

from headwater.auth.keys import Keys

CHALLENGE = 'Basic realm="headwater: access key and secret", charset="UTF-8"'


def is_known(authorization: bytes | None, keys: Keys) -> bool:
    """Whether an Authorization header holds a known key and its secret.

    >>> from headwater.auth.keys import AccessKey
    >>> keys = Keys([AccessKey("AKIA", "s3cret", "111122223333")])
    >>> is_known(b"Basic QUtJQTpzM2NyZXQ=", keys), is_known(b"Basic QUtJQTo=", keys)
    (True, False)
    """
    scheme, _, encoded = (authorization or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return False
    try:
        key_id, _, secret = b64decode(encoded, validate=True).partition(b":")
    except Error:
        return False
    key = keys.find(key_id.decode("utf-8", "replace"))
    return key is not None and compare_digest(key.secret.encode(), secret)
