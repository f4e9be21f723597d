"""Every number that AWS or this node puts on a request, with its unit and where it comes from.

Source, where not said otherwise:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

KIB = 1024
MIB = 1024 * KIB

# --- items -----------------------------------------------------------------------------------
ITEM_BYTES_MAX = 400 * KIB  # names included
PARTITION_KEY_BYTES_MAX = 2048
SORT_KEY_BYTES_MAX = 1024
NESTING_LEVELS_MAX = 32
NUMBER_DIGITS_MAX = 38

# --- requests ----------------------------------------------------------------------------------
REQUEST_BYTES_MAX = 16 * MIB  # DynamoDB's; larger bodies are answered 413
LAMBDA_REQUEST_BYTES_MAX = 70_167_211  # CreateFunction, as AWS's own text gives it
ON_DEMAND_SWITCHES_MAX = 4  # of one table in 24 hours
DECREASES_AT_ONCE_MAX = 4  # of one table's or index's throughput in a day of UTC; then one an hour
COLLECTION_BYTES_MAX = 10 * 1024 * MIB  # items of one partition key with their local entries
PAGE_BYTES_MAX = MIB  # Query, Scan: bytes read before filter and projection
BATCH_GET_KEYS_MAX = 100
BATCH_GET_BYTES_MAX = 16 * MIB
BATCH_WRITE_REQUESTS_MAX = 25
TRANSACTION_BYTES_MAX = 4 * MIB

# --- expressions -------------------------------------------------------------------------------
EXPRESSION_BYTES_MAX = 4096
EXPRESSION_OPERATORS_MAX = 300
IN_OPERANDS_MAX = 100
PLACEHOLDER_BYTES_MAX = 255

# --- tables ------------------------------------------------------------------------------------
LOCAL_INDEXES_MAX = 5
GLOBAL_INDEXES_MAX = 20
LIST_TABLES_MAX = 100
ACCOUNT_UNITS_MAX = 80_000  # the same of all provisioned tables of an account
TABLE_UNITS_MAX = 40_000  # read or write units per second of one table, unless AWS raised it
PROJECTED_ATTRIBUTES_MAX = 100  # NonKeyAttributes of all indexes of a table together
TAGS_MAX = 50
RESOURCE_POLICY_BYTES_MAX = 20 * KIB
READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024

# --- streams -----------------------------------------------------------------------------------
STREAM_RETENTION_MS = 24 * 60 * 60 * 1000
ITERATOR_AGE_MS_MAX = 15 * 60 * 1000
GET_RECORDS_MAX = 1000
GET_RECORDS_BYTES_MAX = MIB
DESCRIBE_STREAM_SHARDS_MAX = 100
LIST_STREAMS_MAX = 100
ON_DEMAND_PARTITIONS = 4  # AWS shows 4 shards on a new on-demand table
SHARD_READERS_MAX = 2
LIST_STREAMS_CALLS_PER_SECOND = 5
DESCRIBE_STREAM_CALLS_PER_SECOND = 10
GET_RECORDS_CALLS_PER_SECOND = 5  # of one reader; Kinesis's rule
PARTITION_READ_UNITS = 3000
PARTITION_WRITE_UNITS = 1000

# --- functions and mappings ----------------------------------------------------------------------
INVOKE_BYTES_MAX = 6 * MIB  # 6,291,456: request and reply of a synchronous invocation
EVENT_BYTES_MAX = MIB  # of an asynchronous invocation; 256 KiB until 2025
INVOKE_REPLY_BYTES_MAX = 6_291_556  # as AWS's own text gives it
ZIP_BYTES_MAX = 52_428_800
UNZIPPED_BYTES_MAX = 262_144_000
LOG_TAIL_BYTES = 4 * KIB

# --- queues ------------------------------------------------------------------------------------
# Source: SQS developer guide, "Amazon SQS message quotas" and "queue quotas"; service model. The
# size went from 256 KiB to 1 MiB in August 2025.
MESSAGE_BYTES_MAX = MIB  # body and attributes; also of all messages of a batch together
MESSAGE_ATTRIBUTES_MAX = 10
MESSAGE_BATCH_MAX = 10
RECEIVE_MAX = 10
RECEIVE_WAIT_S_MAX = 20
DELAY_S_MAX = 900
VISIBILITY_S_MAX = 43_200
IN_FLIGHT_MAX = 120_000
LIST_QUEUES_MAX = 1000
PURGE_INTERVAL_MS = 60_000
QUEUE_TAGS_MAX = 50
