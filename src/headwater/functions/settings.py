"""What an operator can set about functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MINUTE_MS = 60 * 1000


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """Bounds of the node, with the defaults that a laptop can bear.

    environments_max  processes at once, of all functions together
    idle_ms_max       an environment without work for so long is ended
    interpreters      "3.12" -> path of a Python to use for python3.12, before looking around
    """

    environments_max: int = 32
    idle_ms_max: int = 10 * MINUTE_MS
    interpreters: Mapping[str, str] = field(default_factory=dict)
