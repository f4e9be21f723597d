"""GET /_headwater/regions: links to other regions, what they have shipped, and what troubles them.

    peers     regions that other nodes serve
    tables    those with replicas: how each replica stands, and marks of deleted items
    links     one for each table, from, to: state, behind (writes that are not known to have
              arrived), lag_ms (since the oldest of them was made), shipped, superseded
    received  for each table, from, to: writes that came, and those that came too late to count
              Counts of what lies on disk stop at 10,000.
    troubles  of replicas that are being made or dropped

POST /_headwater/replication/<verb> is what nodes ask each other (consumers/replication/receiver).
"""

from functools import partial
from typing import Any

from headwater.consumers.replication.lines import PeerRefused
from headwater.consumers.replication.regions import Regions
from headwater.frontdoor.admin import Admin, AdminRequest, Guard
from headwater.wire.reply import Reply

_PREFIX = "replication/"


def add_region_pages(admin: Admin, regions: Regions, guard: Guard) -> None:
    """guard: says who may ask as another node"""
    admin.add("GET", "regions", partial(_show, regions))
    admin.keep(_PREFIX, guard)
    for verb in regions.receiver.verbs:
        admin.add("POST", _PREFIX + verb, partial(_answer, regions, verb))


async def _show(regions: Regions, request: AdminRequest) -> dict[str, Any]:
    return await regions.status()


async def _answer(regions: Regions, verb: str, request: AdminRequest) -> dict[str, Any] | Reply:
    try:
        return await regions.receiver.receive(verb, request.body)
    except PeerRefused as refusal:
        return Reply({"error": refusal.text, "code": refusal.code}, status=409)
