"""Which parts of a table one UpdateTable may change: nearly always one.

Source: recorded answers of AWS, October 2026 (of 35 pairs of parts, two are taken together: what
goes with BillingMode); AWS, API reference, UpdateTable.
"""

from collections.abc import Mapping, Set
from typing import Any

from headwater.errors import Validation
from headwater.operations.dynamodb.index_updates import IndexUpdates
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.throughput_params import PROVISIONED

# Told in this order where several are there.
_ALONE = (
    ("ReplicaUpdates", "Replica"),
    ("SSESpecification", "Server-Side Encryption"),
    ("TableClass", "TableClass"),
    ("DeletionProtectionEnabled", "DeletionProtection"),
)


def check_together(params: Mapping[str, Any], given: Set[str], asked: IndexUpdates) -> None:
    """Raises Validation for parts that do not go together.

    given  the parts that the request is about
    asked  what it asks of the indexes
    """
    for part, shown in _ALONE:
        if part in given and len(given) > 1:
            raise Validation(f"{OMP}{shown} modification must be the only operation in the request")
    if "WarmThroughput" in given and asked.create is not None:
        raise Validation(
            f"{OMP}Create global secondary index cannot be specified when updating WarmThroughput"
        )
    if "WarmThroughput" in given and len(given) > 1:
        raise Validation(f"{OMP}WarmThroughput must be the only operation in the request")
    if "OnDemandThroughput" in given and given - {"OnDemandThroughput", "BillingMode"}:
        raise Validation(
            f"{OMP}OnDemandThroughput can only be combined with BillingMode in an UpdateTable "
            "request"
        )
    moves_units = "ProvisionedThroughput" in given or params.get("BillingMode") == PROVISIONED
    moves_stream = "StreamSpecification" in given
    moves_index = asked.create is not None or asked.delete is not None
    if moves_stream and (moves_units or asked.updates):
        raise Validation(f"{OMP}You cannot modify stream status while updating table IOPS")
    if moves_index and moves_units:
        raise Validation(f"{OMP}You cannot create or delete index while updating table IOPS")
    if moves_index and moves_stream:
        raise Validation(f"{OMP}You cannot create or delete index while changing stream status")
