"""What the operations on event source mappings share: the node's mappings."""

from headwater.consumers.mappings.supervisor import Mappings
from headwater.operations.call import Call


def mappings_of(call: Call) -> Mappings:
    """The node's mappings."""
    mappings: Mappings = call.node.mappings
    return mappings
