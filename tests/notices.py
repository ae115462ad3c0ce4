"""Notices leave in a task of their own, which nobody waits for but a test."""

import asyncio

from events.status_events import StatusEvents


async def all_published(status_events: StatusEvents) -> None:
    """Wait until nothing is on its way to a topic that answers."""
    if status_events._task and not status_events.is_away:
        await asyncio.wait([status_events._task], timeout=10)
