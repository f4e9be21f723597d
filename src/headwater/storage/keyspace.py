"""What is on disk: every key of the database, on one page.

    m <name>                                       facts of the node (last sequence, ids, secrets)
    t <scope> <table>                              table document
    n <table id 4> <index 2>                       counter: items, bytes
    n <queue id 4> 0000 (0001)                     counter: messages ready, in flight (delayed, -)
    d <table id 4> <index 2> <hash 4> <key> ...    items (index 0) and entries of index 1, 2, ...
    C <table id 4> <partition key>                 bytes of an item collection, for local indexes
    x <table id 4> <expiry 8> <key> ...            items with a time to live, by when it ends
    D <table id 4> <hash 4> <key> ...              marks of deleted items of a replicated table
    L <table id 4> <region>                        link of a replica to another one of its table
    s <scope> <table> 00 <label>                   stream document
    l <scope> <table> 00 <label>                   the same of an internal log, which no API shows
    h <stream id 4> <shard id>                     shard document
    r <log 8> <sequence 8>                         change record; log = number of the shard
    f <scope> <function>                           function document
    v <scope> <function> 00 <version 8>            version document of a function
    a <scope> <function> 00 <alias>                alias document of a function
    y <scope> <layer> 00 <version 8>               layer version document
    i <scope> <function> 00 <due ms 8> <id>        event that waits for an asynchronous invocation
    e <scope> <mapping uuid>                       event source mapping document
    c <owner> 00 <shard id>                        checkpoint of a reader on a shard
    z <owner> 00 <shard id> 00 <last 8> <first 8>  fate of records that it does not tell
    o <destination arn> 00 <sequence 8>            message that waits to be sent there
    p <scope> <arn>                                resource policy of a table or stream
    w <scope> <token>                              idempotency token of a transaction
    k <table id 4> <stream arn>                    Kinesis destination document
    b <scope> <table> 00 <backup>                  backup document
    g <gathering id 4> <hash 4> <key> ...          item of a backup or of an export under way
    j <scope> <kind> <table> 00 <job>              export, import or restore document (e, i, r)
    q <scope> <queue>                              queue document
    u <queue id 4> m <sequence 8>                  message of a queue, by when it was sent
    u <queue id 4> s <sequence 8>                  where it stands; absent: ready, never received
    u <queue id 4> r <sequence 8>                  list of the messages that can be received
    u <queue id 4> d <due 8> <sequence 8>          list of those that are delayed until then
    u <queue id 4> f <due 8> <sequence 8>          list of those in flight, received, until then
    M <scope> <namespace> 00 <metric> 00 <dims>    what is known of a metric: units, last seen
    P <period s 4> <start s 8> <series 8>          statistics of a series in that period
    A <scope> <alarm>                              alarm document
    H <scope> <alarm> 00 <sequence 8>              what happened to an alarm
    V <scope> <view>                               view document
    W <view id 4> ...                              what a view knows: view_keys.py

<scope> is "account/region/". Integers are big-endian, so that bytes sort as numbers do. <key> is
an order-preserving encoding (values/ordering.py) of the partition key, then of the sort key; an
index entry carries the index's keys, then the table's. <hash> spreads partition keys: the first
four bytes of BLAKE2b of the encoded partition key. A table's partitions, scan segments and
shards are ranges of it.

What makes these keys stands below, or beside this file: those of functions, queues, metrics with
alarms, and views have files of their own.

A change of this page is a change of the format: raise `FORMAT` in storage/embedded.py.
"""

import struct
from hashlib import blake2b

from headwater.arns import Scope

RECORDS = b"r"
LAST_SEQUENCE = b"mlast_sequence"
NEXT_ID = b"mnext_id"
LINKS = b"L"
ITERATOR_SECRET = b"miterator_secret"

HASH_SPACE = 1 << 32

_RECORD = struct.Struct(">cQQ")
_DATA = struct.Struct(">cIH")
_TABLE = struct.Struct(">cI")
_EXPIRY = struct.Struct(">cIQ")


def successor(prefix: bytes) -> bytes:
    """The first key after every key that starts with `prefix`.

    >>> successor(b"ab"), successor(b"a\\xff")
    (b'ac', b'b')
    """
    stem = prefix.rstrip(b"\xff")
    assert stem, "no key sorts after this prefix"
    return stem[:-1] + bytes((stem[-1] + 1,))


def scoped(letter: bytes, scope: Scope) -> bytes:
    """What the keys of one kind begin with that belong to an account and region."""
    return letter + f"{scope.account}/{scope.region}/".encode()


def tables_prefix(scope: Scope) -> bytes:
    return scoped(b"t", scope)


def all_tables_prefix() -> bytes:
    return b"t"


def table_key(scope: Scope, table: str) -> bytes:
    return scoped(b"t", scope) + table.encode()


# --- items -----------------------------------------------------------------------------------


def counter_key(table_id: int, index: int) -> bytes:
    return _DATA.pack(b"n", table_id, index)


def table_counter_range(table_id: int) -> tuple[bytes, bytes]:
    """The counters of a table and all its indexes."""
    return counter_key(table_id, 0), counter_key(table_id + 1, 0)


def data_prefix(table_id: int, index: int) -> bytes:
    """Prefix of a table's items (index 0) or of an index's entries (1, 2, ...)."""
    return _DATA.pack(b"d", table_id, index)


def table_data_range(table_id: int) -> tuple[bytes, bytes]:
    """Everything a table and its indexes keep."""
    return _DATA.pack(b"d", table_id, 0), _DATA.pack(b"d", table_id + 1, 0)


def collection_key(table_id: int, partition_key: bytes) -> bytes:
    return _TABLE.pack(b"C", table_id) + partition_key


def collections_range(table_id: int) -> tuple[bytes, bytes]:
    """The sizes of all item collections of a table."""
    return _TABLE.pack(b"C", table_id), _TABLE.pack(b"C", table_id + 1)


def expiries_range(table_id: int, first_s: int = 0, end_s: int = 1 << 63) -> tuple[bytes, bytes]:
    """Bounds of a table's expiries with first_s <= time < end_s, in seconds since the epoch."""
    return expiry_key(table_id, first_s, b""), expiry_key(table_id, end_s, b"")


def expiry_key(table_id: int, expiry_s: int, encoded_key: bytes) -> bytes:
    return _EXPIRY.pack(b"x", table_id, expiry_s) + encoded_key


def expiry_of(key: bytes) -> int:
    """Seconds since the epoch in an expiry's key."""
    return int.from_bytes(key[5:13], "big")


def tombstone_key(table_id: int, placed_key: bytes) -> bytes:
    return _TABLE.pack(b"D", table_id) + placed_key


def tombstones_range(table_id: int) -> tuple[bytes, bytes]:
    return tombstone_key(table_id, b""), tombstone_key(table_id + 1, b"")


def link_key(table_id: int, region: str = "") -> bytes:
    """Without a region: prefix of all links of a replica."""
    return _TABLE.pack(LINKS, table_id) + region.encode()


def key_hash(encoded_partition_key: bytes) -> bytes:
    """Four bytes that place a partition key."""
    return blake2b(encoded_partition_key, digest_size=4).digest()


# --- streams ---------------------------------------------------------------------------------


def streams_prefix(scope: Scope, table: str | None = None) -> bytes:
    prefix = scoped(b"s", scope)
    return prefix if table is None else prefix + table.encode() + b"\0"


def all_streams_prefix() -> bytes:
    return b"s"


def stream_key(scope: Scope, table: str, label: str) -> bytes:
    return streams_prefix(scope, table) + label.encode()


def hidden_streams_prefix(scope: Scope, table: str) -> bytes:
    return scoped(b"l", scope) + table.encode() + b"\0"


def all_hidden_streams_prefix() -> bytes:
    return b"l"


def hidden_stream_key(scope: Scope, table: str, label: str) -> bytes:
    return hidden_streams_prefix(scope, table) + label.encode()


def shards_prefix(stream_id: int) -> bytes:
    return b"h" + stream_id.to_bytes(4, "big")


def shard_key(stream_id: int, shard_id: str) -> bytes:
    return shards_prefix(stream_id) + shard_id.encode()


def record_key(log: int, sequence: int) -> bytes:
    return _RECORD.pack(b"r", log, sequence)


def sequence_of(record_key_bytes: bytes) -> int:
    """The sequence in a record's key."""
    return int.from_bytes(record_key_bytes[9:], "big")


def log_range(log: int, first: int = 0) -> tuple[bytes, bytes]:
    """Bounds of a log's records from sequence `first` on."""
    return _RECORD.pack(b"r", log, first), _RECORD.pack(b"r", log + 1, 0)


# --- readers ------------------------------------------------------------------------------------


def mappings_prefix(scope: Scope) -> bytes:
    return scoped(b"e", scope)


def all_mappings_prefix() -> bytes:
    return b"e"


def mapping_key(scope: Scope, mapping_uuid: str) -> bytes:
    return mappings_prefix(scope) + mapping_uuid.encode()


def checkpoints_prefix(owner: str) -> bytes:
    """owner: what reads, for example "mapping/<uuid>"."""
    return b"c" + owner.encode() + b"\0"


def checkpoint_key(owner: str, shard_id: str) -> bytes:
    return checkpoints_prefix(owner) + shard_id.encode()


def fates_of_owner_prefix(owner: str) -> bytes:
    return b"z" + owner.encode() + b"\0"


def fates_prefix(owner: str, shard_id: str) -> bytes:
    return fates_of_owner_prefix(owner) + shard_id.encode() + b"\0"


def fate_key(owner: str, shard_id: str, last: int, first: int) -> bytes:
    """first, last: sequences."""
    return fates_prefix(owner, shard_id) + last.to_bytes(8, "big") + first.to_bytes(8, "big")


def outbox_prefix(destination: str) -> bytes:
    """Messages that wait for a destination, an ARN."""
    return b"o" + destination.encode() + b"\0"


def all_outboxes_range() -> tuple[bytes, bytes]:
    return b"o", b"p"


def outbox_key(destination: str, sequence: int) -> bytes:
    return outbox_prefix(destination) + sequence.to_bytes(8, "big")


def outbox_destination(key: bytes) -> str:
    """The ARN in the key of a message."""
    return key[1:-9].decode()


def destinations_prefix(table_id: int) -> bytes:
    """Kinesis destinations of a table."""
    return b"k" + table_id.to_bytes(4, "big")


def all_destinations_prefix() -> bytes:
    return b"k"


def destination_key(table_id: int, arn: str) -> bytes:
    return destinations_prefix(table_id) + arn.encode()


# --- backups -----------------------------------------------------------------------------------


def backups_prefix(scope: Scope, table: str | None = None) -> bytes:
    prefix = scoped(b"b", scope)
    return prefix if table is None else prefix + table.encode() + b"\0"


def all_backups_prefix() -> bytes:
    return b"b"


def backup_key(scope: Scope, table: str, backup: str) -> bytes:
    return backups_prefix(scope, table) + backup.encode()


def gathered_prefix(gathering: int) -> bytes:
    """Items of one backup, or those an export has gathered."""
    return b"g" + gathering.to_bytes(4, "big")


def all_gathered_prefix() -> bytes:
    return b"g"


def jobs_prefix(scope: Scope, kind: bytes, table: str | None = None) -> bytes:
    """kind: e (exports), i (imports), r (restores)."""
    prefix = scoped(b"j", scope) + kind
    return prefix if table is None else prefix + table.encode() + b"\0"


def all_jobs_prefix() -> bytes:
    return b"j"


def job_key(scope: Scope, kind: bytes, table: str, job: str) -> bytes:
    return jobs_prefix(scope, kind, table) + job.encode()


# --- tokens ------------------------------------------------------------------------------------


def policy_key(scope: Scope, arn: str) -> bytes:
    return scoped(b"p", scope) + arn.encode()


def token_key(scope: Scope, token: str) -> bytes:
    return scoped(b"w", scope) + token.encode()


def all_tokens_prefix() -> bytes:
    return b"w"
