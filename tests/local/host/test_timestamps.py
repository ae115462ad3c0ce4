"""What the SDK's parser and ours make of the times that the host writes."""

from datetime import UTC, datetime

from azure.durable_functions.models.history.HistoryEvent import HistoryEvent
from azure.durable_functions.models.history.HistoryEventType import HistoryEventType
from dateutil.parser import parse  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from local.durable.history import to_text
from local.host.timestamps import read_timestamps_faster

MOMENTS = st.datetimes(datetime(1970, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@given(MOMENTS)
def test_both_read_what_the_host_writes_as_the_same_moment(moment):
    text = to_text(moment)

    assert parse(text) == datetime.fromisoformat(text) == moment
    assert parse(text).utcoffset() == datetime.fromisoformat(text).utcoffset()


@given(MOMENTS)
def test_both_print_it_alike(moment):
    text = to_text(moment)

    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S%z"):
        assert parse(text).strftime(form) == datetime.fromisoformat(text).strftime(form)
    assert parse(text).isoformat() == datetime.fromisoformat(text).isoformat()


def test_the_sdk_reads_its_history_with_ours():
    read_timestamps_faster()

    kind = HistoryEventType.ORCHESTRATOR_STARTED
    event = HistoryEvent(EventType=kind, EventId=-1, IsPlayed=False, Timestamp="2030-01-01T12:00:00.1234560Z")
    assert event.timestamp.tzinfo is UTC
