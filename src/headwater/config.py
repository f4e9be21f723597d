"""The settings of one node: what there is, what it means, and where each value comes from.

A value is taken from the first of: a flag of the command line, the environment (HEADWATER_PORT
for `port`), the file named by --config (TOML, `port = 8000`), the default below. This file knows
names, kinds and the rules between settings; it does not know argument parsers, nor what a node
does with a setting.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from headwater.arns import DEFAULT_REGION
from headwater.errors import StartupError
from headwater.moments import duration_ms

CLOCKS = ("system", "virtual")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")

_URL = re.compile(r"https?://[^\s/?#]+/?[^\s?#]*")
_REGION = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,31}", re.ASCII)
_NODE = re.compile(r"(dynamodb\+)?https?://[^\s/?#,]+/?")
HERE = "here"  # instead of a peer's URL: this node serves that region too
_TRUE = frozenset(("1", "true", "on", "yes"))
_FALSE = frozenset(("0", "false", "off", "no"))
# A cluster that runs a service called headwater puts HEADWATER_PORT=tcp://10.0.0.7:8000 into the
# environment of every container. That is an address of theirs, not a setting of ours.
_SERVICE_LINK = "tcp://"


def _setting(default: Any, kind: str, help_text: str, *choices: str) -> Any:
    """A field that carries what a parser and a help page need to know about it.

    kind  one of text, integer, path, switch (a flag without a value), toggle (a flag with on|off),
          pairs (NAME=VALUE by commas; the flag may be given again and again)
    """
    about = {"kind": kind, "help": help_text, "choices": choices}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a node is told before it starts. Nothing here changes while it runs."""

    host: str = _setting("127.0.0.1", "text", "address to listen on")
    port: int = _setting(8000, "integer", "port to listen on; 0 picks a free one")
    data: Path = _setting(Path("headwater-data"), "path", "directory that holds everything")
    in_memory: bool = _setting(False, "switch", "keep nothing on disk; all is gone at the end")
    region: str = _setting(DEFAULT_REGION, "text", "region of requests that name none")
    sync: bool = _setting(
        True,
        "toggle",
        "write to the disk itself before answering (on); off answers sooner, and the last "
        "acknowledged writes are lost when the machine (not just the process) dies",
    )
    allow_anonymous: bool = _setting(
        False,
        "switch",
        "answer whoever can reach the address, which must be said before a node "
        "listens on an address that other machines reach",
    )
    credentials: Path | None = _setting(
        None, "path", "file of access keys; only requests that one of them signed are answered"
    )
    tls_cert: Path | None = _setting(
        None, "path", "certificate to answer with TLS; needs --tls-key"
    )
    tls_key: Path | None = _setting(None, "path", "private key of --tls-cert")
    cors: str = _setting("", "text", "origins that browsers may call from: * or a list by commas")
    initial_partitions: int | None = _setting(
        None, "integer", "partitions, and so open shards, of a new table; none follows AWS"
    )
    strict_limits: bool = _setting(
        False,
        "switch",
        "refuse what AWS throttles: a third reader of a shard, calls on streams above its rates, "
        "and a second change of time to live within an hour",
    )
    shard_period: str = _setting(
        "4h", "text", "how long a shard of a stream stays open before it rolls over; 0: for ever"
    )
    status_delay: str = _setting(
        "0",
        "text",
        "how long tables and indexes stay CREATING, UPDATING or DELETING; 0: not at all",
    )
    transaction_time: str = _setting(
        "0",
        "text",
        "how long transactions that write are in flight, so that other requests for their items "
        "conflict; 0: not at all",
    )
    shared_db: bool = _setting(
        False, "switch", "one world for all access keys and regions, as DynamoDB Local's -sharedDb"
    )
    clock: str = _setting(
        "system",
        "text",
        "the machine's clock, or one that stands still until POST /_headwater/clock moves it",
        *CLOCKS,
    )
    clock_start: str = _setting(
        "", "text", "where a virtual clock starts, ISO 8601 or epoch ms; none: at the real time"
    )
    allow_reset: bool = _setting(
        False, "switch", "let POST /_headwater/reset delete everything, though it is on disk"
    )
    otlp_endpoint: str = _setting(
        "",
        "text",
        "URL of an OpenTelemetry collector that takes traces (OTLP over HTTP); needs "
        "headwater[traces]",
    )
    kinesis_endpoint: str = _setting(
        "", "text", "URL of the Kinesis that Kinesis destinations deliver to; none: refuse them"
    )
    sqs_endpoint: str = _setting("", "text", "URL of an SQS for queues that are not this node's")
    sns_endpoint: str = _setting("", "text", "URL of the SNS that topics belong to")
    s3_endpoint: str = _setting("", "text", "URL of the S3 that buckets belong to")
    s3_directory: Path | None = _setting(
        None, "path", "directory whose directories are the buckets of exports and imports"
    )
    peer: str = _setting(
        "",
        "pairs",
        "region that another node serves, REGION=URL; may be given for each, and tables are "
        "replicated to it. REGION=here: this node serves that one too; REGION=dynamodb+URL: any "
        "endpoint that speaks DynamoDB, one way",
    )
    peer_credentials: Path | None = _setting(
        None,
        "path",
        "file of access keys that requests between nodes are signed with, the first in it, and "
        "must be signed with",
    )
    peer_ca: Path | None = _setting(
        None,
        "path",
        "certificates that those of peers are checked against; none: those that the machine trusts",
    )
    console: bool = _setting(False, "switch", "start the console along, to be seen in a browser")
    console_port: int = _setting(8080, "integer", "port of that console; 0 picks a free one")
    views: Path | None = _setting(
        None, "path", "TOML file of views and their alerts, made where they are not there"
    )
    function_processes: int = _setting(
        128, "integer", "processes of functions at once; more invocations are told to come back"
    )
    function_idle_seconds: int = _setting(
        600, "integer", "a function's process without work for so long is ended"
    )
    interpreters: str = _setting(
        "",
        "text",
        "programs that run functions, RUNTIME=PATH by commas; none: those that are found",
    )
    function_log_days: int = _setting(3, "integer", "days that output of functions is kept")
    function_log_mb: int = _setting(64, "integer", "and MiB of it for each log group, at most")
    log_level: str = _setting("info", "text", "the least severity that is logged", *LOG_LEVELS)
    log_format: str = _setting("text", "text", "how a log line is written", *LOG_FORMATS)


def peers_of(settings: Settings) -> dict[str, str]:
    """The URL of each region that another node serves. Raises StartupError.

    One that begins with dynamodb+ is no node of ours: any endpoint that speaks DynamoDB.

    >>> peers_of(Settings(peer="eu-west-1=http://127.0.0.1:8001, us-west-2=http://10.0.0.7:8000"))
    {'eu-west-1': 'http://127.0.0.1:8001', 'us-west-2': 'http://10.0.0.7:8000'}
    """
    return {region: url for region, url in _named_regions(settings).items() if url != HERE}


def served_regions(settings: Settings) -> list[str] | None:
    """The regions that tables may be replicated to, this node's own among them; None: any.

    A node that has peers serves the region of --region and those that are said to be here; a node
    that has none serves every region.

    >>> served_regions(Settings(peer="eu-west-1=http://127.0.0.1:8001, us-east-2=here"))
    ['eu-west-1', 'us-east-1', 'us-east-2']
    >>> served_regions(Settings()) is None
    True
    """
    named = _named_regions(settings)
    return sorted({settings.region, *named}) if named else None


def _named_regions(settings: Settings) -> dict[str, str]:
    """What --peer says of each region. Raises StartupError."""
    named: dict[str, str] = {}
    for entry in filter(None, (entry.strip() for entry in settings.peer.split(","))):
        region, _, url = (part.strip() for part in entry.partition("="))
        if not _REGION.fullmatch(region) or not (url == HERE or _NODE.fullmatch(url)):
            raise StartupError(
                f"--peer {entry!r} names no node of another region: give REGION=URL, such as "
                "eu-west-1=http://10.0.0.7:8000, or REGION=here for one that this node serves too."
            )
        if named.setdefault(region, url) != url:
            raise StartupError(f"--peer names two nodes for region {region}: give one of them.")
    return named


def load(
    flags: Mapping[str, str | bool],
    environment: Mapping[str, str],
    file: Path | None = None,
) -> Settings:
    """The settings that the three sources give together, checked.

    flags        by setting name (in_memory), only those that were given
    environment  as os.environ; variables of other names are none of our business
    file         the TOML file of --config, if any

    Raises StartupError, which says which source holds what is wrong and what to write instead.
    """
    known = {entry.name: entry for entry in fields(Settings)}
    values: dict[str, Any] = {}
    if file is not None:
        for name, raw in _without_sections(_read_toml(file), file).items():
            values[name] = _parse(_known(known, name, file), raw, f"`{name}` in {file}")
    for name, entry in known.items():
        variable = f"HEADWATER_{name.upper()}"
        raw = environment.get(variable, "")
        if raw and not raw.startswith(_SERVICE_LINK):
            values[name] = _parse(entry, raw, variable)
    for name, raw in flags.items():
        values[name] = _parse(known[name], raw, flag_name(name))
    if "data" in flags and flags.get("in_memory"):
        raise StartupError(
            "--data and --in-memory contradict each other: one keeps everything on disk, the other "
            "nothing. Give one of them."
        )
    settings = Settings(**values)
    _check(settings)
    return settings


def flag_name(name: str) -> str:
    """The flag of a setting.

    >>> flag_name("in_memory")
    '--in-memory'
    """
    return "--" + name.replace("_", "-")


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


def _check(settings: Settings) -> None:
    """The rules between settings and the bounds of each."""
    if not 0 <= settings.port <= 65535:
        raise StartupError(f"--port {settings.port} is not a port: give one from 0 to 65535.")
    if not 0 <= settings.console_port <= 65535:
        raise StartupError(
            f"--console-port {settings.console_port} is not a port: give one from 0 to 65535."
        )
    partitions = settings.initial_partitions
    if partitions is not None and not 1 <= partitions <= 1000:
        raise StartupError(
            f"--initial-partitions {partitions} is out of range: give a number from 1 to 1000."
        )
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
    for name in (
        "otlp_endpoint",
        "kinesis_endpoint",
        "sqs_endpoint",
        "sns_endpoint",
        "s3_endpoint",
    ):
        url = getattr(settings, name)
        if url and not _URL.fullmatch(url):
            raise StartupError(
                f"{flag_name(name)} {url!r} is not an endpoint: give a URL, such as "
                "http://localhost:4566 or https://kinesis.us-east-1.amazonaws.com."
            )
    if settings.s3_directory is not None and settings.s3_endpoint:
        raise StartupError(
            "--s3-directory and --s3-endpoint contradict each other: one keeps buckets in a "
            "directory, the other in an S3. Give one of them."
        )
    _check_peers(settings)
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


def _check_peers(settings: Settings) -> None:
    """What is said of other regions goes together, and with the rest."""
    peers = peers_of(settings)
    nodes = [url for url in peers.values() if not url.startswith("dynamodb+")]
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


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as trouble:
        raise StartupError(
            f"cannot read the settings in {file}: {trouble.strerror}. Check the path after "
            "--config and who may read it."
        ) from None
    except tomllib.TOMLDecodeError as trouble:
        raise StartupError(f"{file} is not TOML: {trouble}. Mend that line.") from None


def _without_sections(read: dict[str, Any], file: Path) -> dict[str, Any]:
    """What a file says, with [regions] as the flag that says the same: REGION = "URL"."""
    regions = read.pop("regions", None)
    if regions is None:
        return read
    if not isinstance(regions, dict) or not all(isinstance(url, str) for url in regions.values()):
        raise StartupError(
            f"`regions` in {file} is no section of regions: write [regions] and below it one line "
            'for each, such as eu-west-1 = "http://10.0.0.7:8000".'
        )
    if "peer" in read:
        raise StartupError(f"{file} has both `peer` and [regions]: they say the same. Keep one.")
    read["peer"] = ",".join(f"{region}={url}" for region, url in regions.items())
    return read


def _known(known: dict[str, Field[Any]], name: str, file: Path) -> Field[Any]:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.replace("-", "_"), known, n=1)
    hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(sorted(known))}."
    raise StartupError(f"{file} sets `{name}`, which is not a setting. {hint}")


def _parse(entry: Field[Any], raw: Any, where: str) -> Any:
    """The value that `raw` means for `entry`; flags and the environment bring text, TOML types."""
    kind = entry.metadata["kind"]
    choices = entry.metadata["choices"]
    if kind in ("switch", "toggle"):
        return _parse_bool(raw, where)
    if kind == "integer":
        return _parse_integer(raw, where)
    if not isinstance(raw, str) or (not raw and kind == "path"):
        raise StartupError(f"{where} is {raw!r}: give a text in quotes.")
    if choices and raw not in choices:
        raise StartupError(f"{where} is {raw!r}: give one of {', '.join(choices)}.")
    return Path(raw) if kind == "path" else raw


def _parse_bool(raw: Any, where: str) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise StartupError(f"{where} is {raw!r}: give on or off.")


def _parse_integer(raw: Any, where: str) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.isascii() and raw.isdigit():
        return int(raw)
    raise StartupError(f"{where} is {raw!r}: give a whole number.")
