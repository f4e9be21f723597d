"""What the console is told before it starts, and what it refuses to start with."""

import argparse
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

ENDPOINT = "http://127.0.0.1:8000"
PORT = 8080
REGION = "us-east-1"


class OptionTrouble(Exception):
    """The console cannot start so; the text says why and what to give instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """endpoint: without a slash at the end. with_parent: end when standard input does."""

    endpoint: str = ENDPOINT
    host: str = "127.0.0.1"
    port: int = PORT
    region: str = REGION
    read_only: bool = False
    allow_anonymous: bool = False
    ca_file: str = ""
    with_parent: bool = False


def read_options(argv: Sequence[str]) -> Options:
    """The options of a command line, checked. Raises OptionTrouble."""
    given = _parser().parse_args(argv)
    options = Options(**vars(given))
    _check(options)
    return options


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`.

    >>> [is_loopback(host) for host in ("localhost", "127.8.9.1", "::1", "0.0.0.0", "box.internal")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is none
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/")


def _check(options: Options) -> None:
    if not _is_endpoint(options.endpoint):
        raise OptionTrouble(
            f"--endpoint {options.endpoint!r} is not an endpoint: give a URL such as {ENDPOINT}."
        )
    if not 0 <= options.port <= 65535:
        raise OptionTrouble(f"--port {options.port} is not a port: give one from 0 to 65535.")
    if not options.allow_anonymous and not is_loopback(options.host):
        raise OptionTrouble(
            f"will not listen on {options.host}: other machines reach that address, and whoever "
            "reaches the console can do what it can. Listen on 127.0.0.1, or add --allow-anonymous "
            "if the network in front of it decides who gets through."
        )


def _parser() -> argparse.ArgumentParser:
    endpoint = os.environ.get("HEADWATER_ENDPOINT") or os.environ.get("AWS_ENDPOINT_URL")
    parser = argparse.ArgumentParser(
        prog="headwater console",
        description="See a node, or any DynamoDB endpoint, in a browser.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        type=lambda url: url.rstrip("/"),
        default=endpoint or ENDPOINT,
        help=f"what to look at (default: {endpoint or ENDPOINT})",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        help=f"port to listen on; 0 picks a free one (default: {PORT})",
    )
    parser.add_argument(
        "--region", default=REGION, help=f"region to begin with (default: {REGION})"
    )
    parser.add_argument(
        "--read-only", action="store_true", help="offer nothing that writes, and refuse it"
    )
    parser.add_argument(
        "--allow-anonymous",
        action="store_true",
        help="let whoever reaches the address use the console; needed for any but loopback",
    )
    parser.add_argument(
        "--ca-file",
        metavar="FILE",
        default="",
        help="take the endpoint's certificate if this file vouches for it, whatever its name",
    )
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    return parser
