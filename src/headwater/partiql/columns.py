"""The columns of a SELECT: which parts of an item an answer shows, and under which names.

A column is named by the last part of its path. One that ends in a list index has no name of its
own and gets PartiQL's, which is _1, _2, ... by its place in the list.
Source: PartiQL specification, "SELECT clauses"; the name of a nested attribute is recorded.
"""

from collections.abc import Sequence

from headwater.expressions.paths import getter
from headwater.partiql.faults import unexpected_path
from headwater.partiql.syntax import Column, Path
from headwater.values.size import Item


class Columns:
    """attributes: names of the top-level attributes they read."""

    __slots__ = ("_columns", "attributes")

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = []
        attributes = set()
        for place, column in enumerate(columns, 1):
            if not isinstance(column.node, Path):
                raise unexpected_path(column.at)
            parts = column.node.parts
            last = parts[-1]
            name = last if isinstance(last, str) else f"_{place}"
            self._columns.append((name, getter(parts)))
            attributes.add(str(parts[0]))
        self.attributes = frozenset(attributes)

    def project(self, item: Item) -> Item:
        """The columns of an item; those it does not have are left out."""
        found = ((name, get(item)) for name, get in self._columns)
        return {name: value for name, value in found if value is not None}
