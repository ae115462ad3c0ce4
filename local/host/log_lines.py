"""The log of the host: one JSON object a line."""

import json
import logging
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """{"time", "level", "logger", "message"}. Of an app's line that is a JSON object, the fields replace "message"."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname, "logger": record.name, **_fields(record.getMessage())}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _fields(message: str) -> dict[str, Any]:
    try:
        told = json.loads(message)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"message": message}
