"""Where the values of settings come from.

A value is taken from the first of: a flag of the command line, the environment (HEADWATER_PORT
for `port`), the file named by --config (TOML, `port = 8000`), the default of the setting. This
file knows names and kinds; it does not know argument parsers.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from headwater.config.rules import check
from headwater.config.settings import Settings, flag_name
from headwater.errors import StartupError

_TRUE = frozenset(("1", "true", "on", "yes"))
_FALSE = frozenset(("0", "false", "off", "no"))
# A cluster that runs a service called headwater puts HEADWATER_PORT=tcp://10.0.0.7:8000 into the
# environment of every container. That is an address of theirs, not a setting of ours.
_SERVICE_LINK = "tcp://"


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
        for name, raw in _without_sections(read_toml(file, "settings", "--config"), file).items():
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
    check(settings)
    return settings


def read_toml(file: Path, what: str, flag: str) -> dict[str, Any]:
    """The document in a TOML file. Raises StartupError.

    what, flag  what is in it, and the flag that named it
    """
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as trouble:
        raise StartupError(
            f"cannot read the {what} in {file}: {trouble.strerror}. Check the path after {flag} "
            "and who may read it."
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
