"""`headwater serve`: a node in this process, until it is told to stop.

Flags are made from the settings themselves (`config/settings.py`), so that a new setting is a flag,
an environment variable and a key of the settings file at once. The one line on standard output is
a contract: `headwater 0.1.0 listening on http://127.0.0.1:8000`, printed when the node answers.

This module is loaded on the way to the first answer: it imports nothing that it can do without.
"""

import argparse
import contextlib
import faulthandler
import importlib
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from headwater import __version__
from headwater.cli import logs
from headwater.cli.local_flags import translate
from headwater.config.settings import TOPICS, Settings, flag_name
from headwater.config.sources import load
from headwater.errors import OperatorError
from headwater.loops import run as run_loop
from headwater.node import serve

_CONSOLE = "headwater.cli.console"
_FILES_WANTED = 65_536  # connections, processes of functions (5 each), files of the database
_EPILOG = """\
Every flag is also an environment variable (--in-memory: HEADWATER_IN_MEMORY=on)
and a key of the file given with --config (in_memory = true); a flag wins over
the environment, which wins over the file. DynamoDB Local's flags (-port,
-inMemory, -sharedDb, -dbPath, -cors, ...) are understood too.
"""


def run(argv: Sequence[str]) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status: 0, or 2 when it could not start."""
    try:
        words, notes = translate(argv)
        settings = read_settings(words, os.environ)
        for note in notes:
            print(f"headwater: {note}", file=sys.stderr)
        logs.configure(settings.log_level, settings.log_format)
        _allow_open_files()
        try:
            if settings.console:
                _serve_with_console(settings)
            else:
                run_loop(serve(settings, announce))
        finally:
            faulthandler.cancel_dump_traceback_later()
    except OperatorError as trouble:
        print(f"headwater: {trouble}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _serve_with_console(settings: Settings) -> None:
    beside = importlib.import_module(_CONSOLE).Beside(settings)

    def ready(url: str) -> None:
        announce(url)
        beside.start(url)

    try:
        run_loop(serve(settings, ready))
    finally:
        beside.stop()


def _allow_open_files() -> None:
    """As many as this user may have: shells give 256 or 1024 unless they are asked for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, _FILES_WANTED)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS has a bound of its own below
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def announce(url: str) -> None:
    """Tell whoever started us where the node answers."""
    print(f"headwater {__version__} listening on {url}", flush=True)


def read_settings(argv: Sequence[str], environment: os._Environ[str] | dict[str, str]) -> Settings:
    """The settings that flags, environment and file give together; see `config/sources.py`."""
    flags = vars(_parser().parse_args(argv))
    for name, value in flags.items():
        if isinstance(value, list):
            flags[name] = ",".join(value)
    file = flags.pop("config", None) or environment.get("HEADWATER_CONFIG")
    return load(flags, environment, Path(file) if file else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="headwater serve",
        usage="headwater serve [FLAGS]",
        description="Start a node: DynamoDB, its streams and Lambda on one port.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # A flag that was not given leaves no trace: only then can another source supply it.
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE", help="TOML file with settings")
    part = parser.add_argument_group()
    for entry in fields(Settings):
        if entry.name in TOPICS:
            part = parser.add_argument_group(TOPICS[entry.name])
        _add_flag(part, entry.name, entry.default, **entry.metadata)
    return parser


def _add_flag(
    part: argparse._ArgumentGroup,
    name: str,
    default: object,
    *,
    kind: str,
    help: str,
    choices: tuple[str, ...],
    takes: str,
) -> None:
    if kind == "switch":
        part.add_argument(flag_name(name), dest=name, action="store_true", help=help)
        return
    if kind == "pairs":
        part.add_argument(flag_name(name), dest=name, metavar=takes, action="append", help=help)
        return
    shown = "on" if default is True else default
    told = help if shown in (None, "") else f"{help} (default: {shown})"
    part.add_argument(
        flag_name(name),
        dest=name,
        metavar="on|off" if kind == "toggle" else takes or "|".join(choices) or _METAVARS[kind],
        help=told.replace("%", "%%"),
    )


_METAVARS = {"text": "TEXT", "integer": "N", "path": "DIR"}
