"""A view as it is stored: its definition, and how far it has come with its table.

    WAITING   there is no table of that name; one that is created is taken up at once
    BUILDING  the items that were there before are being gone through
    LIVE      every change that is read counts

A view over all time is built: items are gone through in the order of their keys on disk, and
`frontier` is the last that was looked at. A change of an item up to the frontier counts, one
beyond it does not, because the item itself will be met. A windowed view is live from the start.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from headwater.arns import Scope, StreamName
from headwater.changelog.stream import Stream
from headwater.consumers.views.definition import Aggregate, Definition
from headwater.storage import keyspace, view_keys
from headwater.storage.engine import Transaction

WAITING: Final = "WAITING"
BUILDING: Final = "BUILDING"
LIVE: Final = "LIVE"

_DECODED_MAX: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view; a new one each time it is created.

    table_id, stream_*  of the table it follows, and of the stream of it that is read now
    frontier            hexadecimal: storage key of the last item that was gone through
    scanned             items gone through
    lost_ms             when it was found that changes had expired before they were read
    """

    definition: Definition
    id: int
    uuid: str
    created_ms: int
    status: str = WAITING
    table_id: int = 0
    stream_label: str = ""
    stream_hidden: bool = False
    stream_id: int = 0
    frontier: str = ""
    scanned: int = 0
    lost_ms: int | None = None

    @property
    def scope(self) -> Scope:
        return self.definition.scope

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def key(self) -> bytes:
        return view_keys.view_key(self.scope, self.name)

    @property
    def user(self) -> str:
        """Who needs the table's log (tables/log.py)."""
        return f"view/{self.uuid}"

    @property
    def owner(self) -> str:
        """Whose checkpoints the positions on the present stream are."""
        return f"view/{self.uuid}/{self.stream_id}"

    @property
    def source(self) -> StreamName:
        """The table's stream that is read now."""
        table = self.definition.table
        return StreamName(self.scope, table, self.stream_label, self.stream_hidden)

    def put(self, tx: Transaction) -> None:
        tx.put(self.key, self.encode())

    def encode(self) -> bytes:
        fields = asdict(self)
        fields["definition"]["scope"] = tuple(self.scope)
        fields["definition"]["aggregates"] = [tuple(one) for one in self.definition.aggregates]
        return orjson.dumps(fields)

    @staticmethod
    @lru_cache(maxsize=_DECODED_MAX)  # each step of a view looks at its document, mostly the same
    def decode(data: bytes) -> "View":
        fields: dict[str, Any] = orjson.loads(data)
        definition = fields["definition"]
        definition["scope"] = Scope(*definition["scope"])
        definition["aggregates"] = tuple(Aggregate(*one) for one in definition["aggregates"])
        for name in ("by", "events"):
            definition[name] = tuple(definition[name])
        fields["definition"] = Definition(**definition)
        return View(**fields)


def reading(stream: Stream) -> dict[str, Any]:
    """The fields of a view that reads `stream`."""
    return {
        "stream_label": stream.label,
        "stream_hidden": stream.hidden,
        "stream_id": stream.id,
    }


def every_view(tx: Transaction, scope: Scope | None = None) -> list[View]:
    """All views of a scope, or of all, by name."""
    prefix = view_keys.all_views_prefix() if scope is None else view_keys.views_prefix(scope)
    return [View.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def find_view(tx: Transaction, scope: Scope, name: str) -> View | None:
    data = tx.get(view_keys.view_key(scope, name))
    return None if data is None else View.decode(data)


def current(tx: Transaction, known: View) -> View | None:
    """`known` as it is stored now; None if it is gone, or another one has taken its place."""
    data = tx.get(known.key)
    stored = None if data is None else View.decode(data)
    return stored if stored is not None and stored.uuid == known.uuid else None
