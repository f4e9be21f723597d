"""A table T in memory with a stream and two indexes; time stands still, and there is no loop."""

from collections.abc import Callable
from typing import Any

from tests.doorless import SCOPE, Doorless

from headwater.ids import SeededIds
from headwater.storage.local import LocalTransaction
from headwater.tables import definition
from headwater.tables.schema import Index, Schema

KINDS = {"pk": "S", "sk": "S", "grade": "N", "colour": "S"}


class OneTable(Doorless):
    """The table is on (pk, sk), its index `loc` on (pk, grade), its index `glo` on (colour, grade).

    loc  what the local index keeps
    """

    def __init__(self, loc: str = "ALL") -> None:
        super().__init__()
        indexes = (
            Index(1, "loc", False, ("pk",), ("grade",), loc),
            Index(2, "glo", True, ("colour",), ("grade",), "ALL"),
        )
        schema = Schema(
            SCOPE, "T", 1, "u", 0, KINDS, "pk", "sk", "PAY_PER_REQUEST", (0, 0), (0,), indexes, 3
        )
        catalog, ids, now_ms = self.node.catalog, SeededIds(1), self.clock.now_ms()
        view = "NEW_AND_OLD_IMAGES"
        self.do(lambda tx: definition.create(tx, catalog, ids, now_ms, schema, view))

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Run `work` in a transaction, and write it."""
        tx = LocalTransaction(self.engine)
        answer = work(tx)
        tx.commit()
        self.engine.push()
        return answer

    def kept(self) -> tuple[list[list[tuple[bytes, bytes]]], list[tuple[int, int]]]:
        """Rows of the table and of each index, and the counters of each, as stored."""
        tx = LocalTransaction(self.engine)
        table = self.table_of("T")
        prefixes = [table.prefix, *(plan.prefix for plan in table.plans)]
        rows = [tx.range(prefix, prefix + b"\xff" * 8) for prefix in prefixes]
        keys = [table.counter_key, *(plan.counter_key for plan in table.plans)]
        return rows, [tx.counter(key) for key in keys]
