"""GET /_headwater/mappings: every running mapping, shard by shard; and what may be done to one.

    GET  mappings                        where each stands, what it has failed with, when it tries
                                         again; and what waits to be told to failure destinations
    POST mappings/retry  {"mapping"}     try now what waits for its next try
    POST mappings/skip   {"mapping", "shard"}   give up the batch that waits for its next try in
                                         that shard: it is told to the mapping's OnFailure
                                         destination, if there is one, and the shard goes on

A shard may be named by the end of its id. Pausing a mapping is AWS's own: UpdateEventSourceMapping
with Enabled.
"""

from typing import Any

from headwater.errors import OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.moments import iso
from headwater.stage.house import House


def show(house: House) -> dict[str, Any]:
    """As Mappings.status() has it."""
    services = house.services
    now_ms = services.clock.now_ms()
    return {
        "now": iso(now_ms),
        "now_ms": now_ms,
        "mappings": services.mappings.status(),
        "destinations": services.mappings.destinations(),
    }


def retry(house: House, request: AdminRequest) -> dict[str, Any]:
    """Raises OperatorError."""
    uuid = _asked_for(house, request.json())["uuid"]
    assert house.services.mappings.retry(uuid)
    return {"mapping": uuid}


def skip(house: House, request: AdminRequest) -> dict[str, Any]:
    """Answers how many lanes of the shard gave up a batch. Raises OperatorError."""
    asked = request.json()
    status = _asked_for(house, asked)
    end = asked.get("shard")
    if not isinstance(end, str) or not end:
        raise OperatorError('which shard? Give "shard", its id or the end of it.')
    found = [lane["shard_id"] for lane in status["lanes"] if lane["shard_id"].endswith(end)]
    lanes = house.services.mappings.skip(status["uuid"], found[0]) if len(found) == 1 else 0
    if not lanes:
        raise OperatorError(
            f"nothing of shard {end} waits for its next try in this mapping. Only a batch that "
            "has failed, and is not at the function now, can be skipped: try again when it is."
        )
    return {"mapping": status["uuid"], "shard": found[0], "skipped": lanes}


def _asked_for(house: House, asked: dict[str, Any]) -> dict[str, Any]:
    uuid = asked.get("mapping")
    statuses: list[dict[str, Any]] = house.services.mappings.status()
    for status in statuses:
        if status["uuid"] == uuid:
            return status
    known = ", ".join(f"{one['uuid']} ({one['function']})" for one in statuses) or "none"
    raise OperatorError(f"no mapping {uuid!r} runs. Those that run: {known}.")
