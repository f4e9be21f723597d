"""The access keys a node knows, and the account each belongs to.

The file of `--credentials` has the form of AWS's shared credentials file, so that the same file
can serve clients; ours adds the account:

    [orders-team]
    aws_access_key_id = AKIAORDERS
    aws_secret_access_key = ...
    aws_account_id = 111122223333

Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

import configparser
import re
from pathlib import Path
from typing import NamedTuple

from headwater.arns import DEFAULT_ACCOUNT
from headwater.errors import StartupError
from headwater.ids import secret_bytes

_KEY_ID = "aws_access_key_id"
_SECRET = "aws_secret_access_key"
_ACCOUNT = "aws_account_id"
_KNOWN = frozenset({_KEY_ID, _SECRET, _ACCOUNT})


class AccessKey(NamedTuple):
    """One key. Whoever signs with its secret acts for its account."""

    id: str
    secret: str
    account: str
    token: str = ""  # the session token that comes with it, if any


class Keys:
    """Finds a key by its id."""

    def __init__(self, keys: list[AccessKey]) -> None:
        self._keys = {key.id: key for key in keys}

    @property
    def first(self) -> AccessKey:
        """The one that stands first in its file."""
        return next(iter(self._keys.values()))

    def find(self, key_id: str) -> AccessKey | None:
        return self._keys.get(key_id)

    def issued_for(self, account: str) -> AccessKey:
        """The key that the node's own functions sign with in an account. It is made when first
        asked for, comes with a session token, and is good as long as the process lives."""
        key_id = f"HEADWATER{account}"
        if key_id not in self._keys:
            secret, token = secret_bytes(30).hex(), secret_bytes(30).hex()
            self._keys[key_id] = AccessKey(key_id, secret, account, token)
        return self._keys[key_id]


def anybodys_key(account: str) -> AccessKey:
    """A key for a node that verifies none: twelve digits are an account, so that calls land in
    it."""
    key_id = "headwater" if account == DEFAULT_ACCOUNT else account
    return AccessKey(key_id, key_id, account, key_id)


def load_keys(path: Path) -> Keys:
    """The keys in a credentials file.

    Raises StartupError, which names the section, for a file that cannot be read, a member that is
    missing or unknown, an account that is not 12 digits, a key that occurs twice.
    """
    parser = configparser.RawConfigParser(default_section="\0")
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
    except OSError as trouble:
        raise StartupError(
            f"cannot read the credentials in {path}: {trouble.strerror}. Check the path after "
            "--credentials and who may read it."
        ) from None
    except (configparser.Error, UnicodeDecodeError) as trouble:
        # Not its text: that repeats the line, which may be the one with the secret.
        number = getattr(trouble, "lineno", None)
        if isinstance(trouble, configparser.ParsingError) and number is None:
            number = trouble.errors[0][0]
        where = "" if number is None else f": line {number} cannot be read"
        raise StartupError(
            f"{path} is not a credentials file{where}. It needs sections with "
            f"{_KEY_ID} and {_SECRET}, as AWS's own has."
        ) from None
    keys = [_key(path, name, dict(parser[name])) for name in parser.sections()]
    if not keys:
        raise StartupError(
            f"{path} holds no credentials, so nobody could use this node. Add a section with "
            f"{_KEY_ID} and {_SECRET}, or start without --credentials."
        )
    twice = {key.id for key in keys if sum(other.id == key.id for other in keys) > 1}
    if twice:
        raise StartupError(f"{path} has {min(twice)} twice. Remove one of its sections.")
    return Keys(keys)


def _key(path: Path, name: str, members: dict[str, str]) -> AccessKey:
    unknown = sorted(members.keys() - _KNOWN)
    if unknown:
        raise StartupError(
            f"[{name}] in {path} has {unknown[0]}, which means nothing here. "
            f"It may have {', '.join(sorted(_KNOWN))}."
        )
    for wanted in (_KEY_ID, _SECRET):
        if not members.get(wanted):
            raise StartupError(f"[{name}] in {path} has no {wanted}. Add it.")
    account = members.get(_ACCOUNT, "")
    if not account:
        key_id = members[_KEY_ID]
        account = key_id if re.fullmatch(r"[0-9]{12}", key_id, re.ASCII) else DEFAULT_ACCOUNT
    elif re.fullmatch(r"[0-9]{12}", account, re.ASCII) is None:
        raise StartupError(
            f"[{name}] in {path} has {_ACCOUNT} {account!r}: an account is 12 digits."
        )
    return AccessKey(members[_KEY_ID], members[_SECRET], account)
