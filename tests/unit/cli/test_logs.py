"""Log lines: a fixed text and named facts, for people and for programs."""

import json
import logging
import sys

from headwater.cli.logs import JsonLines, TextLines


def record(**facts):
    made = logging.LogRecord("headwater.a", logging.WARNING, "a.py", 1, "retries", None, None)
    made.created = 1767225600.25  # 2026-01-01T00:00:00.250Z
    vars(made).update(facts)
    return made


def test_a_line_for_people_names_each_fact():
    assert TextLines().format(record(mapping="m-1", why="no answer")) == (
        '2026-01-01T00:00:00.250Z WARNING headwater.a retries mapping=m-1 why="no answer"'
    )


def test_a_line_for_programs_is_one_object():
    line = JsonLines().format(record(wait_ms=800))
    assert json.loads(line) == {
        "time": "2026-01-01T00:00:00.250Z",
        "level": "warning",
        "logger": "headwater.a",
        "message": "retries",
        "wait_ms": 800,
    }


def test_trouble_is_told_with_its_trace():
    try:
        raise ValueError("odd")
    except ValueError:
        made = record(exc_info=sys.exc_info())
    assert "ValueError: odd" in TextLines().format(made)
    assert "ValueError: odd" in json.loads(JsonLines().format(made))["trouble"]
