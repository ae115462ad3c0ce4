"""Log lines: each is one JSON object."""

import json
import logging
from collections.abc import MutableMapping
from typing import Any

from telemetry.traces import trace_id


class JsonLog(logging.LoggerAdapter[logging.Logger]):
    """`log.warning("parked", messageId=…)` writes {"event": "parked", "messageId": …, "traceId": …}.

    The object is the text of the line, since Azure's worker hands nothing but the text to the host; time, level and
    logger are added by whoever carries it.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        traced = {"traceId": trace_id()} if trace_id() else {}
        return json.dumps({"event": msg, **kwargs, **traced}), {}


def json_log(name: str) -> JsonLog:
    """The log of a module. What a line tells goes into its fields: ids, numbers, codes, and our own words."""
    return JsonLog(logging.getLogger(name))
