"""What those who take part in a trace see of it: spans are begun, told facts, and ended.

A node that sends no traces has no `Tracer`: whoever could take part asks for one first.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from headwater.traces.context import TraceContext
from headwater.traces.origins import Origins

Fact = str | int | bool | Sequence[str]

SERVER: Final = "server"  # a request that came
CLIENT: Final = "client"  # one that was made of a function
CONSUMER: Final = "consumer"  # changes that are worked on


class Span(Protocol):
    """Something that takes time."""

    @property
    def context(self) -> TraceContext: ...

    def tell(self, facts: dict[str, Fact]) -> None:
        """Add facts."""
        ...

    def end(self, error: str = "") -> None:
        """It is over. error: the code or kind of what went wrong; "" if nothing did"""
        ...


class Tracer(Protocol):
    """Begins spans. origins: of changes"""

    @property
    def origins(self) -> Origins: ...

    def begin(
        self,
        name: str,
        kind: str,
        facts: dict[str, Fact],
        *,
        parent: TraceContext | None = None,
        links: Sequence[tuple[TraceContext, dict[str, Fact]]] = (),
    ) -> Span:
        """parent: None begins a trace"""
        ...

    def close(self) -> None:
        """Send what is left. It blocks, for seconds if nobody takes it."""
        ...
