"""Before a destination is enabled: is its stream there, and may this node write to it?"""

from headwater.clock import Clock, sleep_ms
from headwater.consumers.kinesis.destination import Destination
from headwater.consumers.mappings.decide import pause_ms
from headwater.ids import Ids
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import UNREACHABLE, CallFailed

# How long an endpoint may take to come up: it may be started together with this node.
PATIENCE_MS = 60_000

_PASSING = frozenset(
    (
        UNREACHABLE,
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ThrottlingException",
        "500",
        "503",
    )
)


async def trouble_with(
    destination: Destination, outbound: Outbound, clock: Clock, ids: Ids
) -> str | None:
    """Why the destination cannot be enabled, for people; None if it can.

    What may pass by itself is waited for, up to a minute after the destination was asked for.
    """
    failures = 0
    while True:
        trouble = await _look(destination, outbound)
        if trouble is None:
            return None
        failures += 1
        wait_ms = pause_ms(failures, ids.fraction())
        is_late = clock.now_ms() + wait_ms > destination.changed_ms + PATIENCE_MS
        if is_late or trouble.code not in _PASSING:
            return trouble.text
        await sleep_ms(clock, wait_ms)


async def _look(destination: Destination, outbound: Outbound) -> CallFailed | None:
    request = {"StreamName": destination.kinesis_name}
    try:
        answer = await outbound.post(
            "kinesis", "DescribeStreamSummary", destination.scope.region, request
        )
    except CallFailed as trouble:
        return trouble
    status = answer.get("StreamDescriptionSummary", {}).get("StreamStatus", "ACTIVE")
    if status in ("ACTIVE", "UPDATING"):
        return None
    code = UNREACHABLE if status == "CREATING" else status
    return CallFailed(code, f"the Kinesis stream {destination.kinesis_name} is {status}")
