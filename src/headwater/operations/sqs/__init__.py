"""SQS's operations, for standard queues."""

from headwater.operations.call import Handler
from headwater.operations.sqs.change_message_visibility import change_message_visibility
from headwater.operations.sqs.change_message_visibility_batch import change_message_visibility_batch
from headwater.operations.sqs.create_queue import create_queue
from headwater.operations.sqs.delete_message import delete_message
from headwater.operations.sqs.delete_message_batch import delete_message_batch
from headwater.operations.sqs.delete_queue import delete_queue
from headwater.operations.sqs.get_queue_attributes import get_queue_attributes
from headwater.operations.sqs.get_queue_url import get_queue_url
from headwater.operations.sqs.list_dead_letter_source_queues import list_dead_letter_source_queues
from headwater.operations.sqs.list_queue_tags import list_queue_tags
from headwater.operations.sqs.list_queues import list_queues
from headwater.operations.sqs.purge_queue import purge_queue
from headwater.operations.sqs.receive_message import receive_message
from headwater.operations.sqs.send_message import send_message
from headwater.operations.sqs.send_message_batch import send_message_batch
from headwater.operations.sqs.set_queue_attributes import set_queue_attributes
from headwater.operations.sqs.tag_queue import tag_queue
from headwater.operations.sqs.untag_queue import untag_queue

OPERATIONS: dict[str, Handler] = {
    "ChangeMessageVisibility": change_message_visibility,
    "ChangeMessageVisibilityBatch": change_message_visibility_batch,
    "CreateQueue": create_queue,
    "DeleteMessage": delete_message,
    "DeleteMessageBatch": delete_message_batch,
    "DeleteQueue": delete_queue,
    "GetQueueAttributes": get_queue_attributes,
    "GetQueueUrl": get_queue_url,
    "ListDeadLetterSourceQueues": list_dead_letter_source_queues,
    "ListQueueTags": list_queue_tags,
    "ListQueues": list_queues,
    "PurgeQueue": purge_queue,
    "ReceiveMessage": receive_message,
    "SendMessage": send_message,
    "SendMessageBatch": send_message_batch,
    "SetQueueAttributes": set_queue_attributes,
    "TagQueue": tag_queue,
    "UntagQueue": untag_queue,
}
