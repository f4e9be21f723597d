"""The settings of one node: what there is, and what each means.

A field here is a flag, an environment variable and a key of the settings file at once. This file
does not know where values come from (sources.py), nor what goes together (rules.py), nor what a
node does with a setting.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from headwater.arns import DEFAULT_REGION

CLOCKS = ("system", "virtual")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")

# What settings are about, by the first of each: the parts of a help page.
TOPICS: Final = {
    "host": "where it answers and what it keeps",
    "allow_anonymous": "who may call it",
    "initial_partitions": "tables and streams",
    "clock": "tests",
    "otlp_endpoint": "other services",
    "peer": "other regions",
    "console": "to look at it",
    "function_processes": "functions",
    "log_level": "its log",
}


def _setting(default: Any, kind: str, help_text: str, *choices: str, takes: str = "") -> Any:
    """A field that carries what a parser and a help page need to know about it.

    kind   one of text, integer, path, switch (a flag without a value), toggle (a flag with on|off),
           pairs (NAME=VALUE by commas; the flag may be given again and again)
    takes  what a help page shows in the place of the value
    """
    about = {"kind": kind, "help": help_text, "choices": choices, "takes": takes}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a node is told before it starts. Nothing here changes while it runs."""

    host: str = _setting("127.0.0.1", "text", "address to listen on", takes="ADDRESS")
    port: int = _setting(8000, "integer", "port to listen on; 0 picks a free one")
    data: Path = _setting(Path("headwater-data"), "path", "directory that holds everything")
    in_memory: bool = _setting(False, "switch", "keep nothing on disk; all is gone at the end")
    region: str = _setting(
        DEFAULT_REGION, "text", "region of requests that name none", takes="REGION"
    )
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
        None,
        "path",
        "file of access keys; only requests that one of them signed are answered",
        takes="FILE",
    )
    tls_cert: Path | None = _setting(
        None, "path", "certificate to answer with TLS; needs --tls-key", takes="FILE"
    )
    tls_key: Path | None = _setting(None, "path", "private key of --tls-cert", takes="FILE")
    cors: str = _setting(
        "", "text", "origins that browsers may call from: * or a list by commas", takes="ORIGINS"
    )
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
        "4h",
        "text",
        "how long a shard of a stream stays open before it rolls over; 0: for ever",
        takes="DURATION",
    )
    status_delay: str = _setting(
        "0",
        "text",
        "how long tables and indexes stay CREATING, UPDATING or DELETING, and streams ENABLING or "
        "DISABLING; 0: not at all",
        takes="DURATION",
    )
    transaction_time: str = _setting(
        "0",
        "text",
        "how long transactions that write are in flight, so that other requests for their items "
        "conflict; 0: not at all",
        takes="DURATION",
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
        "",
        "text",
        "where a virtual clock starts, ISO 8601 or epoch ms; none: at the real time",
        takes="MOMENT",
    )
    allow_reset: bool = _setting(
        False, "switch", "let POST /_headwater/reset delete everything, though it is on disk"
    )
    otlp_endpoint: str = _setting(
        "",
        "text",
        "URL of an OpenTelemetry collector that takes traces (OTLP over HTTP); needs "
        "headwater[traces]",
        takes="URL",
    )
    kinesis_endpoint: str = _setting(
        "",
        "text",
        "URL of the Kinesis that Kinesis destinations deliver to; none: refuse them",
        takes="URL",
    )
    sqs_endpoint: str = _setting(
        "", "text", "URL of an SQS for queues that are not this node's", takes="URL"
    )
    sns_endpoint: str = _setting("", "text", "URL of the SNS that topics belong to", takes="URL")
    s3_endpoint: str = _setting("", "text", "URL of the S3 that buckets belong to", takes="URL")
    s3_directory: Path | None = _setting(
        None, "path", "directory whose directories are the buckets of exports and imports"
    )
    peer: str = _setting(
        "",
        "pairs",
        "region that another node serves, REGION=URL; may be given for each, and tables are "
        "replicated to it. REGION=here: this node serves that one too; REGION=dynamodb+URL: any "
        "endpoint that speaks DynamoDB, one way",
        takes="REGION=URL",
    )
    peer_credentials: Path | None = _setting(
        None,
        "path",
        "file of access keys that requests between nodes are signed with, the first in it, and "
        "must be signed with",
        takes="FILE",
    )
    peer_ca: Path | None = _setting(
        None,
        "path",
        "certificates that those of peers are checked against; none: those that the machine trusts",
        takes="FILE",
    )
    console: bool = _setting(False, "switch", "start the console along, to be seen in a browser")
    console_port: int = _setting(8080, "integer", "port of that console; 0 picks a free one")
    views: Path | None = _setting(
        None,
        "path",
        "TOML file of views and their alerts, made where they are not there",
        takes="FILE",
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
        takes="RUNTIME=PATH",
    )
    function_log_days: int = _setting(3, "integer", "days that output of functions is kept")
    function_log_mb: int = _setting(64, "integer", "and MiB of it for each log group, at most")
    log_level: str = _setting("info", "text", "the least severity that is logged", *LOG_LEVELS)
    log_format: str = _setting("text", "text", "how a log line is written", *LOG_FORMATS)


def flag_name(name: str) -> str:
    """The flag of a setting.

    >>> flag_name("in_memory")
    '--in-memory'
    """
    return "--" + name.replace("_", "-")
