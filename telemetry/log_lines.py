"""Log lines: each is one JSON object."""

import json
import logging
from collections.abc import MutableMapping
from typing import Any

from telemetry.request_ids import request_id
from telemetry.traces import trace_id


class JsonLog(logging.LoggerAdapter[logging.Logger]):
    """`log.warning("unmatched", messageId=…)` writes {"event": "unmatched", "messageId": …, "traceId": …}.

    The object is the text of the line, since Azure's worker hands nothing but the text to the host; time, level and
    logger are added by whoever carries it.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        about = {"requestId": request_id(), "traceId": trace_id()}
        return json.dumps({"event": msg, **kwargs, **{name: id_ for name, id_ in about.items() if id_}}), {}


def json_log(name: str) -> JsonLog:
    """The log of a module. What a line tells goes into its fields: ids, numbers, codes, and our own words."""
    return JsonLog(logging.getLogger(name))
