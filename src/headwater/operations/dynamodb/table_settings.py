"""The parameters of CreateTable and UpdateTable that are neither keys, indexes nor throughput.

Streams, table class, deletion protection, tags; and those that are refused by name.
Source: recorded answers; AWS, API reference, CreateTable.
"""

from collections.abc import Mapping
from typing import Any

from headwater.errors import NotSupported, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.tag_params import merged_tags, tags_param

STANDARD = "STANDARD"
_CLASSES = (STANDARD, "STANDARD_INFREQUENT_ACCESS")

_STRONG = (
    "replicas are written to and compared after the answer, so no region can promise what others "
    "hold; MultiRegionConsistency is EVENTUAL"
)
_ONE_ACCOUNT = "replicas of a table are in one account"

_REFUSED = {
    "DisassociationProtectionEnabled": "replicas are not disassociated, they are deleted",
    "GlobalTableSettingsReplicationMode": _ONE_ACCOUNT,
    "GlobalTableSourceArn": _ONE_ACCOUNT,
    "GlobalTableWitnessUpdates": f"witnesses are of MultiRegionConsistency STRONG, and {_STRONG}",
    "VectorIndexUpdates": "there are no vector indexes",
    "VectorIndexes": "there are no vector indexes",
}


def refuse_unsupported(call: Call) -> None:
    """Raises NotSupported for a parameter that AWS has and Headwater has not."""
    if call.params.get("MultiRegionConsistency") == "STRONG":
        raise NotSupported(
            f"Headwater does not support MultiRegionConsistency STRONG in {call.operation}: "
            f"{_STRONG}"
        )
    for name, why in _REFUSED.items():
        if call.params.get(name):
            raise NotSupported(f"Headwater does not support {name} in {call.operation}: {why}")


def created_view(params: Mapping[str, Any]) -> str | None:
    """The view type of a new table's stream, None for no stream. Raises Validation."""
    specification = params.get("StreamSpecification")
    if specification is None:
        return None
    view: str | None = specification.get("StreamViewType")
    if specification["StreamEnabled"]:
        return enabled_view(
            specification,
            "Table is being created with a stream enabled, UpdateViewType is required",
        )
    if view is not None:
        raise Validation(
            f"{OMP}Table is being created with a stream disabled, UpdateViewType should not be "
            "specified"
        )
    return None


def enabled_view(specification: Mapping[str, Any], missing: str) -> str:
    """The view type of a stream that is turned on. Raises Validation, with `missing`, if there is
    none."""
    view: str | None = specification.get("StreamViewType")
    if view is None:
        raise Validation(f"{OMP}{missing}")
    return view


def created_settings(params: Mapping[str, Any]) -> dict[str, Any]:
    """Schema.settings of a new table, without throughput. Raises Validation for bad tags."""
    settings: dict[str, Any] = {}
    if params.get("DeletionProtectionEnabled"):
        settings["DeletionProtectionEnabled"] = True
    if "TableClass" in params:
        settings["TableClass"] = class_param(params)
    if params.get("Tags"):
        settings["Tags"] = merged_tags({}, tags_param(params["Tags"]))
    return settings


def class_param(params: Mapping[str, Any]) -> str | None:
    """TableClass, if it is given. Raises Validation."""
    given: str | None = params.get("TableClass")
    if given not in (None, *_CLASSES):
        raise Validation(
            "Invalid table-class parameter provided. Please try again with a valid table-class "
            f"value: [{', '.join(_CLASSES)}]."
        )
    return given
