"""KeySchema and AttributeDefinitions: what a table's and an index's keys may be.

Tables and local indexes have one HASH and at most one RANGE element; a global index has one to
four of the first and up to four of the second. The order of the checks is AWS's.
Source: recorded answers; AWS, developer guide, "Using multi-attribute keys" for the latter.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from headwater.errors import Validation
from headwater.wire.java_text import java_text
from headwater.wire.models import load_model
from headwater.wire.protocols import SERVICES

OMP = "One or more parameter values were invalid: "

_SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
_TOO_FEW_DEFINED = "Invalid KeySchema: Some index key attribute have no definition"
_INDEX_KEYS_MAX = 4  # of a global index, of each kind
_NOT_NULL = "Value null at '{}' failed to satisfy constraint: Member must not be null"
_TOO_LONG = (
    "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
    "Member must have length less than or equal to 2"
)


class Keys(NamedTuple):
    """The names of some key attributes."""

    hash_names: tuple[str, ...]
    range_names: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.hash_names + self.range_names


def require_keys(params: Mapping[str, Any]) -> None:
    """The newest model leaves both lists optional, for tables that are copied from others."""
    missing = [
        _NOT_NULL.format(name[0].lower() + name[1:])
        for name in ("AttributeDefinitions", "KeySchema")
        if name not in params
    ]
    if missing:
        plural = "error" if len(missing) == 1 else "errors"
        raise Validation(f"{len(missing)} validation {plural} detected: {'; '.join(missing)}")


def attribute_types(definitions: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Name -> S, N or B. Raises Validation when a name is defined twice."""
    types: dict[str, str] = {}
    for definition in definitions:
        name = definition["AttributeName"]
        if name in types:
            raise Validation(f"Attribute Name is duplicated: {name}")
        types[name] = definition["AttributeType"]
    return types


def pair_keys(
    schema: list[dict[str, str]], types: Mapping[str, str], path: str = "keySchema"
) -> Keys:
    """The keys of a table or a local index: one HASH, at most one RANGE.

    path  where the schema stands in the request, for the text
    Raises Validation.
    """
    if len(schema) > 2:
        model = load_model(SERVICES["dynamodb"].model)
        shown = java_text(model, model.shape("KeySchema"), schema)
        raise Validation(_TOO_LONG.format(shown, path))
    names = [element["AttributeName"] for element in schema]
    if len(types) < len(names):
        # AWS counts before it compares (recorded).
        raise Validation(_TOO_FEW_DEFINED)
    check_defined(names, types)
    if len(names) == 2 and names[0] == names[1]:
        raise Validation(_SAME_NAME)
    _check_first(schema)
    if len(schema) == 2 and schema[1]["KeyType"] != "RANGE":
        raise Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    return Keys((names[0],), tuple(names[1:]))


def global_keys(schema: list[dict[str, str]], types: Mapping[str, str] | None) -> Keys:
    """The keys of a global index: 1 to 4 HASH, then 0 to 4 RANGE, no name twice.

    types  None if the caller has made sure that every name is defined
    Raises Validation.
    """
    names = [element["AttributeName"] for element in schema]
    if types is not None:
        check_defined(names, types)
    if len(set(names)) < len(names):
        raise Validation(
            _SAME_NAME
            if len(names) == 2
            else "The KeySchema contains multiple key attributes with the same name"
        )
    _check_first(schema)
    kinds = [element["KeyType"] for element in schema]
    count = kinds.count("HASH")
    if "HASH" in kinds[kinds.index("RANGE") :] if "RANGE" in kinds else False:
        raise Validation(
            f"{OMP}All HASH key attributes must precede RANGE key attributes in the KeySchema"
        )
    for kind, found in (("HASH", count), ("RANGE", len(kinds) - count)):
        if found > _INDEX_KEYS_MAX:
            raise Validation(
                f"{OMP}The KeySchema exceeds the maximum allowed number of {kind} key attributes"
            )
    return Keys(tuple(names[:count]), tuple(names[count:]))


def check_defined(names: Iterable[str], types: Mapping[str, str]) -> None:
    """Raises Validation if a key attribute has no definition."""
    names = list(names)
    if any(name not in types for name in names):
        raise Validation(
            f"{OMP}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(types)}]"
        )


def check_all_used(types: Mapping[str, str], used: Iterable[str], *, has_indexes: bool) -> None:
    """Raises Validation if an attribute is defined that no key uses."""
    known = list(dict.fromkeys(used))
    if set(types) <= set(known):
        return
    if not has_indexes:
        raise Validation(
            f"{OMP}Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
    raise Validation(
        f"{OMP}Some AttributeDefinitions are not used. AttributeDefinitions: "
        f"[{', '.join(types)}], keys used: [{', '.join(known)}]"
    )


def _check_first(schema: list[dict[str, str]]) -> None:
    if schema[0]["KeyType"] != "HASH":
        raise Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
