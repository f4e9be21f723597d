"""When a table may be changed, and how long it then shows that it is.

Source: AWS, API reference, UpdateTable and DeleteTable, ResourceInUseException; the text is
recorded for CREATING.
"""

from headwater.errors import ResourceInUse
from headwater.moments import duration_ms
from headwater.operations.call import Call
from headwater.tables.definition import change
from headwater.tables.schema import CREATING, DELETING, UPDATING, Table
from headwater.tables.transient import held

_BUSY = {CREATING: "created", UPDATING: "updated", DELETING: "deleted"}


def require_settled(table: Table) -> None:
    """Raises ResourceInUse while a table is being made, changed or dropped."""
    busy = _BUSY.get(table.schema.status)
    if busy is not None:
        raise ResourceInUse(
            "Attempt to change a resource which is still in use: Table is being "
            f"{busy}: {table.name}"
        )


def delay_ms(call: Call) -> int:
    """How long transient statuses last on this node; 0: no longer than the call."""
    return duration_ms(call.node.settings.status_delay) or 0


def hold(call: Call, table: Table, status: str) -> Table:
    """Give a table a status for as long as the node is told; with no delay it stays as it is."""
    delay = delay_ms(call)
    if not delay:
        return table
    until_ms = call.node.clock.now_ms() + delay
    return change(call.tx, call.node.catalog, table, held(table.schema, status, until_ms))
