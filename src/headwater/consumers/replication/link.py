"""Links as they are stored: from one replica to another, what is read and how far a copy has come.

Positions in the log are not in here: they are checkpoints of `owner`, one owner for each stream
that the link reads. A link outlives its table: what was written before a replica was deleted is
still shipped, then the others are told that it is gone.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from headwater.arns import Scope, StreamName
from headwater.changelog.stream import Stream
from headwater.consumers.checkpoint import forget_checkpoints, load_checkpoints, save_checkpoint
from headwater.consumers.replication.batch import Head
from headwater.storage import keyspace
from headwater.storage.engine import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of a replica.

    scope, table, table_id   the replica whose writes are shipped
    replica                  its own id (AWS's TableId)
    region                   where to
    stream_label, stream_hidden, stream_id   the table's stream that is read now
    walked     hexadecimal: the items up to this placed key are copied; None: no copy under way
    compares   the copy first asks what the other side has
    lost       how often the log had forgotten writes that were not shipped yet
    """

    scope: Scope
    table: str
    table_id: int
    replica: str
    group: str
    uuid: str
    region: str
    stream_label: str
    stream_hidden: bool
    stream_id: int
    created_ms: int
    walked: str | None = None
    compares: bool = False
    lost: int = 0

    @property
    def key(self) -> bytes:
        return keyspace.link_key(self.table_id, self.region)

    @property
    def owner(self) -> str:
        """Whose checkpoints the positions on the present stream are."""
        return f"region/{self.uuid}/{self.stream_id}"

    @property
    def source(self) -> StreamName:
        """The table's stream that is read now."""
        return StreamName(self.scope, self.table, self.stream_label, self.stream_hidden)

    @property
    def head(self) -> Head:
        """Of what is sent over it."""
        return Head(self.scope.account, self.table, self.group, self.scope.region, self.region)

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self) | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Link":
        fields: dict[str, Any] = orjson.loads(data)
        fields["scope"] = Scope(*fields["scope"])
        return Link(**fields)


def reading(stream: Stream) -> dict[str, Any]:
    """The fields of a link that reads `stream`."""
    return {
        "stream_label": stream.label,
        "stream_hidden": stream.hidden,
        "stream_id": stream.id,
    }


def every_link(tx: Transaction) -> list[Link]:
    """All links of all tables."""
    found = tx.range(keyspace.LINKS, keyspace.successor(keyspace.LINKS))
    return [Link.decode(data) for _, data in found]


def links_of(tx: Transaction, table_id: int) -> list[Link]:
    """The links of a replica, by region."""
    prefix = keyspace.link_key(table_id)
    return [Link.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def link_to(tx: Transaction, table_id: int, region: str) -> Link | None:
    data = tx.get(keyspace.link_key(table_id, region))
    return None if data is None else Link.decode(data)


def current(tx: Transaction, known: Link) -> Link | None:
    """`known` as it is stored now; None if it is gone, or another one has taken its place."""
    stored = link_to(tx, known.table_id, known.region)
    return stored if stored is not None and stored.uuid == known.uuid else None


def put_link(tx: Transaction, link: Link) -> Link:
    tx.put(link.key, link.encode())
    return link


def fork(tx: Transaction, link: Link, uuid: str, region: str, now_ms: int) -> Link:
    """A link to another region that stands where `link` stands; stored with its positions.

    What `link` has still to copy, the new one has to copy whole.
    """
    forked = replace(
        link,
        uuid=uuid,
        region=region,
        created_ms=now_ms,
        walked=None if link.walked is None else "",
        lost=0,
    )
    for shard_id, checkpoint in load_checkpoints(tx, link.owner).items():
        save_checkpoint(tx, forked.owner, shard_id, checkpoint)
    return put_link(tx, forked)


def forget_link(tx: Transaction, link: Link) -> None:
    """The link is no more, and neither are its positions."""
    forget_checkpoints(tx, link.owner)
    tx.delete(link.key)
