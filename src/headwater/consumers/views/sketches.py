"""About how many different values there are, and where quantiles of numbers lie, each in a few
kilobytes: sketches of Apache DataSketches.

Only where a view asks for it (`approximate`, `quantile`). The relative error of a count is about
1.6% at one standard deviation. The value of a quantile has a rank that is off by 1.33% of all at
most, in 99 of 100 sketches; its digits are those of a double. The library is loaded when the first
sketch is needed: it is an extra.
Source of the errors: https://datasketches.apache.org/docs/HLL/HLL.html, .../docs/KLL/KLLSketch.html
"""

import importlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from math import nextafter
from typing import Any, Final

from headwater.errors import OperatorError

LOG2_K: Final = 12  # 4096 buckets: 1.04 / sqrt(4096) is 1.6%
QUANTILES_K: Final = 200  # the library's own choice


def _library() -> Any:
    return importlib.import_module("datasketches")


def require_sketches() -> None:
    """Raises OperatorError where the library is not installed."""
    try:
        _library()
    except ImportError:
        raise OperatorError(
            "approximate views and quantiles need the library datasketches, which is not "
            'installed. Install headwater with it, pip install "headwater[sketches]", or leave '
            '"approximate" and "quantile" out: an exact count of different values needs nothing.'
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


class QuantileSketch:
    """A KLL sketch of numbers."""

    __slots__ = ("_sketch",)

    def __init__(self, sketch: Any) -> None:
        self._sketch = sketch

    def take(self, numbers: Iterable[float]) -> None:
        update = self._sketch.update
        for number in numbers:
            update(number)

    def add(self, other: "QuantileSketch") -> None:
        self._sketch.merge(other._sketch)

    def value(self, rank: float) -> float:
        """The least number that about `rank` of all are at or below. There must be one."""
        # A double may be a little more than the rank that was asked for: 0.07 of 200 numbers would
        # be more than 14, and the 15th be taken. A little less is never the 13th.
        return float(self._sketch.get_quantile(nextafter(rank, 0.0), True))

    def encode(self) -> str:
        return b64encode(self._sketch.serialize()).decode()

    @staticmethod
    def decode(text: str) -> "QuantileSketch":
        return QuantileSketch(_library().kll_doubles_sketch.deserialize(b64decode(text)))


def no_quantiles() -> QuantileSketch:
    """One that has seen nothing."""
    return QuantileSketch(_library().kll_doubles_sketch(QUANTILES_K))
