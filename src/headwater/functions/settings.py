"""What an operator can set about functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.arns import DEFAULT_REGION
from headwater.config.rules import is_loopback
from headwater.config.settings import Settings, flag_name
from headwater.errors import StartupError
from headwater.limits import MIB

MINUTE_MS = 60 * 1000


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """Bounds of the node, with the defaults that a laptop can bear.

    environments_max   processes at once, of all functions together
    idle_ms_max        an environment without work for so long is ended
    interpreters       "python3.12" or "nodejs22.x" -> path of the program to use, before looking
                       around
    events_at_once     asynchronous invocations of one function at once
    directories        whether a function's code may be a directory of this machine
    log_days           events of a log group are kept so long, unless it has a retention of its own
    log_group_bytes    and at most so much of them
    region             of functions whose region a page is not told
    """

    environments_max: int = 128
    idle_ms_max: int = 10 * MINUTE_MS
    interpreters: Mapping[str, str] = field(default_factory=dict)
    events_at_once: int = 10
    directories: bool = True
    log_days: int = 3
    log_group_bytes: int = 64 * MIB
    region: str = DEFAULT_REGION


def function_settings(settings: Settings) -> FunctionSettings:
    """What the node's settings say about functions. Raises StartupError."""
    for name, least in (
        ("function_processes", 1),
        ("function_idle_seconds", 1),
        ("function_log_days", 1),
        ("function_log_mb", 1),
    ):
        given = getattr(settings, name)
        if given < least:
            raise StartupError(f"{flag_name(name)} {given} is too little: give {least} or more.")
    return FunctionSettings(
        environments_max=settings.function_processes,
        idle_ms_max=settings.function_idle_seconds * 1000,
        interpreters=_interpreters(settings.interpreters),
        directories=is_loopback(settings.host),
        log_days=settings.function_log_days,
        log_group_bytes=settings.function_log_mb * MIB,
        region=settings.region,
    )


def _interpreters(text: str) -> dict[str, str]:
    """
    >>> _interpreters("python3.12=/opt/py/bin/python3,nodejs22.x=/opt/node/bin/node")["nodejs22.x"]
    '/opt/node/bin/node'
    """
    found = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        runtime, _, path = entry.partition("=")
        if not path or not runtime.startswith(("python", "nodejs")):
            raise StartupError(
                f"--interpreters has {entry!r}: give RUNTIME=PATH, such as "
                "python3.12=/usr/bin/python3.12 or nodejs22.x=/usr/bin/node, several by commas."
            )
        found[runtime] = path
    return found
