"""What the operations on tags share: the alarm that an ARN names."""

from headwater.arns import parse_arn
from headwater.errors import NoSuchResource
from headwater.monitoring.alarms.alarm import Alarm
from headwater.monitoring.alarms.alarms import find_alarm
from headwater.operations.call import Call


def tagged_alarm(call: Call) -> Alarm:
    """Raises NoSuchResource."""
    arn = parse_arn(call.params["ResourceARN"])
    if arn is None or (arn.account, arn.region) != call.scope:
        raise NoSuchResource("The named alarm does not exist.")
    return find_alarm(call.tx, call.scope, arn.resource.removeprefix("alarm:"))
