"""What an alarm does when its state changes: call a function, publish to a topic, post to a URL.

    arn:aws:lambda:us-east-1:000000000000:function:page-me     an asynchronous invocation
    arn:aws:sns:us-east-1:000000000000:ops                     Publish, to --sns-endpoint
    https://chat.example/hook                                  POST of what a topic is told; ours

An action is tried three times, a second and then two apart; what became of it is in the alarm's
history. Actions are not kept: those of a node that is killed meanwhile are lost.
"""

import logging
from typing import Any, Final, Protocol

from headwater.arns import Scope, parse_arn
from headwater.clock import Clock, sleep_ms
from headwater.errors import AwsError, NotSupported
from headwater.ids import Ids
from headwater.monitoring.alarms.messages import Turn, event, message, subject
from headwater.outbound.failure import CallFailed

log = logging.getLogger("headwater.monitoring")

ACTIONS_OF: Final = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_TRIES: Final = 3
_PAUSE_MS: Final = 1000


class EventSender(Protocol):
    """What takes events for functions: functions.Functions.events."""

    async def send(
        self,
        scope: Scope,
        name: str,
        qualifier: str | None,
        payload: bytes,
        *,
        request_id: str,
    ) -> None: ...


class Caller(Protocol):
    """What calls others: outbound.Outbound."""

    def require(self, service: str) -> None: ...

    async def call(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]: ...

    async def webhook(self, url: str, body: bytes) -> None: ...


class Actions:
    """Carries actions out."""

    def __init__(self, clock: Clock, ids: Ids, events: EventSender, outbound: Caller) -> None:
        self._clock = clock
        self._ids = ids
        self._events = events
        self._outbound = outbound

    def check(self, action: str) -> None:
        """Raises NotSupported, with advice, for what cannot be done."""
        if _is_url(action):
            return
        arn = parse_arn(action)
        if arn is not None and arn.service == "lambda" and arn.resource.startswith("function:"):
            return
        if arn is not None and arn.service == "sns":
            try:
                self._outbound.require("sns")
            except CallFailed as trouble:
                raise NotSupported(f"The action {action} cannot be done: {trouble.text}") from None
            return
        raise NotSupported(
            f"The action {action} is not supported: Headwater's alarms invoke functions, publish "
            "to topics and post to URLs"
        )

    async def run(self, action: str, turn: Turn) -> str:
        """Do it. Returns "" or why it could not be done."""
        why = ""
        for tries in range(1, _TRIES + 1):
            try:
                await self._run(action, turn)
                return ""
            except (AwsError, CallFailed) as trouble:
                why = str(trouble) or repr(trouble)
            if tries < _TRIES:
                await sleep_ms(self._clock, _PAUSE_MS * tries)
        log.error("action failed", extra={"alarm": turn.alarm.name, "action": action, "why": why})
        return why

    async def _run(self, action: str, turn: Turn) -> None:
        if _is_url(action):
            await self._outbound.webhook(action, message(turn).encode())
            return
        arn = parse_arn(action)
        assert arn is not None, action
        if arn.service == "lambda":
            _, name, *qualifier = arn.resource.split(":")
            await self._events.send(
                Scope(arn.account, arn.region),
                name,
                qualifier[0] if qualifier else None,
                event(turn),
                request_id=self._ids.uuid(),
            )
            return
        told = {"TopicArn": action, "Subject": subject(turn), "Message": message(turn)}
        await self._outbound.call("sns", "publish", arn.region, told)


def _is_url(action: str) -> bool:
    return action.startswith(("http://", "https://"))
