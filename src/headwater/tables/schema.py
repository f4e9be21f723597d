"""What a table is: its keys, indexes and settings, as stored and as the hot path wants them.

`Schema` is the document on disk, immutable: a change makes a new one. `Table` is a schema with
everything derived from it that a request would otherwise compute again. Neither knows how items
are written or read, nor AWS's request and answer shapes (operations/dynamodb builds those).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from headwater.arns import Scope, index_arn, table_arn
from headwater.changelog.stream import OpenStream
from headwater.storage import keyspace

ACTIVE = "ACTIVE"
CREATING = "CREATING"
UPDATING = "UPDATING"
DELETING = "DELETING"

# In the settings of a table that is replicated between regions: tables/replicas.py.
REPLICAS = "Replicas"


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. Its key is hash names, then range names, then the table's key."""

    number: int  # 1, 2, ...: names its entries on disk, never used twice in a table
    name: str
    is_global: bool
    hash_names: tuple[str, ...]
    range_names: tuple[str, ...]
    projection: str  # ALL, KEYS_ONLY or INCLUDE
    non_key: tuple[str, ...] = ()
    throughput: tuple[int, int] = (0, 0)  # read and write units per second; zeros on demand
    status: str = ACTIVE
    settings: Mapping[str, Any] = field(default_factory=dict)  # by AWS's names, as answered

    @property
    def key_names(self) -> tuple[str, ...]:
        return self.hash_names + self.range_names


@dataclass(frozen=True, slots=True)
class Schema:
    """One table, as stored."""

    scope: Scope
    name: str
    id: int  # names its items on disk
    uuid: str  # AWS's TableId
    created_ms: int
    attributes: Mapping[str, str]  # name -> S, N or B, for every key attribute
    hash_name: str
    range_name: str | None
    billing: str  # PROVISIONED or PAY_PER_REQUEST
    throughput: tuple[int, int]
    partitions: tuple[int, ...]  # lower bounds of the ranges of the hash
    indexes: tuple[Index, ...] = ()
    next_index: int = 1
    status: str = ACTIVE
    settles_ms: int | None = None  # when CREATING, UPDATING or DELETING is over; None: it is
    stream_label: str | None = None  # of the latest stream, also after it was turned off
    stream_view: str | None = None  # None while no stream is on
    log_label: str | None = None  # of the internal log, while that is what takes the changes
    log_users: tuple[str, ...] = ()  # who needs every change, whether or not a stream is on
    ttl_name: str | None = None  # the attribute that holds an item's expiry, while TTL is on
    ttl_filled: bool = True  # False until the items that were there before are listed
    settings: Mapping[str, Any] = field(default_factory=dict)  # by AWS's names

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self) | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Schema":
        document: dict[str, Any] = orjson.loads(data)
        document["scope"] = Scope(*document["scope"])
        for name in ("throughput", "partitions", "log_users"):
            document[name] = tuple(document.get(name, ()))
        document["indexes"] = tuple(_index(fields) for fields in document["indexes"])
        return Schema(**document)


def _index(fields: dict[str, Any]) -> Index:
    for name in ("hash_names", "range_names", "non_key", "throughput"):
        fields[name] = tuple(fields[name])
    return Index(**fields)


class IndexPlan:
    """An index with what every write needs to know about it."""

    __slots__ = ("counter_key", "hash_keys", "index", "kept", "prefix", "range_keys")

    def __init__(self, schema: Schema, index: Index) -> None:
        self.index = index
        self.prefix = keyspace.data_prefix(schema.id, index.number)
        self.counter_key = keyspace.counter_key(schema.id, index.number)
        types = schema.attributes
        # Names and types of the index's own key attributes.
        self.hash_keys = tuple((name, types[name]) for name in index.hash_names)
        self.range_keys = tuple((name, types[name]) for name in index.range_names)
        # The attributes an entry keeps; None means all of them.
        self.kept: frozenset[str] | None = None
        if index.projection != "ALL":
            table_keys = [schema.hash_name, *([schema.range_name] if schema.range_name else [])]
            self.kept = frozenset((*index.key_names, *table_keys, *index.non_key))


class Table:
    """A schema ready for use. Replaced, never changed, when the schema or stream changes.

    stream  what takes the table's changes: its stream, or the internal log (tables/log.py)
            while no stream is on and somebody needs it; None: changes leave no records
    replicated  it has replicas in other regions, so its items say when and where they were written
    """

    __slots__ = (
        "arn",
        "counter_key",
        "has_local_indexes",
        "hash_name",
        "hash_type",
        "indexes",
        "key_names",
        "name",
        "plans",
        "prefix",
        "range_name",
        "range_type",
        "replicated",
        "schema",
        "scope",
        "stream",
        "ttl_name",
    )

    def __init__(self, schema: Schema, stream: OpenStream | None) -> None:
        self.schema = schema
        self.stream = stream
        self.scope = schema.scope
        self.name = schema.name
        self.arn = table_arn(schema.scope, schema.name)
        self.hash_name = schema.hash_name
        self.hash_type = schema.attributes[schema.hash_name]
        self.range_name = schema.range_name
        self.range_type = (
            schema.attributes[schema.range_name] if schema.range_name is not None else None
        )
        self.key_names: tuple[str, ...] = (
            (self.hash_name,) if self.range_name is None else (self.hash_name, self.range_name)
        )
        self.ttl_name = schema.ttl_name
        self.replicated = REPLICAS in schema.settings
        self.prefix = keyspace.data_prefix(schema.id, 0)
        self.counter_key = keyspace.counter_key(schema.id, 0)
        self.plans = tuple(IndexPlan(schema, index) for index in schema.indexes)
        self.indexes = {index.name: index for index in schema.indexes}
        self.has_local_indexes = any(not index.is_global for index in schema.indexes)

    def plan(self, index_name: str) -> IndexPlan | None:
        """The plan of the index of that name, or None if there is none."""
        for plan in self.plans:
            if plan.index.name == index_name:
                return plan
        return None

    def index_arn(self, index_name: str) -> str:
        return index_arn(self.scope, self.name, index_name)


def key_attribute_names(schema: Schema, indexes: Sequence[Index]) -> set[str]:
    """Every attribute that is a key of the table or of one of `indexes`."""
    names = {schema.hash_name}
    if schema.range_name is not None:
        names.add(schema.range_name)
    for index in indexes:
        names.update(index.key_names)
    return names
