"""DynamoDB's operations, one file each; what is not in this table is not supported."""

from headwater.operations.call import Handler
from headwater.operations.dynamodb.batch_get_item import batch_get_item
from headwater.operations.dynamodb.batch_write_item import batch_write_item
from headwater.operations.dynamodb.delete_item import delete_item
from headwater.operations.dynamodb.get_item import get_item
from headwater.operations.dynamodb.put_item import put_item
from headwater.operations.dynamodb.query import query
from headwater.operations.dynamodb.scan import scan
from headwater.operations.dynamodb.transact_get_items import transact_get_items
from headwater.operations.dynamodb.transact_write_items import transact_write_items
from headwater.operations.dynamodb.update_item import update_item

OPERATIONS: dict[str, Handler] = {
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "DeleteItem": delete_item,
    "GetItem": get_item,
    "PutItem": put_item,
    "Query": query,
    "Scan": scan,
    "TransactGetItems": transact_get_items,
    "TransactWriteItems": transact_write_items,
    "UpdateItem": update_item,
}
