"""What we put into the SDK gives what its own gives: the times that the host writes, and the classes it makes."""

from collections import namedtuple
from datetime import UTC, datetime

from azure.durable_functions.models.history.HistoryEvent import HistoryEvent
from azure.durable_functions.models.history.HistoryEventType import HistoryEventType
from azure.durable_functions.models.TaskOrchestrationExecutor import TaskOrchestrationExecutor
from dateutil.parser import parse  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from local.durable.execution.history import to_text
from local.host.app.faster_sdk import make_the_sdk_faster

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
    make_the_sdk_faster()

    kind = HistoryEventType.ORCHESTRATOR_STARTED
    event = HistoryEvent(EventType=kind, EventId=-1, IsPlayed=False, Timestamp="2030-01-01T12:00:00.1234560Z")
    assert event.timestamp.tzinfo is UTC


def test_the_executor_of_each_turn_knows_what_it_knew_and_makes_no_class_for_it(monkeypatch):
    make_the_sdk_faster()
    ours, next_one = TaskOrchestrationExecutor(), TaskOrchestrationExecutor()
    monkeypatch.setattr("azure.durable_functions.models.TaskOrchestrationExecutor.namedtuple", namedtuple)
    the_sdks = TaskOrchestrationExecutor()

    fields = {kind: value._asdict() for kind, value in the_sdks.event_to_SetTaskValuePayload.items()}
    assert {kind: value._asdict() for kind, value in ours.event_to_SetTaskValuePayload.items()} == fields
    assert ours.event_to_SetTaskValuePayload == the_sdks.event_to_SetTaskValuePayload
    assert classes(ours) == classes(next_one) != classes(the_sdks)


def classes(made):
    return {type(value) for value in made.event_to_SetTaskValuePayload.values()}
