"""What is read of an event, in whichever schema, with whatever stands beside what we look for."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.providers import read_reply, read_report
from domain import clock
from domain.serialization import to_document
from events.event import read_event
from tests.channels import events, inbound_events
from tests.channels.inbound_events import CUSTOM_TOPIC, NOON

pytestmark = pytest.mark.usefixtures("a_day_in_november")

NOW = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
REPORT = {"tag": events.ATTEMPT_ID, "to": "+14255550123", "deliveryStatus": "Delivered"}
REPLY = {"messageId": "theirs", "from": "14255550123", "message": "STOP"}
GRID = {"id": "1", "topic": CUSTOM_TOPIC, "eventType": "Example.Happened", "eventTime": "2026-11-22T12:00:00Z"}
CLOUD = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "Example.Happened", "time": "2026-11-22T12:00:00Z"}
both_schemas = pytest.mark.parametrize("envelope", [GRID, CLOUD], ids=["Event Grid", "CloudEvents"])


def read(envelope, **more):
    event = read_event(json.dumps({**envelope, **more}))
    assert event
    return event


def at(told):
    return read(GRID, eventTime=told).at


@both_schemas
def test_an_event_is_read_in_either_schema(envelope):
    event = read(envelope, data={"messageId": "x"})

    assert (event.id, event.type, event.at, event.data) == ("1", "example.happened", NOON, {"messageid": "x"})
    assert event.is_from_custom_topic


@both_schemas
def test_the_names_of_an_envelope_are_read_in_any_case(envelope):
    assert read({name.upper(): value for name, value in envelope.items()}) == read(envelope)


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-22T14:00:00+02:00",
        "2026-11-22T04:00:00-08:00",
        "2026-11-22 12:00:00",
        "2026-11-22 12:00:00.0000000Z",
        "2026-11-22t12:00:00z",
        " 2026-11-22T12:00:00+0000 ",
        1795348800,
        1795348800.0,
        1795348800000,
    ],
)
def test_a_time_is_understood_however_it_is_written(told):
    assert at(told) == NOON


@pytest.mark.parametrize(
    "told",
    [
        *(None, "", "yesterday", "Sun, 22 Nov 2026", "2026-02-30T00:00:00Z", "\ud800", True, [], {}),
        *(10**400, -1e308, float("nan"), float("inf"), "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    ],
)
def test_a_time_that_cannot_be_read_is_now(told):
    assert at(told) == NOW


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00", 0, "2026-08-24T12:00:59Z", "2026-11-22T12:01:01Z"])
def test_a_time_that_cannot_be_true_is_now(told):
    """Dead letters are kept 90 days, and nothing has happened in the future."""
    assert at(told) == NOW


@both_schemas
@pytest.mark.parametrize("write", [json.dumps, lambda data: f"\ufeff {json.dumps(data)}"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_data_in_base64_are_read(envelope, write, encoding):
    encoded = base64.b64encode(write(REPORT).lstrip("\ufeff").encode(encoding)).decode()

    assert read(envelope, data_base64=encoded).data == read(envelope, data=REPORT).data


@both_schemas
def test_data_that_are_written_as_a_text_are_read(envelope):
    assert read(envelope, data=json.dumps(REPORT)).data == read(envelope, data=REPORT).data


@pytest.mark.parametrize("encoded", ["", "====", "no base64!", "\ud800", "bnVsbA==", "/w==", 17, None])
def test_data_that_cannot_be_decoded_are_as_good_as_none(encoded):
    assert read(CLOUD, data_base64=encoded).data == {}


@pytest.mark.parametrize("written", ["null", "1", '"text"', "[]", "{", "", "[" * 50_000, '{"a":' * 50_000, "\ud800"])
def test_what_is_no_object_is_no_event(written):
    assert read_event(written) is None


def test_of_a_key_that_is_there_twice_the_last_counts():
    event = read_event('{"id": "1", "eventType": "a", "eventType": "b", "data": {"to": "x", "to": "y"}}')

    assert event
    assert (event.type, event.data) == ("b", {"to": "y"})


def test_what_python_would_not_read_keeps_nothing_else_from_being_read():
    event = read_event('{"id": "1", "huge": ' + "9" * 5000 + ', "nan": NaN, "half": "\\ud800", "data": {"to": "x"}}')

    assert event
    assert event.data == {"to": "x"}


def test_an_event_without_an_id_is_known_again_by_its_text():
    first, again, other = (read({"eventType": "a", "id": None, "n": n}).id for n in (1, 1, 2))

    assert first == again != other


# the kind: whatever else is in it, an event that names an attempt or a reply of ours is neither lost nor an error

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.text(st.characters(categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
times = (
    st.datetimes(timezones=st.timezones() | st.none()).map(lambda moment: moment.isoformat())
    | st.datetimes().map(str)
    | st.sampled_from(["2026-11-26T00:23:03+02:00", "yesterday", 1e11, -1, 10**400])
    | json_values
)
RESERVED = {name.lower() for name in (*GRID, *CLOUD, "data", "data_base64")}
extensions = st.dictionaries(st.text(max_size=8).filter(lambda name: name.lower() not in RESERVED), json_values)
encodings = st.sampled_from(
    [
        lambda data: {"data": data},
        lambda data: {"data": json.dumps(data)},
        lambda data: {"data_base64": base64.b64encode(json.dumps(data).encode()).decode()},
        lambda data: {"data": None, "data_base64": base64.b64encode(json.dumps(data).encode()).decode()},
    ]
)
NEWS = {
    f"Microsoft.Communication.{kind}": data
    for kind, data in {
        "SMSDeliveryReportReceived": events.sms(),
        "EmailDeliveryReportReceived": events.email("Bounced"),
        "EmailEngagementTrackingReportReceived": events.engagement(),
        "AdvancedMessageDeliveryStatusUpdated": events.whatsapp("Read"),
        "SMSReceived": inbound_events.sms(),
        "AdvancedMessageReceived": inbound_events.BUTTON_REPLY,
    }.items()
}


@st.composite
def envelopes(draw):
    """The text of an event with one of `NEWS`, and which."""
    kind = draw(st.sampled_from(list(NEWS)))
    data = NEWS[kind] | draw(st.fixed_dictionaries({}, optional={"receivedTimestamp": times}))
    version = draw(st.sampled_from([None, "specversion", "specVersion", "SPECVERSION"]))
    if version:
        envelope = {version: draw(json_values), "type": kind, "source": draw(json_values), "time": draw(times)}
    else:
        envelope = {"eventType": kind, "topic": draw(json_values), "eventTime": draw(times)}
    envelope |= {"id": draw(json_values)} | draw(extensions) | draw(encodings)(data)
    names = draw(st.permutations(list(envelope)))
    return json.dumps({name: envelope[name] for name in names}), kind


@given(envelopes())
def test_no_envelope_loses_a_report_or_a_reply(drawn):
    written, kind = drawn
    event = read_event(written)
    assert event
    plain = read(GRID, eventType=kind, data=NEWS[kind])

    found = read_report(event.type, event.data, event.at) or read_reply(event)
    wanted = read_report(plain.type, plain.data, plain.at) or read_reply(plain)

    assert found
    assert without_times(found) == without_times(wanted)
    assert NOW - timedelta(days=90) <= event.at <= NOW


def without_times(news):
    document = to_document(news)
    return {**document, "at": None, "news": {**document.get("news", {}), "at": None}}


@given(json_values | st.dictionaries(st.sampled_from([*GRID, *CLOUD, "data", "data_base64"]), json_values))
def test_nothing_that_json_can_say_raises(envelope):
    event = read_event(json.dumps(envelope))

    assert event or not isinstance(envelope, dict) or not envelope
    if event:
        assert clock.to_text(event.at)
        f"{event.id}{event.type}{event.origin}".encode()


@given(st.text())
def test_no_text_raises(written):
    read_event(written)
