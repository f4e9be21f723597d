"""What --peer says: which regions other nodes serve, and which this one does."""

import re
from typing import Final

from headwater.config.settings import Settings
from headwater.errors import StartupError
from headwater.urls import parts_of

HERE: Final = "here"  # instead of a peer's URL: this node serves that region too
# Before a peer's URL: any endpoint that speaks DynamoDB.
ONE_WAY: Final = "dynamodb+"

_REGION = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,31}", re.ASCII)
_NODE = re.compile(r"(dynamodb\+)?https?://[^\s/?#,]+/?")


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


def _is_node(url: str) -> bool:
    return bool(_NODE.fullmatch(url) and parts_of(url).hostname)


def _named_regions(settings: Settings) -> dict[str, str]:
    """What --peer says of each region. Raises StartupError."""
    named: dict[str, str] = {}
    for entry in filter(None, (entry.strip() for entry in settings.peer.split(","))):
        region, _, url = (part.strip() for part in entry.partition("="))
        if not _REGION.fullmatch(region) or not (url == HERE or _is_node(url)):
            raise StartupError(
                f"--peer {entry!r} names no node of another region: give REGION=URL, such as "
                "eu-west-1=http://10.0.0.7:8000, or REGION=here for one that this node serves too."
            )
        if named.setdefault(region, url) != url:
            raise StartupError(f"--peer names two nodes for region {region}: give one of them.")
    return named
