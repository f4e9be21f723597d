"""GET /_headwater/shards?table=T: the whole shard tree of a table's stream, and who stands where.

    table, stream_arn, view, status, now_ms
    shards    oldest first, each with its parent, hash range [first_hash, end_hash), sequence range,
              records (counted up to 1,000), trimmed (by hand, up to there)
    readers   for each mapping on the stream and each shard: position (and position_ms, when that
              record was made), records behind it, phase

stream_arn=... asks for an older stream, account= and region= for another world.
"""

from functools import partial
from typing import Any

from headwater.arns import parse_stream_arn
from headwater.changelog.read import horizon
from headwater.changelog.retention import is_shard_gone
from headwater.changelog.shards import Shard, startable
from headwater.changelog.stream import Stream, load_shards, load_stream
from headwater.consumers.checkpoint import Checkpoint, load_checkpoints
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.registry import every_mapping
from headwater.errors import OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.moments import iso
from headwater.stage.arguments import find_table
from headwater.stage.house import House
from headwater.stage.waiting import COUNTED_MAX, Lanes, count_records, lanes_of, position_of
from headwater.storage.engine import Transaction
from headwater.storage.sequence import ms_of, to_wire


async def show(house: House, request: AdminRequest) -> dict[str, Any]:
    """Raises OperatorError."""
    return await house.services.engine.run(partial(_look, house=house, query=request.query))


def stream_asked_for(tx: Transaction, house: House, query: dict[str, str]) -> Stream:
    """The stream that a query's stream_arn names, or else the latest of its table.

    Raises OperatorError.
    """
    if "stream_arn" in query:
        name = parse_stream_arn(query["stream_arn"])
        stream = None if name is None else load_stream(tx, name)
        if stream is None:
            raise OperatorError(f"there is no stream {query['stream_arn']}.")
        return stream
    table = find_table(tx, house.services.catalog, query, house.region)
    if table.stream is None:
        raise OperatorError(
            f"the stream of table {table.name} is off. Turn it on with UpdateTable and a "
            "StreamSpecification, or name an older one with stream_arn."
        )
    return table.stream.stream


def _look(tx: Transaction, house: House, query: dict[str, str]) -> dict[str, Any]:
    now_ms = house.services.clock.now_ms()
    stream = stream_asked_for(tx, house, query)
    shards = [shard for shard in load_shards(tx, stream) if not is_shard_gone(shard, now_ms)]
    lanes = lanes_of(house.services.mappings.status())
    mappings = [
        (mapping, load_checkpoints(tx, mapping.owner))
        for mapping in every_mapping(tx)
        if mapping.stream_arn == stream.arn and not stream.hidden
    ]
    return {
        "table": stream.table,
        "account": stream.scope.account,
        "region": stream.scope.region,
        "stream_arn": stream.arn,
        "view": stream.view,
        "status": "INTERNAL" if stream.hidden else stream.status,
        "now": iso(now_ms),
        "now_ms": now_ms,
        "shards": [_shown(tx, shard, now_ms) for shard in shards],
        "readers": [
            _reader(tx, mapping, checkpoints, lanes, shards, now_ms)
            for mapping, checkpoints in mappings
        ],
    }


def _shown(tx: Transaction, shard: Shard, now_ms: int) -> dict[str, Any]:
    return {
        "id": shard.id,
        "parent": shard.parent,
        "open": shard.ending is None,
        "created_ms": shard.created_ms,
        "closed_ms": shard.closed_ms,
        "first_hash": shard.first_hash,
        "end_hash": shard.end_hash,
        "starting": to_wire(shard.starting),
        "ending": None if shard.ending is None else to_wire(shard.ending),
        "trimmed": to_wire(shard.trimmed) if shard.trimmed else None,
        "records": count_records(tx, shard.log, horizon(now_ms) - 1),
        "records_max": COUNTED_MAX,
    }


def _reader(
    tx: Transaction,
    mapping: Mapping,
    checkpoints: dict[str, Checkpoint],
    lanes: Lanes,
    shards: list[Shard],
    now_ms: int,
) -> dict[str, Any]:
    finished = {name for name, checkpoint in checkpoints.items() if checkpoint.finished}
    ready = {shard.id for shard in startable(shards, finished)}
    places = {}
    for shard in shards:
        after = position_of(shard, mapping, checkpoints, lanes, now_ms)
        lane = lanes.get((mapping.uuid, shard.id))
        phase = "finished" if shard.id in finished else "waits for parent"
        if shard.id in ready:
            phase = lane["phase"] if lane is not None else "stopped"
        places[shard.id] = {
            "position": to_wire(max(after, 0)),
            "position_ms": ms_of(max(after, 0)),
            "behind": 0 if shard.id in finished else count_records(tx, shard.log, after),
            "phase": phase,
            "attempts": 0 if lane is None else max(lane["attempts"], lane["failures"]),
        }
    return {
        "mapping": mapping.uuid,
        "function": mapping.function,
        "state": mapping.state,
        "shards": places,
    }
