"""Tags of mappings. Everything happens inside the caller's transaction; nothing that runs changes.

Source: the Lambda API reference, TagResource; texts recorded.
"""

from dataclasses import replace

from headwater.arns import Scope, parse_arn
from headwater.consumers.mappings.document import Mapping
from headwater.errors import ResourceNotFound
from headwater.functions.configuration import check_tags
from headwater.storage import keyspace
from headwater.storage.engine import Transaction

_KIND = "event-source-mapping:"


def is_mapping_arn(arn: str) -> bool:
    """Whether `arn`, given to a tag operation, names a mapping and not a function."""
    parsed = parse_arn(arn)
    return parsed is not None and parsed.resource.startswith(_KIND)


def get_tags(tx: Transaction, scope: Scope, arn: str) -> dict[str, str]:
    """Raises ResourceNotFound."""
    return dict(_read(tx, scope, arn).tags)


def add_tags(tx: Transaction, scope: Scope, arn: str, tags: dict[str, str]) -> None:
    """Raises ResourceNotFound, InvalidParameterValue if it becomes too many."""
    mapping = _read(tx, scope, arn)
    together = mapping.tags | tags
    check_tags(together)
    tx.put(mapping.key, replace(mapping, tags=together).encode())


def remove_tags(tx: Transaction, scope: Scope, arn: str, keys: list[str]) -> None:
    """Keys that are not there are fine. Raises ResourceNotFound."""
    mapping = _read(tx, scope, arn)
    left = {key: text for key, text in mapping.tags.items() if key not in keys}
    tx.put(mapping.key, replace(mapping, tags=left).encode())


def _read(tx: Transaction, scope: Scope, arn: str) -> Mapping:
    parsed = parse_arn(arn)
    assert parsed is not None, arn
    stored = None
    if Scope(parsed.account, parsed.region) == scope:
        stored = tx.get(keyspace.mapping_key(scope, parsed.resource.removeprefix(_KIND)))
    if stored is None:
        raise ResourceNotFound(f"Event source mapping not found: {arn}")
    return Mapping.decode(stored)
