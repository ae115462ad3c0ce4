"""When Event Grid tries a delivery again, and when it gives up.

From Microsoft's article "Event Grid message delivery and retry". Azure adds jitter and may skip steps; here the
schedule is exact, so that a test can say what happens at a given minute.
"""

from datetime import datetime, timedelta

RETRY_AFTER = [
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
]
AND_THEN_EVERY = timedelta(hours=12)
MOST_ATTEMPTS = 30
TIME_TO_LIVE = timedelta(hours=24)
NEVER_RETRIED = ("BadRequest", "Unauthorized", "RequestEntityTooLarge")  # 400, 401, 413 of a webhook


def next_attempt(attempts: int, outcome: str, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures of which the last was `outcome`; None to give up."""
    if outcome in NEVER_RETRIED or attempts >= MOST_ATTEMPTS:
        return None
    return now + (RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else AND_THEN_EVERY)


def is_too_old(published_at: datetime, now: datetime) -> bool:
    """Whether an event has outlived its time. Asked only when its next attempt is due, as in Azure."""
    return now - published_at >= TIME_TO_LIVE


def reason_for_giving_up(outcome: str, *, too_old: bool) -> str:
    """The `deadLetterReason`. Azure documents no list; these were seen in real dead letters."""
    if too_old:
        return "TimeToLiveExceeded"
    return f"UndeliverableDueToHttp{outcome}" if outcome in NEVER_RETRIED else "MaxDeliveryAttemptsExceeded"
