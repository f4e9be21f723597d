"""Which regions a table is replicated to, as its schema remembers it.

    settings["Replicas"] = {"Group": id, "Regions": {"eu-west-1": {"Status": "ACTIVE", ...}}, ...}

`Regions` are the others, never the table's own. All replicas of one global table share the group's
id, so that a table is not taken for an earlier one of its name. With the last other region the
table is a plain one again. What the replicas have in common is beside it: tables/shared.py. This
file knows the document; it does not know links or who is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from headwater.tables.schema import REPLICAS, Schema

LOG_USER = "regions"  # who needs the table's log (tables/log.py)

CREATION_FAILED = "CREATION_FAILED"  # of a replica, beside the statuses of tables


def group_of(schema: Schema) -> str | None:
    """The id that all replicas of the table share; None if it has none."""
    found = schema.settings.get(REPLICAS)
    return None if found is None else str(found["Group"])


def replicas_of(schema: Schema) -> Mapping[str, Mapping[str, Any]]:
    """What is known of each other replica, by region."""
    found: Mapping[str, Mapping[str, Any]] = schema.settings.get(REPLICAS, {}).get("Regions", {})
    return found


def with_replica(schema: Schema, group: str, region: str, **about: Any) -> Schema:
    """`schema` with what is said of a region over what was known; a new one is added."""
    known = replicas_of(schema)
    regions = {**known, region: {**known.get(region, {}), **about}}
    return _with(schema, group, regions)


def without_replica(schema: Schema, region: str) -> Schema:
    """`schema` without that region; with no other one left, a plain table's."""
    group = group_of(schema)
    assert group is not None, f"table {schema.name} has no replicas"
    left = {name: about for name, about in replicas_of(schema).items() if name != region}
    return _with(schema, group, left)


def _with(schema: Schema, group: str, regions: Mapping[str, Mapping[str, Any]]) -> Schema:
    settings = dict(schema.settings)
    if regions:
        known = schema.settings.get(REPLICAS, {})
        settings[REPLICAS] = {**known, "Group": group, "Regions": dict(regions)}
    else:
        settings.pop(REPLICAS, None)
    return replace(schema, settings=settings)
