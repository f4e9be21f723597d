"""DynamoDB's operations, one file each; what is not in this table is not supported."""

from headwater.operations.call import Handler
from headwater.operations.dynamodb.batch_execute_statement import batch_execute_statement
from headwater.operations.dynamodb.batch_get_item import batch_get_item
from headwater.operations.dynamodb.batch_write_item import batch_write_item
from headwater.operations.dynamodb.create_backup import create_backup
from headwater.operations.dynamodb.create_table import create_table
from headwater.operations.dynamodb.delete_backup import delete_backup
from headwater.operations.dynamodb.delete_item import delete_item
from headwater.operations.dynamodb.delete_resource_policy import delete_resource_policy
from headwater.operations.dynamodb.delete_table import delete_table
from headwater.operations.dynamodb.describe_backup import describe_backup
from headwater.operations.dynamodb.describe_continuous_backups import describe_continuous_backups
from headwater.operations.dynamodb.describe_contributor_insights import (
    describe_contributor_insights,
)
from headwater.operations.dynamodb.describe_endpoints import describe_endpoints
from headwater.operations.dynamodb.describe_export import describe_export
from headwater.operations.dynamodb.describe_import import describe_import
from headwater.operations.dynamodb.describe_kinesis_streaming_destination import (
    describe_kinesis_streaming_destination,
)
from headwater.operations.dynamodb.describe_limits import describe_limits
from headwater.operations.dynamodb.describe_table import describe_table
from headwater.operations.dynamodb.describe_time_to_live import describe_time_to_live
from headwater.operations.dynamodb.disable_kinesis_streaming_destination import (
    disable_kinesis_streaming_destination,
)
from headwater.operations.dynamodb.enable_kinesis_streaming_destination import (
    enable_kinesis_streaming_destination,
)
from headwater.operations.dynamodb.execute_statement import execute_statement
from headwater.operations.dynamodb.execute_transaction import execute_transaction
from headwater.operations.dynamodb.export_table_to_point_in_time import (
    export_table_to_point_in_time,
)
from headwater.operations.dynamodb.get_item import get_item
from headwater.operations.dynamodb.get_resource_policy import get_resource_policy
from headwater.operations.dynamodb.import_table import import_table
from headwater.operations.dynamodb.list_backups import list_backups
from headwater.operations.dynamodb.list_contributor_insights import list_contributor_insights
from headwater.operations.dynamodb.list_exports import list_exports
from headwater.operations.dynamodb.list_imports import list_imports
from headwater.operations.dynamodb.list_tables import list_tables
from headwater.operations.dynamodb.list_tags_of_resource import list_tags_of_resource
from headwater.operations.dynamodb.put_item import put_item
from headwater.operations.dynamodb.put_resource_policy import put_resource_policy
from headwater.operations.dynamodb.query import query
from headwater.operations.dynamodb.restore_table_from_backup import restore_table_from_backup
from headwater.operations.dynamodb.restore_table_to_point_in_time import (
    restore_table_to_point_in_time,
)
from headwater.operations.dynamodb.scan import scan
from headwater.operations.dynamodb.tag_resource import tag_resource
from headwater.operations.dynamodb.transact_get_items import transact_get_items
from headwater.operations.dynamodb.transact_write_items import transact_write_items
from headwater.operations.dynamodb.untag_resource import untag_resource
from headwater.operations.dynamodb.update_continuous_backups import update_continuous_backups
from headwater.operations.dynamodb.update_contributor_insights import update_contributor_insights
from headwater.operations.dynamodb.update_item import update_item
from headwater.operations.dynamodb.update_kinesis_streaming_destination import (
    update_kinesis_streaming_destination,
)
from headwater.operations.dynamodb.update_table import update_table
from headwater.operations.dynamodb.update_time_to_live import update_time_to_live

OPERATIONS: dict[str, Handler] = {
    "BatchExecuteStatement": batch_execute_statement,
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "CreateBackup": create_backup,
    "CreateTable": create_table,
    "DeleteBackup": delete_backup,
    "DeleteItem": delete_item,
    "DeleteResourcePolicy": delete_resource_policy,
    "DeleteTable": delete_table,
    "DescribeBackup": describe_backup,
    "DescribeContinuousBackups": describe_continuous_backups,
    "DescribeContributorInsights": describe_contributor_insights,
    "DescribeEndpoints": describe_endpoints,
    "DescribeExport": describe_export,
    "DescribeImport": describe_import,
    "DescribeKinesisStreamingDestination": describe_kinesis_streaming_destination,
    "DescribeLimits": describe_limits,
    "DescribeTable": describe_table,
    "DescribeTimeToLive": describe_time_to_live,
    "DisableKinesisStreamingDestination": disable_kinesis_streaming_destination,
    "EnableKinesisStreamingDestination": enable_kinesis_streaming_destination,
    "ExecuteStatement": execute_statement,
    "ExecuteTransaction": execute_transaction,
    "ExportTableToPointInTime": export_table_to_point_in_time,
    "GetItem": get_item,
    "GetResourcePolicy": get_resource_policy,
    "ImportTable": import_table,
    "ListBackups": list_backups,
    "ListContributorInsights": list_contributor_insights,
    "ListExports": list_exports,
    "ListImports": list_imports,
    "ListTables": list_tables,
    "ListTagsOfResource": list_tags_of_resource,
    "PutItem": put_item,
    "PutResourcePolicy": put_resource_policy,
    "Query": query,
    "RestoreTableFromBackup": restore_table_from_backup,
    "RestoreTableToPointInTime": restore_table_to_point_in_time,
    "Scan": scan,
    "TagResource": tag_resource,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
    "UntagResource": untag_resource,
    "UpdateContinuousBackups": update_continuous_backups,
    "UpdateContributorInsights": update_contributor_insights,
    "UpdateItem": update_item,
    "UpdateKinesisStreamingDestination": update_kinesis_streaming_destination,
    "UpdateTable": update_table,
    "UpdateTimeToLive": update_time_to_live,
}
