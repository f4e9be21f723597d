"""What the platform adds to a log in JSON, and at which level.

Source: AWS, Lambda guide, "Configuring advanced logging controls", and the schema of the Telemetry
API.
"""

import json
from typing import Any

import pytest

from headwater.functions.invocation import exited, timed_out
from headwater.functions.platform_lines import PlatformLines

NOW_MS = 1_772_600_767_891
ENDED: dict[str, Any] = {
    "duration_ms": 12.3456,
    "init_ms": 80.5,
    "memory_mb": 128,
    "used_bytes": 30 * 2**20,
}


def told(lines):
    return [json.loads(line) for line in lines.splitlines()]


def test_each_line_is_an_object_with_its_time_and_type():
    lines = PlatformLines(as_json=True, least="INFO")
    assert told(lines.loading("python3.13", NOW_MS) + lines.started("r-1", "7", NOW_MS)) == [
        {
            "time": "2026-03-04T05:06:07.891Z",
            "type": "platform.initStart",
            "record": {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": "python:3.13",
            },
        },
        {
            "time": "2026-03-04T05:06:07.891Z",
            "type": "platform.start",
            "record": {"requestId": "r-1", "version": "7"},
        },
    ]


def test_a_report_has_the_figures_of_the_text():
    lines = PlatformLines(as_json=True, least="INFO")
    ended = lines.ended("r-1", **ENDED, failure=None, has_failed=False, at_ms=NOW_MS)
    (report,) = told(ended)
    assert report["type"] == "platform.report"
    assert report["record"] == {
        "requestId": "r-1",
        "status": "success",
        "metrics": {
            "durationMs": 12.346,
            "billedDurationMs": 93,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 30,
            "initDurationMs": 80.5,
        },
    }


@pytest.mark.parametrize(
    ("failure", "status", "error_type"),
    [
        (timed_out(3), "timeout", "Sandbox.Timedout"),
        (exited(1), "error", "Runtime.ExitError"),
        (None, "error", None),
    ],
)
def test_what_failed_is_told_at_warn(failure, status, error_type):
    lines = PlatformLines(as_json=True, least="WARN")
    ended = lines.ended("r-1", **ENDED, failure=failure, has_failed=True, at_ms=NOW_MS)
    done, report = told(ended)
    assert (done["type"], report["type"]) == ("platform.runtimeDone", "platform.report")
    for line in (done, report):
        assert line["record"]["status"] == status
        assert line["record"].get("errorType") == error_type


@pytest.mark.parametrize(
    ("least", "types"),
    [
        ("DEBUG", ["initStart", "start", "runtimeDone", "report"]),
        ("INFO", ["initStart", "start", "report"]),
        ("WARN", []),
    ],
)
def test_what_went_well_is_left_out_above_its_level(least, types):
    lines = PlatformLines(as_json=True, least=least)
    everything = lines.loading("python3.13", NOW_MS) + lines.started("r-1", "1", NOW_MS)
    everything += lines.ended("r-1", **ENDED, failure=None, has_failed=False, at_ms=NOW_MS)
    assert [line["type"] for line in told(everything)] == [f"platform.{name}" for name in types]
