"""The log of the host: one JSON object a line."""

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any


def log_to_stderr() -> None:
    """From INFO on. Each call of a function is two lines, so no time is spent on what they do not tell."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging._srcfile = None  # which line of the code it was; see "Optimization" in Python's HOWTO
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class JsonLines(logging.Formatter):
    """{"time", "level", "logger", "message"}. Of an app's line that is a JSON object, the fields replace "message"."""

    def format(self, record: logging.LogRecord) -> str:
        time = f"{_second(int(record.created))}.{int(record.msecs):03}Z"
        line = {"time": time, "level": record.levelname, "logger": record.name, **_fields(record.getMessage())}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


@lru_cache(maxsize=1)
def _second(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _fields(message: str) -> dict[str, Any]:
    if message.startswith("{"):
        with suppress(ValueError):
            return dict(json.loads(message))
    return {"message": message}
