"""The tail of what an invocation writes, as Invoke answers it.

A function may print without end; what is kept of it is bounded. All of it goes to `logs/`.
"""

from headwater.limits import LOG_TAIL_BYTES


class Tail:
    """The last `LOG_TAIL_BYTES` of what was added."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, data: bytes) -> None:
        kept = self._kept
        kept += data if len(data) <= LOG_TAIL_BYTES else data[-LOG_TAIL_BYTES:]
        if len(kept) > 2 * LOG_TAIL_BYTES:
            del kept[:-LOG_TAIL_BYTES]

    def bytes(self) -> bytes:
        return bytes(self._kept[-LOG_TAIL_BYTES:])
