"""ListTagsForResource: the tags of an alarm."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.monitoring.tagged import tagged_alarm


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    tags = tagged_alarm(call).tags
    return {"Tags": [{"Key": name, "Value": value} for name, value in sorted(tags.items())]}
