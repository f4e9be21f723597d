"""An event that waits for an asynchronous invocation, as it is stored.

{"id": ..., "tries": 1, ...}\\n<payload>        the payload as it came, up to 1 MiB
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import orjson


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """
    id       the request id of every try
    sent_ms  epoch: its age is counted from here
    tries    invocations that failed or succeeded
    pauses   in a row: throttles, or refusals of the destination
    outcome  JSON that `target` (an ARN) is still to be told; "" while it is still to be tried
    attributes  of that message, if it is for a dead-letter queue or topic
    """

    id: str
    qualifier: str | None
    payload: bytes
    sent_ms: int
    client_context: str | None = None
    tries: int = 0
    pauses: int = 0
    outcome: str = ""
    target: str = ""
    attributes: dict[str, Any] | None = None

    def changed(self, **members: Any) -> Self:
        return replace(self, **members)

    def encode(self) -> bytes:
        members = asdict(self)
        del members["payload"]
        return orjson.dumps(members) + b"\n" + self.payload

    @classmethod
    def decode(cls, stored: bytes) -> Self:
        head, _, payload = stored.partition(b"\n")
        return cls(payload=payload, **orjson.loads(head))
