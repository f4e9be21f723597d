"""What values settings may have, and what goes together. Everything here raises StartupError."""

import ipaddress
import re

from headwater.config.peers import ONE_WAY, peers_of
from headwater.config.settings import Settings, flag_name
from headwater.errors import StartupError
from headwater.moments import duration_ms
from headwater.urls import parts_of

_URL = re.compile(r"https?://[^\s/?#]+/?[^\s?#]*")
_ENDPOINTS = (
    "otlp_endpoint",
    "kinesis_endpoint",
    "sqs_endpoint",
    "sns_endpoint",
    "s3_endpoint",
)


def check(settings: Settings) -> None:
    """See that a node can be started with these settings."""
    _check_numbers(settings)
    _check_durations(settings)
    _check_endpoints(settings)
    _check_peers(settings)
    _check_callers(settings)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`.

    >>> [is_loopback(host) for host in ("localhost", "127.8.9.1", "::1", "0.0.0.0", "db.internal")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A name may resolve to anything, also later: it counts as reachable.
        return False


def _check_numbers(settings: Settings) -> None:
    for name in ("port", "console_port"):
        port = getattr(settings, name)
        if not 0 <= port <= 65535:
            raise StartupError(f"{flag_name(name)} {port} is not a port: give one from 0 to 65535.")
    partitions = settings.initial_partitions
    if partitions is not None and not 1 <= partitions <= 1000:
        raise StartupError(
            f"--initial-partitions {partitions} is out of range: give a number from 1 to 1000."
        )


def _check_durations(settings: Settings) -> None:
    if settings.shard_period != "0" and not duration_ms(settings.shard_period):
        raise StartupError(
            f"--shard-period {settings.shard_period!r} is not a duration: give one such as 4h or "
            "90m, or 0 for shards that never roll over."
        )
    if settings.status_delay != "0" and duration_ms(settings.status_delay) is None:
        raise StartupError(
            f"--status-delay {settings.status_delay!r} is not a duration: give one such as 5s, or "
            "0 for tables that can be used at once."
        )
    if settings.transaction_time != "0" and not duration_ms(settings.transaction_time):
        raise StartupError(
            f"--transaction-time {settings.transaction_time!r} is not a duration: give one such as "
            "50ms, or 0 for transactions that never meet."
        )


def _check_endpoints(settings: Settings) -> None:
    for name in _ENDPOINTS:
        url = getattr(settings, name)
        if url and not (_URL.fullmatch(url) and parts_of(url).hostname):
            raise StartupError(
                f"{flag_name(name)} {url!r} is not an endpoint: give a URL, such as "
                "http://localhost:4566 or https://kinesis.us-east-1.amazonaws.com."
            )
    if settings.s3_directory is not None and settings.s3_endpoint:
        raise StartupError(
            "--s3-directory and --s3-endpoint contradict each other: one keeps buckets in a "
            "directory, the other in an S3. Give one of them."
        )


def _check_peers(settings: Settings) -> None:
    """What is said of other regions goes together, and with the rest."""
    peers = peers_of(settings)
    nodes = [url for url in peers.values() if not url.startswith(ONE_WAY)]
    if settings.region in peers:
        raise StartupError(
            f"--peer names a node for region {settings.region}, which is this node's own (--region)"
            ". Leave it out, or give this node the region that it serves."
        )
    if settings.shared_db and peers:
        raise StartupError(
            "--shared-db and --peer contradict each other: one makes all regions one, the other "
            "replicates tables between them. Give one of them."
        )
    for name in ("peer_credentials", "peer_ca"):
        if getattr(settings, name) is not None and not nodes:
            raise StartupError(
                f"{flag_name(name)} is for requests between nodes, and no other node is named. "
                "Name each with --peer REGION=URL."
            )
    if settings.peer_ca is not None and not any(url.startswith("https") for url in nodes):
        raise StartupError(
            "--peer-ca is for peers that are reached with TLS, and none has an https:// URL. Give "
            "them one, or leave it out."
        )
    if nodes and settings.credentials and not settings.peer_credentials:
        raise StartupError(
            "--credentials and --peer need --peer-credentials FILE: this node answers only signed "
            "requests, and the file holds the keys that nodes of other regions sign with."
        )


def _check_callers(settings: Settings) -> None:
    """Whoever can reach a node is let in on purpose, or must sign."""
    open_to_all = settings.credentials is None and not settings.allow_anonymous
    if open_to_all and not is_loopback(settings.host):
        raise StartupError(
            f"will not listen on {settings.host}: other machines reach that address, and this node "
            "answers whoever reaches it, whatever their credentials. Listen on 127.0.0.1, say with "
            "--credentials FILE whose signatures count, or add --allow-anonymous if the network "
            "in front of it decides who gets through."
        )
    if settings.credentials is not None and settings.allow_anonymous:
        raise StartupError(
            "--credentials and --allow-anonymous contradict each other: one answers only those who "
            "sign with a known key, the other everybody. Give one of them."
        )
