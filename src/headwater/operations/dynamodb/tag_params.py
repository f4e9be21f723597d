"""What tag operations and CreateTable have in common: the table, and what a tag may be.

Faults of tags are told in the order of the request, before the table is looked for, and nothing
of such a request is done. Source: recorded answers of AWS, October 2026.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headwater.errors import AccessDenied, ResourceNotFound, Validation
from headwater.limits import TAGS_MAX
from headwater.operations.call import Call
from headwater.operations.dynamodb.resource_arns import named_resource
from headwater.tables.schema import Table
from headwater.tables.stream_retention import check_tags

_KEY_CHARS_MAX = 128
_VALUE_CHARS_MAX = 256
_PUNCTUATION = frozenset("+-=._:/@")
_TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"


def tagged_table(call: Call) -> Table:
    """The table of the request's ResourceArn.

    Raises Validation for what is no table's ARN, AccessDenied for another account's,
    ResourceNotFound, also for a stream: only tables have tags.
    """
    text = call.params["ResourceArn"]
    scope, name, label = named_resource(text)
    if scope.account != call.scope.account:
        raise AccessDenied("Access is denied")
    if scope.region != call.scope.region:
        raise Validation(f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
    if label is None:
        table = call.node.catalog.find(call.tx, call.scope, name)
        if table is not None:
            return table
    raise ResourceNotFound(f"Requested resource not found: ResourceArn: {text} not found")


def tags_param(tags: Iterable[Mapping[str, Any] | None]) -> dict[str, str]:
    """Tags of a request in AWS's shape, as name -> value. Raises Validation."""
    named: dict[str, str] = {}
    for tag in tags:
        key = (tag or {}).get("Key")
        _check_key(key)
        value = (tag or {}).get("Value")
        if value is None or len(value) > _VALUE_CHARS_MAX or not _is_plain(value):
            raise Validation(f"The Tag Value provided is invalid, Value: {_shown(value)}")
        assert key is not None
        if key in named:
            raise Validation(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        named[key] = value
    return named


def tag_keys_param(keys: Sequence[str | None]) -> set[str]:
    """Keys of tags to be taken away. Raises Validation."""
    if not keys:
        raise Validation("Atleast one Tag Key needs to be provided as Input.")
    for key in keys:
        _check_key(key)
    if len(keys) > TAGS_MAX:
        raise Validation(_TOO_MANY)
    return {key for key in keys if key is not None}


def merged_tags(known: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """`known` with `added` over it. Raises Validation for more than 50 in all."""
    merged = {**known, **added}
    if len(merged) > TAGS_MAX:
        raise Validation(_TOO_MANY)
    check_tags(merged)
    return merged


def _check_key(key: str | None) -> None:
    if key is not None and key.lower().startswith("aws:"):
        raise Validation(f"Tag Key cannot be prefixed with aws:, Key: {key}")
    if not key or len(key) > _KEY_CHARS_MAX or not _is_plain(key):
        raise Validation(f"The Tag Key provided is invalid, Key: {_shown(key)}")


def _is_plain(text: str) -> bool:
    """Letters, digits and blanks of any script, and a little punctuation."""
    return all(
        letter in _PUNCTUATION or unicodedata.category(letter)[0] in "LNZ" for letter in text
    )


def _shown(text: str | None) -> str:
    return "null" if text is None else text
