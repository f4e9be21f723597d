"""GET /_headwater/regions: links to other regions, what they have shipped, and what troubles them.

    region    the node's own, of requests that name none
    peers     regions that other nodes serve
    nodes     where, by region
    tables    those with replicas: how each replica stands, and marks of deleted items
    links     one for each table, from, to: state, behind (writes that are not known to have
              arrived), lag_ms (since the oldest of them was made), shipped, superseded
    received  for each table, from, to: writes that came, and those that came too late to count
              Counts of what lies on disk stop at 1,000.
    settings  of tables, that other regions could not be told of
    troubles  of replicas that are being made or dropped

POST /_headwater/regions/resync and /forget {"table", "to", "account"?, "region"?}: compare with a
replica and copy what it lacks; take one for gone whose node is lost.
POST /_headwater/replication/<verb> is what nodes ask each other (consumers/replication/receiver).
"""

from functools import partial
from typing import Any

from headwater.consumers.replication.lines import PeerRefused
from headwater.consumers.replication.regions import Regions
from headwater.errors import OperatorError
from headwater.frontdoor.admin import Admin, AdminRequest, Guard
from headwater.stage.arguments import find_table
from headwater.stage.house import House
from headwater.tables.schema import Table
from headwater.wire.reply import Reply

_PREFIX = "replication/"


def add_region_pages(admin: Admin, house: House, guard: Guard) -> None:
    """guard: says who may ask as another node"""
    regions: Regions = house.services.regions
    admin.add("GET", "regions", partial(_show, house))
    admin.add("POST", "regions/resync", partial(_resync, house))
    admin.add("POST", "regions/forget", partial(_forget, house))
    admin.keep(_PREFIX, guard)
    for verb in regions.receiver.verbs:
        admin.add("POST", _PREFIX + verb, partial(_answer, regions, verb))


async def _show(house: House, request: AdminRequest) -> dict[str, Any]:
    regions: Regions = house.services.regions
    return {"region": house.services.settings.region, **await regions.status()}


async def _resync(house: House, request: AdminRequest) -> dict[str, Any]:
    regions: Regions = house.services.regions
    regions.resync(*await _replica(house, request.json()))
    return {}


async def _forget(house: House, request: AdminRequest) -> dict[str, Any]:
    regions: Regions = house.services.regions
    await regions.forget(*await _replica(house, request.json()))
    return {}


async def _replica(house: House, given: dict[str, Any]) -> tuple[Table, str]:
    """The table that is named, and the other region. Raises OperatorError."""
    to = given.get("to")
    if not isinstance(to, str):
        raise OperatorError('which replica? Give its region as "to".')
    services = house.services
    find = partial(
        find_table, catalog=services.catalog, given=given, region=services.settings.region
    )
    return await services.engine.run(find), to


async def _answer(regions: Regions, verb: str, request: AdminRequest) -> dict[str, Any] | Reply:
    try:
        return await regions.receiver.receive(verb, request.body)
    except PeerRefused as refusal:
        return Reply({"error": refusal.text, "code": refusal.code}, status=409)
