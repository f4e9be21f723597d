"""GET /_headwater/explain?event=ID: what became of one change.

An event's id leads to its log and sequence. Told are the record (or that it is not kept any more)
and, for each mapping on its stream, one of these fates:

    delivered   the function has had it, at the attempt that `attempts` tells
    given up    the function has not: its tries were used up, or it had become too old; `condition`
                tells which, and `destination` where that was told, if anywhere
    passed      it was dealt with, but whether the function saw it is not known; `why` tells
    filtered    the mapping's patterns do not admit it
    in flight   it is at the function now
    retrying    the function has failed on it, and will be asked again
    waiting     others come before it
    expired     it left the stream before it was delivered
"""

from functools import partial
from typing import Any

import orjson

from headwater.changelog.record import Renderer, kind_of, parse_event_id
from headwater.changelog.retention import kept_streams, readable_from
from headwater.changelog.shards import Shard, startable
from headwater.changelog.stream import Stream, load_shards
from headwater.consumers.checkpoint import load_checkpoints
from headwater.consumers.fates import DELIVERED, EXPIRED, find_fate
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.filters import compile_filters
from headwater.consumers.mappings.registry import every_mapping
from headwater.consumers.mappings.share import place_of
from headwater.errors import OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.moments import iso
from headwater.stage.house import House
from headwater.stage.waiting import (
    COUNTED_MAX,
    Lanes,
    lanes_of,
    position_of,
    why_waiting,
)
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.sequence import ms_of, to_wire

_TOO_LATE = "it left the stream before it was delivered"


async def explain(house: House, request: AdminRequest) -> dict[str, Any]:
    """Raises OperatorError for what is no event id of this node."""
    text = request.query.get("event", "")
    parts = parse_event_id(text.strip().lower())
    if parts is None:
        raise OperatorError(
            f"{text!r} is not an event id: give the 32 hexadecimal digits of a record's eventID."
        )
    return await house.services.engine.run(partial(_look, house=house, log=parts[0], at=parts[1]))


def _look(tx: Transaction, house: House, log: int, at: int) -> dict[str, Any]:
    now_ms = house.services.clock.now_ms()
    told: dict[str, Any] = {
        "sequence": to_wire(at),
        "made": iso(ms_of(at)),
        "now": iso(now_ms),
        "now_ms": now_ms,
    }
    found = _shard_of(tx, log)
    if found is None:
        why = "no shard that is kept has had it: its shard has expired, or it is another node's"
        return {**told, "state": "unknown", "why": why, "record": None, "mappings": []}
    stream, shard = found
    stored = tx.get(keyspace.record_key(log, at))
    state, why = _state(shard, stored, at, now_ms)
    told |= {
        "table": stream.table,
        "stream_arn": stream.arn,
        "shard": shard.id,
        "state": state,
        "why": why,
        "record": None,
        "mappings": [],
    }
    if stored is None and state == "unknown":
        return told
    renderer = Renderer(stream.view, stream.scope.region, stream.arn)
    rendered = None if stored is None else renderer.render(log, at, stored)
    if rendered is not None:
        told["record"] = orjson.loads(rendered)
    lanes = lanes_of(house.services.mappings.status())
    told["mappings"] = [
        {
            "mapping": mapping.uuid,
            "function": mapping.function,
            "state": mapping.state,
            **_fate(tx, _Case(stream, shard, at, stored, rendered, now_ms), mapping, lanes),
        }
        for mapping in every_mapping(tx)
        if mapping.stream_arn == stream.arn
    ]
    return told


def _shard_of(tx: Transaction, log: int) -> tuple[Stream, Shard] | None:
    """The shard with that log. Every stream is looked at: nobody asks this often."""
    for stream in kept_streams(tx):
        for shard in load_shards(tx, stream):
            if shard.log == log:
                return stream, shard
    return None


def _state(shard: Shard, stored: bytes | None, at: int, now_ms: int) -> tuple[str, str]:
    if at <= shard.trimmed:
        return "trimmed", "it was trimmed by hand"
    if at < readable_from(shard, now_ms):
        return "trimmed", "it is older than 24 hours"
    if stored is None:
        return "unknown", f"shard {shard.id} has no record of that sequence"
    return "readable", "it is in the stream"


class _Case:
    """One record, for the questions below."""

    __slots__ = ("at", "now_ms", "rendered", "shard", "stored", "stream")

    def __init__(
        self,
        stream: Stream,
        shard: Shard,
        at: int,
        stored: bytes | None,
        rendered: bytes | None,
        now_ms: int,
    ) -> None:
        self.stream = stream
        self.shard = shard
        self.at = at
        self.stored = stored
        self.rendered = rendered
        self.now_ms = now_ms


def _fate(tx: Transaction, case: _Case, mapping: Mapping, lanes: Lanes) -> dict[str, Any]:
    checkpoints = load_checkpoints(tx, mapping.owner)
    # The horizon is not a position: where the reader itself has come to is asked for.
    position = position_of(case.shard, mapping, checkpoints, lanes, 0)
    lane = lanes.get((mapping.uuid, case.shard.id))
    checkpoint = checkpoints.get(case.shard.id)
    pieces = checkpoint.pieces if checkpoint is not None else ()
    if checkpoint is not None and checkpoint.lanes and case.stored is not None:
        # Several lanes share the shard, and this record is in one of them.
        number, place = place_of(checkpoint, case.stored, case.stream.key_schema)
        position, pieces = max(position, place.after), place.pieces
        if lane is not None and number < len(lane.get("lanes", ())):
            lane = lane["lanes"][number]
    facts: dict[str, Any] = {"position": to_wire(max(position, 0))}
    verdict = _verdict(case, mapping)
    if verdict is not None:
        facts["patterns"] = verdict
        if not any(one["admits"] for one in verdict):
            why = "none of its patterns admits it"
            return {"fate": "filtered", "why": why, **facts}
    if position >= case.at:
        return {**_past(tx, case, mapping), **facts}
    if case.at < readable_from(case.shard, case.now_ms):
        return {"fate": "expired", "why": _TOO_LATE, **facts}
    finished = {name for name, checkpoint in checkpoints.items() if checkpoint.finished}
    if lane is None:
        why = "its reader has not started yet"
        ready = startable(load_shards(tx, case.stream), finished)
        if not mapping.enabled:
            why = f"the mapping is {mapping.state}"
        elif case.shard.id not in {shard.id for shard in ready}:
            why = f"its shard is read when its parent {case.shard.parent} is finished"
        return {"fate": "waiting", "why": why, **facts}
    attempts = next((piece.attempts for piece in pieces if case.at <= piece.end), 0)
    facts |= {"attempts": attempts, "trouble": lane["trouble"], "next_try_ms": lane["until_ms"]}
    before = _records_between(tx, case, mapping, position)
    in_batch = case.at <= pieces[0].end if pieces else before < lane["batch_records"]
    why = why_waiting(lane, case.now_ms)
    if in_batch and lane["phase"] == "invoking":
        return {"fate": "in flight", "why": why, **facts}
    if in_batch and lane["phase"] == "pause":
        return {"fate": "retrying", "why": why, **facts}
    many = f"{before}" if before < COUNTED_MAX else f"at least {COUNTED_MAX}"
    return {"fate": "waiting", "why": f"{many} records come before it; its shard: {why}", **facts}


def _past(tx: Transaction, case: _Case, mapping: Mapping) -> dict[str, Any]:
    """What is known when the position is beyond the record."""
    fate = find_fate(tx, mapping.owner, case.shard.id, case.at)
    is_late = mapping.starting_position == "LATEST" and ms_of(case.at) <= mapping.modified_ms
    if fate is None and is_late:
        why = (
            "the mapping started at LATEST, and was last changed after the record was made: it was "
            "delivered, or written before the mapping began"
        )
        return {"fate": "passed", "why": why}
    if fate is None and ms_of(case.at) < mapping.modified_ms - case.shard.retention_ms:
        why = (
            "it had left the stream when the mapping was last changed: it was delivered before "
            "that, or never"
        )
        return {"fate": "passed", "why": why}
    if fate is None:
        return {"fate": "delivered", "why": "at the first attempt", "attempts": 1}
    when = iso(fate.at_ms)
    if fate.kind == EXPIRED:
        return {"fate": "expired", "why": f"{_TOO_LATE}; that was found at {when}"}
    if fate.kind == DELIVERED:
        why = f"at attempt {fate.attempts}, at {when}"
        return {"fate": "delivered", "why": why, "attempts": fate.attempts}
    where = "nobody was told" if fate.destination is None else f"{fate.destination} is told"
    return {
        "fate": "given up",
        "why": f"{fate.condition} after {fate.attempts} attempts, at {when}; {where}",
        "attempts": fate.attempts,
        "condition": fate.condition,
        "destination": fate.destination,
    }


def _verdict(case: _Case, mapping: Mapping) -> list[dict[str, Any]] | None:
    """What each pattern of the mapping says; None if it has none, or the record is not kept."""
    if not mapping.filters or case.stored is None or case.rendered is None:
        return None
    verdict = []
    for pattern in mapping.filters:
        compiled = compile_filters((pattern,))
        admits = compiled is None or compiled.admits(kind_of(case.stored), case.rendered)
        verdict.append({"pattern": pattern, "admits": admits})
    return verdict


def _records_between(tx: Transaction, case: _Case, mapping: Mapping, position: int) -> int:
    """Records that the mapping has to deliver before this one, up to COUNTED_MAX."""
    compiled = compile_filters(mapping.filters)
    start, _ = keyspace.log_range(case.shard.log, position + 1)
    end = keyspace.record_key(case.shard.log, case.at)
    found = tx.range(start, end, limit=COUNTED_MAX)
    if compiled is None:
        return len(found)
    stream = case.stream
    render = Renderer(stream.view, stream.scope.region, stream.arn).render
    return sum(
        compiled.admits(kind_of(stored), render(case.shard.log, keyspace.sequence_of(key), stored))
        for key, stored in found
    )
