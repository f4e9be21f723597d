"""Ways to ask another region something: over the network, or within this node.

A region is another node's if it is named as a peer, else this node's own: its replicas are spoken
to through the same requests, which then never leave the process. What is asked is known to
receiver.py, and what is sent over HTTP is POST /_headwater/replication/<verb>.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import orjson

from headwater.outbound.peer import Peer

log = logging.getLogger("headwater.regions")

PATH: Final = "/_headwater/replication/"

# Too many requests, a clock that is set right, and a replica that is not there yet.
_PASSING: Final = ("429", "ClockAhead", "NoReplica")

Answer = dict[str, Any]
Receive = Callable[[str, bytes], Awaitable[Answer]]


class PeerRefused(Exception):
    """The other side understood and said no. code: one word, for programs; or an HTTP status."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def may_pass(self) -> bool:
        """Whether the same question may well have another answer later."""
        return self.code in _PASSING or self.code.startswith("5")


class Line(Protocol):
    """To one region. is_near: what is sent stays within this machine. place: where, for people"""

    is_near: bool
    place: str

    async def ask(self, verb: str, body: bytes) -> Answer:
        """Raises PeerRefused, and outbound.failure.CallFailed when nobody answers."""
        ...


class OwnLine:
    """To a region that this node serves itself."""

    is_near = True
    place = "here"

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def ask(self, verb: str, body: bytes) -> Answer:
        try:
            return await self._receive(verb, body)
        except PeerRefused:
            raise
        except Exception as trouble:
            # What another node would answer; who asks has to tell no more ways of failing apart.
            log.exception("a region of this node's own could not answer")
            raise PeerRefused("500", f"the region could not answer: {trouble}") from trouble


class PeerLine:
    """To a region of another node."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.is_near = peer.is_near
        self.place = peer.url

    async def ask(self, verb: str, body: bytes) -> Answer:
        status, raw = await self._peer.post(PATH + verb, body)
        try:
            answer = orjson.loads(raw)
        except orjson.JSONDecodeError:
            answer = raw[:200].decode("utf-8", "replace")
        if status == 200 and isinstance(answer, dict):
            return answer
        if isinstance(answer, dict) and "error" in answer:
            raise PeerRefused(str(answer.get("code", status)), str(answer["error"]))
        raise PeerRefused(str(status), f"{self._peer.url} answered {status}: {answer}")


class Lines:
    """The line to each region; `peers` are those that other nodes serve."""

    def __init__(self, peers: Mapping[str, Peer]) -> None:
        self._lines: dict[str, Line] = {region: PeerLine(peer) for region, peer in peers.items()}
        self._one_way: set[str] = set()
        self._own: Line | None = None

    def add_one_way(self, region: str, line: Line) -> None:
        """A region that takes what it is sent, and writes nothing that would come back."""
        self._lines[region] = line
        self._one_way.add(region)

    def is_one_way(self, region: str) -> bool:
        return region in self._one_way

    def serve(self, receive: Receive) -> None:
        """Have `receive` answer for the regions that are this node's own."""
        self._own = OwnLine(receive)

    def is_own(self, region: str) -> bool:
        """Whether this node serves the region itself."""
        return region not in self._lines

    def to(self, region: str) -> Line:
        line = self._lines.get(region, self._own)
        assert line is not None, "nobody answers for this node's own regions yet"
        return line

    @property
    def peers(self) -> Mapping[str, Line]:
        """The lines to other nodes."""
        return self._lines
