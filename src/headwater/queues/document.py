"""A queue as it is stored: what it was told to be. Its messages are `mailbox.py`'s.

Times are whole seconds since the epoch where AWS shows them so, and milliseconds elsewhere.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson

from headwater.arns import Scope, queue_arn
from headwater.queues.attributes import DEFAULTS
from headwater.queues.redrive import Redrive, read_redrive

MS = 1000


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue. Equal bytes decode to the same object: change it with `changed`.

    number      what its keys begin with, and what its watchers watch
    attributes  those that were set, by AWS's names, as AWS shows them
    purged_ms   when it was last emptied by a purge; 0: never
    """

    scope: Scope
    name: str
    number: int
    created_s: int
    modified_s: int
    attributes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    purged_ms: int = 0
    redrive: Redrive | None = None

    @property
    def arn(self) -> str:
        return queue_arn(self.scope, self.name)

    def number_of(self, attribute: str) -> int:
        """The value of an attribute that is a number, in AWS's unit."""
        return int(self.attributes.get(attribute) or DEFAULTS[attribute])

    def changed(self, **changes: Any) -> "Queue":
        """As `dataclasses.replace`, with what hangs on the attributes kept in step."""
        if "attributes" in changes:
            changes["redrive"] = read_redrive(changes["attributes"].get("RedrivePolicy"))
        return replace(self, **changes)

    def encode(self) -> bytes:
        """Bytes for the store."""
        return orjson.dumps(
            {
                "scope": list(self.scope),
                "name": self.name,
                "number": self.number,
                "created_s": self.created_s,
                "modified_s": self.modified_s,
                "attributes": self.attributes,
                "tags": self.tags,
                "purged_ms": self.purged_ms,
            }
        )


@lru_cache(maxsize=1024)
def decode_queue(data: bytes) -> Queue:
    """The queue that `encode` made `data` of."""
    stored = orjson.loads(data)
    stored["scope"] = Scope(*stored["scope"])
    return Queue(**stored, redrive=read_redrive(stored["attributes"].get("RedrivePolicy")))
