"""TLS for the door: a certificate and its key, read once at the start."""

import ssl
from pathlib import Path

from headwater.errors import StartupError


def server_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """How connections are encrypted; None: they are not.

    certificate, key  PEM files; the certificate's may hold the chain up to its root
    Raises StartupError when one is given without the other, or they do not fit.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        given, missing = ("--tls-cert", "--tls-key") if key is None else ("--tls-key", "--tls-cert")
        raise StartupError(
            f"{given} is given without {missing}: a certificate and its key belong together. "
            f"Give both, or neither to answer without TLS."
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except OSError as trouble:  # ssl.SSLError is one
        raise StartupError(
            f"cannot use the certificate {certificate} with the key {key}: {trouble}. Both must be "
            "readable PEM files, and the key must be the certificate's."
        ) from None
    return context
