"""How long a table's stream shows its records: 24 hours as at AWS, or longer where a tag says so.

The setting is a tag of the table, headwater:stream-retention, with a duration as value (72h, 7d):
every tool that can tag a table can set it, and it is seen where the table is described. It holds
for the records there are as for those to come; what has been trimmed does not come back.
"""

from collections.abc import Mapping

from headwater.changelog.stream import OpenStream, keep_for, load_shards
from headwater.errors import Validation
from headwater.limits import STREAM_RETENTION_MS
from headwater.moments import duration_ms
from headwater.storage.engine import Transaction
from headwater.tables.schema import Schema

TAG = "headwater:stream-retention"
RETENTION_MS_MAX = 366 * 24 * 60 * 60 * 1000


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises Validation if the tag is there and is no duration from 24 hours to 366 days."""
    text = tags.get(TAG)
    if text is None:
        return
    found = duration_ms(text)
    if found is None or not STREAM_RETENTION_MS <= found <= RETENTION_MS_MAX:
        raise Validation(
            f"One or more parameter values were invalid: Tag {TAG} is '{text}': it must be a "
            "duration from 24h to 366d, such as 72h or 7d"
        )


def retention_ms_of(schema: Schema) -> int:
    """How long records of the table's stream are shown."""
    return duration_ms(schema.settings.get("Tags", {}).get(TAG, "")) or STREAM_RETENTION_MS


def kept_as_asked(tx: Transaction, schema: Schema, opened: OpenStream | None) -> OpenStream | None:
    """The open stream, with the retention that `schema` asks for."""
    if opened is None or opened.stream.retention_ms == retention_ms_of(schema):
        return opened
    stream = keep_for(tx, opened.stream, retention_ms_of(schema))
    changed = OpenStream(stream, load_shards(tx, stream))
    changed.writes = opened.writes
    return changed
