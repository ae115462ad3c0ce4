"""The log of the host: one JSON object a line."""

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """{"time", "level", "logger", "message"}. Of an app's line that is a JSON object, the fields replace "message"."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname, "logger": record.name, **_fields(record.getMessage())}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _fields(message: str) -> dict[str, Any]:
    if message.startswith("{"):
        with suppress(ValueError):
            return dict(json.loads(message))
    return {"message": message}
