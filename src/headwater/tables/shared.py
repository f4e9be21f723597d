"""What all replicas of a table have in common, as one document that each of them keeps.

    settings["Replicas"]["Shared"] = {facet: [time, region, value]}
    settings["Replicas"]["Version"]   grows with each change of the document

A facet is a setting that is changed as a whole:

    billing      mode and provisioned figures, of the table and its global indexes
    caps, warm   on-demand caps, warm throughput: of the table and its global indexes
    class, sse   table class; "KMS" or nothing
    ttl          the attribute that holds an item's expiry
    index/NAME   a global index: its keys, their types and its projection
    override/REGION, key/REGION   what one replica has for itself: read capacity, class, KMS key
    source/REGION                 which replica it was copied from, and when

A facet that nobody has changed since the table is replicated has no entry: it is the same
everywhere. Each change has the stamp of its region (changelog/conflict.py), the later one wins, and
a facet that was taken away keeps its entry with the value null. So documents can be merged in any
order, any number of times, and end equal. This file knows schemas and documents: pure functions.

Source of what is common: AWS, developer guide, "Global tables: settings that are synchronized".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from headwater.changelog.conflict import Stamp
from headwater.tables.replicas import replicas_of
from headwater.tables.schema import ACTIVE, DELETING, REPLICAS, UPDATING, Index, Schema

SOURCE_MS: Final = 24 * 60 * 60 * 1000  # how long a source is kept for what was made from it

Document = dict[str, list[Any]]


def document_of(schema: Schema) -> Document:
    """The document; empty if nothing was changed."""
    found: Document = schema.settings.get(REPLICAS, {}).get("Shared", {})
    return found


def version_of(schema: Schema) -> int:
    found: int = schema.settings.get(REPLICAS, {}).get("Version", 0)
    return found


def value_of(schema: Schema, facet: str) -> Any:
    """What the document says of a facet; None where it says nothing."""
    entry = document_of(schema).get(facet)
    return None if entry is None else entry[2]


def owed(schema: Schema) -> list[str]:
    """Regions that have a replica and have not said that they know the document as it is."""
    version = version_of(schema)
    return [
        region
        for region, about in replicas_of(schema).items()
        if about.get("Told", 0) < version and about["Status"] in (ACTIVE, UPDATING)
    ]


def with_told(schema: Schema, region: str, version: int) -> Schema:
    """`schema` after `region` has said that it knows that version."""
    regions = dict(replicas_of(schema))
    about = regions.get(region)
    if about is None or about.get("Told", 0) >= version:
        return schema
    regions[region] = {**about, "Told": version}
    return _with(schema, Regions=regions)


def with_values(schema: Schema, stamp: Stamp, values: Mapping[str, Any]) -> Schema:
    """`schema` with those facets as they were changed here, at that moment."""
    if not values:
        return schema
    changed = {facet: [stamp.time, stamp.region, value] for facet, value in values.items()}
    document = {**document_of(schema), **changed}
    return _with(schema, Shared=document, Version=version_of(schema) + 1)


def merged(schema: Schema, arriving: Document) -> Schema:
    """`schema` with the document that another replica has sent; itself if that tells no news.

    What follows for the table is for others to do: see `simple` and `wanted_indexes`.
    """
    known = document_of(schema)
    news = {
        facet: entry
        for facet, entry in arriving.items()
        if facet not in known or _stamp(entry) > _stamp(known[facet])
    }
    if not news:
        return schema
    return _with(schema, Shared={**known, **news}, Version=version_of(schema) + 1)


def newest_time(document: Document) -> int:
    """The latest time of any stamp in it; 0 if there is none."""
    return max((entry[0] for entry in document.values()), default=0)


def _stamp(entry: list[Any]) -> Stamp:
    return Stamp(entry[0], entry[1])


def _with(schema: Schema, **about: Any) -> Schema:
    replicas = {**schema.settings[REPLICAS], **about}
    return replace(schema, settings={**schema.settings, REPLICAS: replicas})


# --- from a schema to facets --------------------------------------------------------------------


def differing(before: Schema, after: Schema) -> dict[str, Any]:
    """The facets that a change of the table has changed; None: taken away."""
    old, new = facets_of(before), facets_of(after)
    return {
        facet: new.get(facet)
        for facet in (*old, *(facet for facet in new if facet not in old))
        if old.get(facet) != new.get(facet)
    }


def facets_of(schema: Schema) -> dict[str, Any]:
    """All facets of a table, but those that only the document knows."""
    settings = schema.settings
    indexes = [index for index in schema.indexes if index.is_global and index.status != DELETING]
    facets: dict[str, Any] = {
        "billing": {
            "Mode": schema.billing,
            "Figures": list(schema.throughput),
            "Indexes": {one.name: list(one.throughput) for one in indexes if any(one.throughput)},
        },
        "caps": _both(schema, indexes, "OnDemandThroughput"),
        "warm": _both(schema, indexes, "WarmThroughput"),
        "class": settings.get("TableClass"),
        "sse": "KMS" if "SSE" in settings else None,
        "ttl": schema.ttl_name,
        f"key/{schema.scope.region}": customer_key(settings),
    }
    for index in indexes:
        facets[f"index/{index.name}"] = {
            "Hash": list(index.hash_names),
            "Range": list(index.range_names),
            "Types": {name: schema.attributes[name] for name in index.key_names},
            "Projection": index.projection,
            "NonKey": list(index.non_key),
        }
    return facets


def customer_key(settings: Mapping[str, Any]) -> str | None:
    """The ARN of the customer's own key that a table has; None with one of AWS's."""
    sse = settings.get("SSE")
    if sse is None or sse["Asked"] == MANAGED_KEY:
        return None
    return str(sse["KMSMasterKeyArn"])


MANAGED_KEY: Final = "alias/aws/dynamodb"


def _both(schema: Schema, indexes: list[Index], name: str) -> dict[str, Any]:
    named = {one.name: dict(one.settings[name]) for one in indexes if name in one.settings}
    return {"Table": dict(schema.settings.get(name, {})), "Indexes": named}


# --- from facets to a schema --------------------------------------------------------------------


def simple(schema: Schema, document: Document, now_ms: int) -> Schema:
    """`schema` with every facet of the document that is no more than a value.

    Indexes that come or go, time to live and encryption take more than that.
    """
    values = {facet: entry[2] for facet, entry in document.items()}
    settings = dict(schema.settings)
    indexes = schema.indexes
    billing, throughput = schema.billing, schema.throughput
    if "billing" in values:
        told = values["billing"]
        if told["Mode"] != billing and told["Mode"] == "PAY_PER_REQUEST":
            settings["OnDemandSinceMs"] = now_ms
        billing, throughput = told["Mode"], (told["Figures"][0], told["Figures"][1])
        figures = told["Indexes"]
        indexes = tuple(
            replace(one, throughput=tuple(figures.get(one.name, (0, 0)))) if one.is_global else one
            for one in indexes
        )
    for facet, name in (("caps", "OnDemandThroughput"), ("warm", "WarmThroughput")):
        if facet in values:
            _put(settings, name, values[facet]["Table"])
            indexes = tuple(_put_index(one, name, values[facet]["Indexes"]) for one in indexes)
    if "class" in values and values["class"] != settings.get("TableClass"):
        _put(settings, "TableClass", values["class"])
        settings["TableClassUpdatedMs"] = now_ms
    return replace(
        schema, settings=settings, indexes=indexes, billing=billing, throughput=throughput
    )


def _put(settings: dict[str, Any], name: str, value: Any) -> None:
    if value:
        settings[name] = value
    else:
        settings.pop(name, None)


def _put_index(index: Index, name: str, named: Mapping[str, Any]) -> Index:
    if not index.is_global:
        return index
    settings = dict(index.settings)
    _put(settings, name, named.get(index.name))
    return replace(index, settings=settings)


def wanted_indexes(schema: Schema, document: Document) -> dict[str, dict[str, Any] | None]:
    """The global indexes that the document tells of, by name; None: there is to be none.

    Two regions may make indexes at once that need one attribute in two types. The one that was
    made first stays, and the other goes everywhere, also where it was made.
    """
    told = {
        facet.removeprefix("index/"): entry
        for facet, entry in document.items()
        if facet.startswith("index/")
    }
    untold = [index for index in schema.indexes if index.name not in told]
    types = {
        name: schema.attributes[name]
        for name in (
            schema.hash_name,
            *([schema.range_name] if schema.range_name else []),
            *(name for index in untold for name in index.key_names),
        )
    }
    wanted: dict[str, dict[str, Any] | None] = {}
    for name, entry in sorted(told.items(), key=lambda found: _stamp(found[1])):
        about = entry[2]
        if about is not None and all(
            types.get(key, kind) == kind for key, kind in about["Types"].items()
        ):
            types |= about["Types"]
            wanted[name] = about
        else:
            wanted[name] = None
    return wanted


def is_index(index: Index, about: Mapping[str, Any]) -> bool:
    """Whether a global index is the one that a document tells of."""
    known = (*index.hash_names,), (*index.range_names,), index.projection, (*index.non_key,)
    wanted = (*about["Hash"],), (*about["Range"],), about["Projection"], (*about["NonKey"],)
    return known == wanted


# --- of one replica -----------------------------------------------------------------------------


def has_sourced(schema: Schema, region: str, now_ms: int) -> bool:
    """Whether another replica that is there was copied from that in `region` within a day."""
    members = {schema.scope.region, *replicas_of(schema)} - {region}
    for member in members:
        source = value_of(schema, f"source/{member}")
        if source and source["From"] == region and now_ms < source["Ms"] + SOURCE_MS:
            return True
    return False
