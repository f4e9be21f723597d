"""What a call says it has used of a table, for the metrics: units, and what it returned.

Made on the path of every request, so it is as small as can be.
"""

from collections.abc import Mapping

from headwater.tables.schema import Table

_NONE: Mapping[str, float] = {}


class Used:
    """Of one table.

    units    capacity units of the table and its local indexes
    indexes  those of global indexes, by name
    items    how many Query, Scan or GetRecords returned; None for other operations
    size     bytes of records that GetRecords returned
    label    of the stream they came from
    """

    __slots__ = ("indexes", "is_write", "items", "label", "size", "table", "units")

    def __init__(
        self,
        table: str,
        is_write: bool,
        units: float,
        indexes: Mapping[str, float] = _NONE,
        items: int | None = None,
        size: int = 0,
        label: str | None = None,
    ) -> None:
        self.table = table
        self.is_write = is_write
        self.units = units
        self.indexes = indexes
        self.items = items
        self.size = size
        self.label = label


def used_of(
    table: Table,
    is_write: bool,
    units: float,
    indexes: Mapping[str, float],
    items: int | None = None,
) -> Used:
    """indexes: units of all indexes; those of local ones are their table's in the metrics"""
    if indexes:
        shared = {name: of for name, of in indexes.items() if table.indexes[name].is_global}
        units += sum(of for name, of in indexes.items() if name not in shared)
        indexes = shared
    return Used(table.name, is_write, units, indexes, items)
