"""Log lines of a node: a fixed text and named facts, one line each, on standard error.

Standard output belongs to the one line that says where the node listens.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

# What every record has; whatever else is there was handed in as a fact (`extra=`).
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(level: str, form: str) -> None:
    """Send log lines to standard error.

    level  debug, info, warning or error
    form   text (for people) or json (one object a line, for programs)
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


class TextLines(logging.Formatter):
    """2026-03-04T05:06:07.891Z INFO headwater.consumers mapping retries attempt=3 wait_ms=800"""

    def format(self, record: logging.LogRecord) -> str:
        words = [_moment(record), record.levelname, record.name, record.getMessage()]
        words += [f"{name}={_short(value)}" for name, value in _facts(record).items()]
        line = " ".join(words)
        return line if record.exc_info is None else f"{line}\n{self._trouble(record)}"

    def _trouble(self, record: logging.LogRecord) -> str:
        assert record.exc_info is not None
        return self.formatException(record.exc_info)


class JsonLines(TextLines):
    """{"time": "...", "level": "info", "logger": "...", "message": "mapping retries", ...}"""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(_facts(record))
        if record.exc_info is not None:
            line["trouble"] = self._trouble(record)
        return json.dumps(line, default=str)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN}


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _short(value: Any) -> str:
    text = str(value)
    return json.dumps(text) if not text or " " in text or "=" in text else text
