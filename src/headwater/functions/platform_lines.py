"""The lines that the platform adds to a function's log: as text, or each a JSON object.

    {"time":"2026-03-04T05:06:07.891Z","type":"platform.start","record":{"requestId":"...", ...}}

JSON lines have levels, and those below SystemLogLevel are left out: what went well is INFO (and
the *RuntimeDone of it DEBUG), what went wrong WARN. Pure. Source:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html and the schema
of the Telemetry API, https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import math
from typing import Any, NamedTuple

import orjson

from headwater.functions.invocation import Failure, init_line, report, start_line
from headwater.limits import MIB
from headwater.moments import iso

_RANKS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


class PlatformLines(NamedTuple):
    """How one function has them. least: its SystemLogLevel, of JSON only."""

    as_json: bool = False
    least: str = "DEBUG"

    def loading(self, runtime: str, at_ms: int) -> bytes:
        """A process was started."""
        if not self.as_json:
            return init_line(runtime)
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": _shown(runtime),
        }
        return self._line("INFO", "initStart", record, at_ms)

    def started(self, request_id: str, version: str, at_ms: int) -> bytes:
        """It got an event."""
        if not self.as_json:
            return start_line(request_id, version)
        return self._line("INFO", "start", {"requestId": request_id, "version": version}, at_ms)

    def ended(
        self,
        request_id: str,
        *,
        duration_ms: float,
        init_ms: float | None,
        memory_mb: int,
        used_bytes: int,
        failure: Failure | None,
        has_failed: bool,
        at_ms: int,
    ) -> bytes:
        """The event was dealt with. Members as `report` has them; has_failed: the handler may have
        told of its error itself, and then there is no `failure`."""
        if not self.as_json:
            return report(
                request_id,
                duration_ms=duration_ms,
                init_ms=init_ms,
                memory_mb=memory_mb,
                used_bytes=used_bytes,
                failure=failure,
                at_ms=at_ms,
            )
        about: dict[str, Any] = {"requestId": request_id}
        about["status"] = "error" if has_failed else "success"
        if failure is not None:
            about["status"] = failure.status
            about["errorType"] = failure.error_type
        metrics: dict[str, Any] = {
            "durationMs": round(duration_ms, 3),
            "billedDurationMs": math.ceil(duration_ms + (init_ms or 0)),
            "memorySizeMB": memory_mb,
            "maxMemoryUsedMB": min(-(-used_bytes // MIB), memory_mb),
        }
        done = about | {"metrics": {"durationMs": metrics["durationMs"]}}
        if init_ms is not None:
            metrics["initDurationMs"] = round(init_ms, 3)
        levels = ("WARN", "WARN") if has_failed else ("DEBUG", "INFO")
        lines = self._line(levels[0], "runtimeDone", done, at_ms)
        return lines + self._line(levels[1], "report", about | {"metrics": metrics}, at_ms)

    def _line(self, level: str, kind: str, record: dict[str, Any], at_ms: int) -> bytes:
        if _RANKS[level] < _RANKS[self.least]:
            return b""
        line = {"time": iso(at_ms), "type": f"platform.{kind}", "record": record}
        return orjson.dumps(line) + b"\n"


TEXT = PlatformLines()


def _shown(runtime: str) -> str:
    """
    >>> _shown("python3.13"), _shown("nodejs22.x")
    ('python:3.13', 'nodejs:22.x')
    """
    return runtime.replace("python", "python:", 1).replace("nodejs", "nodejs:", 1)
