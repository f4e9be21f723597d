"""About how many different values there are, in a few kilobytes: a sketch of Apache DataSketches.

Only where a view asks for it (`approximate`). The relative error of the count is about 1.6% at one
standard deviation. Loaded when the first one is needed: it is an extra.
"""

import importlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Any, Final

from headwater.errors import OperatorError

LOG2_K: Final = 12  # 4096 buckets: 1.04 / sqrt(4096) is 1.6%


def _library() -> Any:
    return importlib.import_module("datasketches")


def require_sketches() -> None:
    """Raises OperatorError where the library is not installed."""
    try:
        _library()
    except ImportError:
        raise OperatorError(
            "approximate views need the library datasketches, which is not installed. Install "
            'headwater with it, pip install "headwater[sketches]", or leave "approximate" out: '
            "an exact count of different values needs nothing."
        ) from None


class DistinctSketch:
    """A HyperLogLog sketch of values' bytes."""

    __slots__ = ("_sketch",)

    def __init__(self, sketch: Any) -> None:
        self._sketch = sketch

    def take(self, values: Iterable[bytes]) -> None:
        update = self._sketch.update
        for value in values:
            # The library takes texts; this is one for each value's bytes.
            update(value.hex())

    def add(self, other: "DistinctSketch") -> None:
        library = _library()
        union = library.hll_union(LOG2_K)
        union.update(self._sketch)
        union.update(other._sketch)
        self._sketch = union.get_result(library.tgt_hll_type.HLL_8)

    @property
    def estimate(self) -> int:
        return round(float(self._sketch.get_estimate()))

    def encode(self) -> str:
        return b64encode(self._sketch.serialize_compact()).decode()

    @staticmethod
    def decode(text: str) -> "DistinctSketch":
        return DistinctSketch(_library().hll_sketch.deserialize(b64decode(text)))


def no_sketch() -> DistinctSketch:
    """One that has seen nothing."""
    library = _library()
    return DistinctSketch(library.hll_sketch(LOG2_K, library.tgt_hll_type.HLL_8))
