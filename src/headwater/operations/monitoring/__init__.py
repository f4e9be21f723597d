"""The CloudWatch operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.monitoring.delete_alarms import delete_alarms
from headwater.operations.monitoring.describe_alarm_history import describe_alarm_history
from headwater.operations.monitoring.describe_alarms import describe_alarms
from headwater.operations.monitoring.describe_alarms_for_metric import describe_alarms_for_metric
from headwater.operations.monitoring.disable_alarm_actions import disable_alarm_actions
from headwater.operations.monitoring.enable_alarm_actions import enable_alarm_actions
from headwater.operations.monitoring.get_metric_data import get_metric_data
from headwater.operations.monitoring.get_metric_statistics import get_metric_statistics
from headwater.operations.monitoring.list_metrics import list_metrics
from headwater.operations.monitoring.list_tags_for_resource import list_tags_for_resource
from headwater.operations.monitoring.put_metric_alarm import put_metric_alarm
from headwater.operations.monitoring.put_metric_data import put_metric_data
from headwater.operations.monitoring.set_alarm_state import set_alarm_state
from headwater.operations.monitoring.tag_resource import tag_resource
from headwater.operations.monitoring.untag_resource import untag_resource

OPERATIONS: dict[str, Handler] = {
    "DeleteAlarms": delete_alarms,
    "DescribeAlarmHistory": describe_alarm_history,
    "DescribeAlarms": describe_alarms,
    "DescribeAlarmsForMetric": describe_alarms_for_metric,
    "DisableAlarmActions": disable_alarm_actions,
    "EnableAlarmActions": enable_alarm_actions,
    "GetMetricData": get_metric_data,
    "GetMetricStatistics": get_metric_statistics,
    "ListMetrics": list_metrics,
    "ListTagsForResource": list_tags_for_resource,
    "PutMetricAlarm": put_metric_alarm,
    "PutMetricData": put_metric_data,
    "SetAlarmState": set_alarm_state,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
