"""The CloudWatch Logs operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.logs.create_log_group import create_log_group
from headwater.operations.logs.create_log_stream import create_log_stream
from headwater.operations.logs.delete_log_group import delete_log_group
from headwater.operations.logs.delete_retention_policy import delete_retention_policy
from headwater.operations.logs.describe_log_groups import describe_log_groups
from headwater.operations.logs.describe_log_streams import describe_log_streams
from headwater.operations.logs.filter_log_events import filter_log_events
from headwater.operations.logs.get_log_events import get_log_events
from headwater.operations.logs.put_log_events import put_log_events
from headwater.operations.logs.put_retention_policy import put_retention_policy

OPERATIONS: dict[str, Handler] = {
    "CreateLogGroup": create_log_group,
    "CreateLogStream": create_log_stream,
    "DeleteLogGroup": delete_log_group,
    "DeleteRetentionPolicy": delete_retention_policy,
    "DescribeLogGroups": describe_log_groups,
    "DescribeLogStreams": describe_log_streams,
    "FilterLogEvents": filter_log_events,
    "GetLogEvents": get_log_events,
    "PutLogEvents": put_log_events,
    "PutRetentionPolicy": put_retention_policy,
}
