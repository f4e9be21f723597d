"""What requests cost, by the model's own arithmetic.

Sources: AWS, developer guide, "Read and write capacity modes" (what one unit covers), "Using global
secondary indexes", "Provisioned throughput considerations" (what a write costs an index); that an
entry whose content stays costs nothing is a recorded answer.
"""

from collections.abc import Iterable
from typing import Any

from tests.model.tables import IndexShape, Model
from tests.model.values import Doc, bytes_of

WRITE_BYTES = 1024
READ_BYTES = 4096


def write_cost(model: Model, before: Doc | None, after: Doc | None) -> dict[str, Any]:
    """ConsumedCapacity of a write, with INDEXES, without the table's name."""
    sizes = [bytes_of(doc) for doc in (before, after) if doc is not None]
    table = _units(max(sizes, default=0))
    indexes = {index: _entry_cost(model, index, before, after) for index in model.shape.indexes}
    told: dict[str, Any] = {
        "CapacityUnits": table + sum(indexes.values()),
        "Table": {"CapacityUnits": table},
    }
    for index, units in indexes.items():
        if units:
            member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
            told.setdefault(member, {})[index.name] = {"CapacityUnits": units}
    return told


def _entry_cost(model: Model, index: IndexShape, before: Doc | None, after: Doc | None) -> float:
    old, new = (None if doc is None else model.row(index, doc) for doc in (before, after))
    if before == after or (old is None and new is None):
        return 0
    if old is None or new is None:
        return _units(bytes_of(old or new or {}))
    if any(old[name] != new[name] for name in index.key_names):
        return _units(bytes_of(old)) + _units(bytes_of(new))
    return 0 if old == new else _units(max(bytes_of(old), bytes_of(new)))


def _units(size: int) -> float:
    return float(max(1, -(-size // WRITE_BYTES)))


def read_cost(docs: Iterable[Doc]) -> float:
    """Units of an eventually consistent read of some items, which are rounded up together."""
    size = sum(map(bytes_of, docs))
    return max(1, -(-size // READ_BYTES)) / 2
