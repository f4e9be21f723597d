"""The CloudWatch operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.monitoring.get_metric_data import get_metric_data
from headwater.operations.monitoring.get_metric_statistics import get_metric_statistics
from headwater.operations.monitoring.list_metrics import list_metrics
from headwater.operations.monitoring.put_metric_data import put_metric_data

OPERATIONS: dict[str, Handler] = {
    "GetMetricData": get_metric_data,
    "GetMetricStatistics": get_metric_statistics,
    "ListMetrics": list_metrics,
    "PutMetricData": put_metric_data,
}
