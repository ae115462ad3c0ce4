"""The custom topic that the app publishes to, as `EventGridPublisherClient` calls it, in both event schemas."""

import hmac
import json
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from group_commit import GroupCommit
from local.clock import Clock
from local.environment import TOPIC_KEY
from local.event_grid.deliveries import Delivery, publish
from local.event_grid.event_grid import EventGrid
from local.event_grid.subscriptions import LANDFALL_TOPIC, Event, is_cloud_event
from local.rfc3339 import to_text

SCHEMA = """
CREATE TABLE IF NOT EXISTS published (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    event TEXT NOT NULL
);
"""
REQUIRED = ("id", "subject", "eventType", "eventTime", "data", "dataVersion")
REQUIRED_OF_CLOUD_EVENTS = ("id", "source", "type", "specversion")


class Topic:
    """Takes events, keeps a copy of each, and hands them to Event Grid.

    `must_fail` is asked for each request, and may keep it waiting: True refuses it.
    """

    def __init__(
        self, store: GroupCommit, event_grid: EventGrid, clock: Clock, must_fail: Callable[[], Awaitable[bool]]
    ) -> None:
        self._store, self._event_grid, self._clock, self._must_fail = store, event_grid, clock, must_fail

    async def receive(self, request: web.Request) -> web.Response:
        """POST /topics/landfall/api/events: 200 when every event is on the disk; all or none."""
        if not hmac.compare_digest(request.headers.get("aeg-sas-key", "").encode(), TOPIC_KEY.encode()):
            return _error(401, "Unauthorized", "The header aeg-sas-key is missing or wrong.")
        if "api-version" not in request.query:
            return _error(400, "BadRequest", "The query parameter api-version is required.")
        try:
            events = _read_events(await request.read())
        except ValueError as error:
            return _error(400, "BadRequest", str(error))
        if await self._must_fail():
            return _error(503, "ServiceUnavailable", "The topic is not available.")
        with self._clock.work.begin("publishing"):
            self._event_grid.carry(await self._store.write(partial(_keep, events=events, now=self._clock.now())))
        return web.Response()

    def published(self) -> list[dict[str, Any]]:
        """All events that ever came, oldest first: [{"at", "event"}]."""
        rows = self._store.reader.execute("SELECT at, event FROM published ORDER BY id")
        return [{"at": at, "event": json.loads(event)} for at, event in rows]


def _read_events(body: bytes) -> list[Event]:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise ValueError("The body is not an array of events.")
    for event in events:
        required = REQUIRED_OF_CLOUD_EVENTS if is_cloud_event(event) else REQUIRED
        if missing := [name for name in required if name not in event]:
            raise ValueError(f"An event has no {', '.join(missing)}.")
    return [event if is_cloud_event(event) else _completed(event) for event in events]


def _completed(event: Event) -> Event:
    """With what Event Grid sets itself, whatever the publisher wrote there."""
    return {**event, "topic": LANDFALL_TOPIC, "metadataVersion": "1"}


def _keep(connection: sqlite3.Connection, events: Sequence[Event], now: datetime) -> list[Delivery]:
    deliveries: list[Delivery] = []
    for event in events:
        connection.execute("INSERT INTO published (at, event) VALUES (?, ?)", (to_text(now), json.dumps(event)))
        deliveries += publish(connection, LANDFALL_TOPIC, event, now)
    return deliveries


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
