"""Dead letters: one JSON file for each event, an array of one event, as Azure's blobs are."""

import json
from pathlib import Path

from local.event_grid.deliveries import Delivery
from local.event_grid.subscriptions import Event, is_cloud_event
from local.rfc3339 import to_text


def bury(folder: Path, delivery: Delivery, reason: str) -> None:
    """Write the dead letter. Safe to repeat: the file is named for the delivery, and appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{delivery.id}.unfinished"
    unfinished.write_text(json.dumps([dead_letter(delivery, reason)], indent=2), encoding="utf-8")
    unfinished.rename(folder / f"{delivery.subscription}-{delivery.id}.json")


def dead_letter(delivery: Delivery, reason: str) -> Event:
    """The event with what became of it added; CloudEvents take only lower-case names."""
    fate = {
        "deadLetterReason": reason,
        "deliveryAttempts": delivery.attempts,
        "lastDeliveryOutcome": delivery.last_outcome,
        "publishTime": to_text(delivery.published_at),
        "lastDeliveryAttemptTime": delivery.last_attempt_at,
    }
    if is_cloud_event(delivery.event):
        fate = {name.lower(): value for name, value in fate.items()}
    return {**delivery.event, **fate}
