from datetime import timedelta

from local.event_grid.schedule import is_too_old, next_attempt, reason_for_giving_up
from tests.local.event_grid.manual_clock import MORNING


def test_pauses_grow_as_documented_and_then_stay_at_twelve_hours():
    seconds = [10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 43200, 43200]

    for attempts, pause in enumerate(seconds, start=1):
        assert next_attempt(attempts, "Busy", MORNING) == MORNING + timedelta(seconds=pause)


def test_the_thirtieth_attempt_is_the_last():
    assert next_attempt(29, "Busy", MORNING) is not None
    assert next_attempt(30, "Busy", MORNING) is None
    assert reason_for_giving_up("Busy", too_old=False) == "MaxDeliveryAttemptsExceeded"


def test_a_body_that_is_too_large_is_never_sent_again():
    assert next_attempt(1, "RequestEntityTooLarge", MORNING) is None


def test_an_event_lives_a_day():
    assert not is_too_old(MORNING, MORNING + timedelta(hours=23, minutes=59))
    assert is_too_old(MORNING, MORNING + timedelta(hours=24))
