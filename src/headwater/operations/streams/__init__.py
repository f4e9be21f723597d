"""DynamoDB Streams' operations, one file each."""

from headwater.operations.call import Handler
from headwater.operations.streams.describe_stream import describe_stream
from headwater.operations.streams.get_records import get_records
from headwater.operations.streams.get_shard_iterator import get_shard_iterator
from headwater.operations.streams.list_streams import list_streams

OPERATIONS: dict[str, Handler] = {
    "DescribeStream": describe_stream,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListStreams": list_streams,
}
