"""Kinesis destinations as they are stored and shown.

One document holds what is wanted and what can be seen of it. Positions are not in here: they are
checkpoints of `owner`, one owner for each stream of the table that the destination reads. Source
of shapes and statuses: the DynamoDB service model, KinesisDataStreamDestination.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from headwater.arns import Scope, StreamName, parse_arn
from headwater.changelog.stream import Stream
from headwater.storage import keyspace
from headwater.storage.engine import Transaction

ENABLING = "ENABLING"
ACTIVE = "ACTIVE"
DISABLING = "DISABLING"
DISABLED = "DISABLED"
ENABLE_FAILED = "ENABLE_FAILED"
UPDATING = "UPDATING"

OFF = (DISABLED, ENABLE_FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One destination of one table; a new one each time it is enabled.

    stream_label, stream_hidden, stream_id   the table's stream whose changes are delivered now
    until  the last sequence that is delivered, once the destination is being disabled
    """

    scope: Scope
    table: str
    table_id: int
    uuid: str
    arn: str  # of the Kinesis stream
    precision: str
    stream_label: str
    stream_hidden: bool
    stream_id: int
    changed_ms: int
    status: str = ENABLING
    description: str = ""
    until: int | None = None

    @property
    def key(self) -> bytes:
        return keyspace.destination_key(self.table_id, self.arn)

    @property
    def user(self) -> str:
        """Who needs the table's log (tables/log.py)."""
        return f"kinesis/{self.uuid}"

    @property
    def owner(self) -> str:
        """Whose checkpoints the positions on the present stream are."""
        return f"kinesis/{self.uuid}/{self.stream_id}"

    @property
    def source(self) -> StreamName:
        """The table's stream that is read now."""
        return StreamName(self.scope, self.table, self.stream_label, self.stream_hidden)

    @property
    def kinesis_name(self) -> str:
        """Name of the Kinesis stream: what every Kinesis-compatible endpoint understands."""
        return self.arn.rpartition("/")[2]

    def reading_as(self, other: "Destination") -> "Destination":
        """This destination, reading the stream that `other` reads."""
        return replace(
            self,
            stream_label=other.stream_label,
            stream_hidden=other.stream_hidden,
            stream_id=other.stream_id,
        )

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self) | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Destination":
        fields: dict[str, Any] = orjson.loads(data)
        fields["scope"] = Scope(*fields["scope"])
        return Destination(**fields)


def reading(stream: Stream) -> dict[str, Any]:
    """The fields of a destination that reads `stream`."""
    return {
        "stream_label": stream.label,
        "stream_hidden": stream.hidden,
        "stream_id": stream.id,
    }


def is_kinesis_stream(text: str, region: str) -> bool:
    """Whether `text` is the ARN of a Kinesis stream in `region`.

    The account is not looked at: it is the one that the endpoint knows, which need not be the
    table's.
    """
    arn = parse_arn(text)
    if arn is None or arn.service != "kinesis" or arn.region != region:
        return False
    kind, _, name = arn.resource.partition("/")
    return kind == "stream" and bool(name) and "/" not in name


def every_destination(tx: Transaction) -> list[Destination]:
    """All destinations of all tables."""
    prefix = keyspace.all_destinations_prefix()
    return [Destination.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def destinations_of(tx: Transaction, table_id: int) -> list[Destination]:
    """The destinations of a table, by ARN."""
    prefix = keyspace.destinations_prefix(table_id)
    return [Destination.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def current(tx: Transaction, known: Destination) -> Destination | None:
    """`known` as it is stored now; None if it is gone, or another one has taken its place."""
    data = tx.get(known.key)
    stored = None if data is None else Destination.decode(data)
    return stored if stored is not None and stored.uuid == known.uuid else None
