"""Contributor insights: settings that are kept and answered. Nothing is gathered by them here.

Source: AWS, API reference, UpdateContributorInsights and its neighbours.
"""

from collections.abc import Mapping
from typing import Any

from headwater.errors import ResourceNotFound
from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of
from headwater.tables.schema import Table

SETTING = "ContributorInsights"  # of a table: index name ("" for the table) -> what is on
DEFAULT_MODE = "ACCESSED_AND_THROTTLED_KEYS"


def insights_of(table: Table) -> Mapping[str, Mapping[str, Any]]:
    """What is on for the table and its indexes: {"Mode": ..., "UpdatedMs": ...} by index name."""
    known: Mapping[str, Mapping[str, Any]] = table.schema.settings.get(SETTING, {})
    return known


def insight_target(call: Call) -> tuple[Table, str]:
    """The table and the index ("" for none) of a request. Raises ResourceNotFound."""
    table = table_of(call)
    index: str = call.params.get("IndexName", "")
    # Local indexes have none (recorded, October 2026).
    if index and (index not in table.indexes or not table.indexes[index].is_global):
        raise ResourceNotFound(
            f"Requested resource not found: Index: {index} not found for table: {table.name}"
        )
    return table, index
