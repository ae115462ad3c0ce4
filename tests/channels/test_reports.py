"""What we read in events of Communication Services, however they are spelt."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.providers import read_report
from channels.report import Report
from domain.clock import from_text, to_text
from domain.messages.attempt import Engagement, Receipt
from events.event import Unmatched
from tests.channels.events import ATTEMPT_ID, SAMPLES, TYPES, WHATSAPP_ID, email, engagement, sms, whatsapp
from tests.channels.reading import NOON, read, read_well, receipt

pytestmark = pytest.mark.usefixtures("a_day_in_november")

AT = datetime(2026, 11, 22, 12, 0, 5, 123456, tzinfo=UTC)
every_kind = pytest.mark.parametrize("kind", TYPES)


# what the documentation shows


def test_a_delivered_text_message():
    assert read("sms", sms()) == Report("sms", ATTEMPT_ID, Receipt(0, "delivered", AT), "+14255550123")


def test_a_delivered_email():
    assert read("email", email()) == Report("email", ATTEMPT_ID, Receipt(0, "delivered", AT), "ada@example.com")


@pytest.mark.parametrize(("kind", "seen"), [("view", "opened"), ("click", "clicked")])
def test_an_opened_or_clicked_email(kind, seen):
    assert read("engagement", engagement(kind)) == Report("email", ATTEMPT_ID, Engagement(0, seen, AT), "")


@pytest.mark.parametrize("status", ["Sent", "Delivered", "Read"])
def test_the_way_of_a_whatsapp_message(status):
    assert read("whatsapp", whatsapp(status)) == Report(
        "whatsapp", WHATSAPP_ID, Receipt(0, status.lower(), AT), "+14255550123"
    )


def test_a_success_has_no_reason_whatever_the_details_say():
    assert receipt("sms", sms(details="4006: not reachable")).reason is None
    assert receipt("whatsapp", whatsapp("Read", error={"channelCode": "131026"})).reason is None


# spelling


@every_kind
@pytest.mark.parametrize("spell", [str.upper, str.lower, lambda key: key[0].upper() + key[1:]])
def test_the_case_of_keys_does_not_matter(kind, spell):
    assert read(kind, {spell(key): value for key, value in SAMPLES[kind].items()}) == read(kind, SAMPLES[kind])


@every_kind
@pytest.mark.parametrize("spell", [str.upper, str.lower, str.title])
def test_the_case_of_a_status_does_not_matter(kind, spell):
    name = {"sms": "deliveryStatus", "engagement": "engagementType"}.get(kind, "status")
    respelt = {**SAMPLES[kind], name: spell(SAMPLES[kind][name])}

    assert read(kind, respelt) == read(kind, SAMPLES[kind])


@every_kind
@pytest.mark.parametrize("spell", [str.upper, str.lower])
def test_the_case_of_a_type_does_not_matter(kind, spell):
    assert read_report(spell(TYPES[kind]), SAMPLES[kind], NOON) == read(kind, SAMPLES[kind])


@pytest.mark.parametrize(
    ("kind", "name", "other"),
    [
        ("email", "deliveryAttemptTimestamp", "deliveryAttemptTimeStamp"),
        ("engagement", "userActionTimestamp", "userActionTimeStamp"),
        ("sms", "tag", "Tag"),
    ],
)
def test_both_spellings_of_the_documentation_are_read(kind, name, other):
    respelt = {(other if key == name else key): value for key, value in SAMPLES[kind].items()}

    assert read(kind, respelt) == read(kind, SAMPLES[kind])


@every_kind
def test_data_that_lost_its_type_is_recognised(kind):
    assert read_report(None, SAMPLES[kind], NOON) == read(kind, SAMPLES[kind])
    assert read_report("", SAMPLES[kind], NOON) == read(kind, SAMPLES[kind])


@every_kind
def test_an_id_and_a_status_are_enough_and_the_event_has_the_time(kind):
    names = {"messageId", "tag", "status", "deliveryStatus", "engagementType"}
    report = read_well(kind, {name: value for name, value in SAMPLES[kind].items() if name in names})

    assert report.news.at == NOON
    assert report.recipient == ""


@every_kind
def test_fields_that_nobody_documented_are_passed_over(kind):
    more = {"segmentCost": 0.01, "internals": {"status": "failed", "messageId": "x"}, "news": [None]}

    assert read(kind, {**SAMPLES[kind], **more}) == read(kind, SAMPLES[kind])


@every_kind
def test_without_an_id_a_report_is_on_no_attempt_that_we_know(kind):
    name = "tag" if kind == "sms" else "messageId"
    for nothing in (None, "", "  ", 17, ["x"]):
        unmatched = read(kind, {**SAMPLES[kind], name: nothing})
        assert isinstance(unmatched, Unmatched)
        assert unmatched.reason == "unknownAttempt"
        assert unmatched.about == (SAMPLES["sms"]["messageId"] if kind == "sms" else "")


@pytest.mark.parametrize("time", [None, "", "yesterday", 17, "2026-13-01T00:00:00Z"])
def test_a_time_that_cannot_be_read_is_that_of_the_event(time):
    assert receipt("sms", sms(receivedTimestamp=time)).at == NOON


def test_a_time_without_an_offset_is_utc():
    assert receipt("sms", sms(receivedTimestamp="2026-11-22T12:00:05.123456")).at == AT


@pytest.mark.parametrize("offset", ["+00:00", "-00:00", "Z"])
@pytest.mark.parametrize("kind", ["sms", "whatsapp"])
def test_a_time_with_any_offset_is_that_moment(kind, offset):
    assert receipt(kind, {**SAMPLES[kind], "receivedTimestamp": f"2026-11-22T12:00:05.1234567{offset}"}).at == AT


# which attempt it is about


@pytest.mark.parametrize("nobody", ["", None])
def test_a_person_who_hides_their_number_is_named_by_an_id_of_whatsapp(nobody):
    report = read_well("whatsapp", whatsapp(to=nobody, toBSUID="US.13491208655302741918"))

    assert (report.recipient, report.user_id) == ("", "US.13491208655302741918")


@every_kind
def test_the_printed_form_of_a_report_holds_no_address(kind):
    printed = repr(read(kind, SAMPLES[kind]))

    assert "example.com" not in printed
    assert "+1425" not in printed


# what says nothing


@pytest.mark.parametrize(
    ("kind", "data", "unmatched"),
    [
        ("sms", sms("Enqueued"), Unmatched(ATTEMPT_ID, "enqueued", "unknownStatus")),
        ("sms", sms("", tag=None), Unmatched("Outgoing_20261122120000aa", "", "unknownStatus")),
        ("email", email("Expanded"), Unmatched(ATTEMPT_ID, "expanded", "unknownStatus")),
        ("email", email("OutForDelivery"), Unmatched(ATTEMPT_ID, "outfordelivery", "unknownStatus")),
        ("engagement", engagement("unsubscribe"), Unmatched(ATTEMPT_ID, "unsubscribe", "unknownStatus")),
        ("whatsapp", whatsapp("Queued"), Unmatched(WHATSAPP_ID, "queued", "unknownStatus")),
        ("whatsapp", whatsapp(channelType="messenger"), Unmatched(WHATSAPP_ID, "delivered", "unknownChannel")),
    ],
)
def test_what_is_new_to_us_matches_nothing_and_is_not_passed_over(kind, data, unmatched):
    assert read(kind, data) == unmatched


@pytest.mark.parametrize(
    "event_type",
    [
        "Microsoft.Communication.SMSReceived",
        "Microsoft.Communication.AdvancedMessageReceived",
        "Landfall.Message.StatusChanged",
        "x",
    ],
)
@every_kind
def test_another_type_tells_nothing_whatever_its_data_look_like(event_type, kind):
    assert read_report(event_type, SAMPLES[kind], NOON) is None


def test_a_message_from_a_customer_is_no_report_although_its_type_was_lost():
    received = {"channelType": "whatsapp", "content": "Hi", "from": "14255550123", "receivedTimestamp": "2026-11-22"}
    text = {"messageId": "Incoming_1", "from": "14255550123", "to": "18335550100", "message": "STOP"}

    assert read_report(None, received, NOON) is None
    assert read_report(None, text, NOON) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
names = sorted({name for sample in SAMPLES.values() for name in sample} | {"error"})
plausible = st.sampled_from(
    ["Delivered", "Failed", "Sent", "view", "whatsapp", ATTEMPT_ID, {"channelCode": 5}, "0001-01-01T00:00:00+14:00"]
)
hostile = st.dictionaries(st.sampled_from(names) | st.text(), json_values | plausible, max_size=12)


@settings(deadline=None)  # a busy machine is no fault of ours
@given(st.none() | st.sampled_from([*TYPES.values()]) | st.text(), hostile | json_values)
def test_no_data_raise_an_error_and_every_event_of_a_known_type_is_kept_or_unmatched(event_type, data):
    report = read_report(event_type, data, NOON)

    assert report or (event_type or "").lower() not in {known.lower() for known in TYPES.values()}
    if isinstance(report, Report):
        assert report.id
        assert from_text(to_text(report.news.at)) == report.news.at


@pytest.mark.parametrize(
    "time", [AT.isoformat(), "0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
@every_kind
def test_every_time_can_be_stored_also_at_the_ends_of_the_calendar(time, kind):
    """.NET writes the first moment of year 1 where a time was never set."""
    renewed = {name: time if "timestamp" in name.lower() else value for name, value in SAMPLES[kind].items()}
    report = read_well(kind, renewed)

    assert from_text(to_text(report.news.at)) == report.news.at
