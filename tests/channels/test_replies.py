"""What we read in events by which customers write to us, however they are spelt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.providers import read_reply
from domain.clock import to_text
from domain.conversations.reply import Media, Reply, ReplyContent
from domain.serialization import to_document
from events.event import Unmatched
from events.topic_events import read_topic_event
from tests.channels.inbound_events import (
    ANSWERED,
    BUTTON,
    BUTTON_REPLY,
    CUSTOM_TOPIC,
    DOCUMENT,
    LIST_REPLY,
    NOON,
    PROVIDER_ID,
    REACTION,
    SMS,
    WHATSAPP,
    an_event,
    sms,
    whatsapp,
)

pytestmark = pytest.mark.usefixtures("a_day_in_november")

USER_ID = "US.13491208655302741918"
SENT_AT = datetime(2026, 11, 22, 12, 0, 5, 123456, tzinfo=UTC)


def read(event_type, data) -> Reply:
    """The reply in the event; one there must be."""
    reply = read_reply(an_event(event_type, data))
    assert isinstance(reply, Reply)
    return reply


def test_a_text_message():
    said = ReplyContent("text", "Yes, please")

    assert read(SMS, sms()) == Reply("sms", "Incoming_20261122120005aa", said, SENT_AT, "14255550123")


def test_a_whatsapp_text():
    said = ReplyContent("text", "Yes, please")

    assert read(WHATSAPP, whatsapp()) == Reply("whatsapp", PROVIDER_ID, said, SENT_AT, "14255550123")


@pytest.mark.parametrize(
    ("data", "content", "in_reply_to"),
    [
        (BUTTON, ReplyContent("button", "Yes", "deliver-today"), ANSWERED),
        (BUTTON_REPLY, ReplyContent("buttonReply", "I agree", "agree"), ANSWERED),
        (LIST_REPLY, ReplyContent("listReply", "By ship", "slow"), None),
        (REACTION, ReplyContent("reaction", "👍"), ANSWERED),
        (
            DOCUMENT,
            ReplyContent("document", media=Media("media-1", "application/pdf", "bill.pdf", "My bill")),
            None,
        ),
        (whatsapp("image", media={"id": "m"}), ReplyContent("image", media=Media("m")), None),
        (whatsapp("sticker", media={"id": "m", "animated": False}), ReplyContent("sticker", media=Media("m")), None),
        (whatsapp("video", media={}), ReplyContent("video"), None),
        (whatsapp("hologram", content="Boo"), ReplyContent("other", "Boo"), None),
        (whatsapp("interactive"), ReplyContent("other"), None),
    ],
)
def test_every_kind_of_whatsapp_message(data, content, in_reply_to):
    reply = read(WHATSAPP, data)

    assert (reply.content, reply.in_reply_to) == (content, in_reply_to)


@pytest.mark.parametrize("spell", [str.lower, str.upper])
@pytest.mark.parametrize("data", [BUTTON, BUTTON_REPLY, LIST_REPLY, REACTION, DOCUMENT, whatsapp()])
def test_keys_are_read_in_any_case(data, spell):
    def respelt(value):
        return {spell(key): respelt(each) for key, each in value.items()} if isinstance(value, dict) else value

    assert read(WHATSAPP, respelt(data)) == read(WHATSAPP, data)


def test_values_that_are_words_are_read_in_any_case():
    assert read(WHATSAPP, whatsapp() | {"channelType": "WhatsApp", "messageType": "TEXT"}) == read(WHATSAPP, whatsapp())


@pytest.mark.parametrize(("event_type", "data"), [(SMS, sms()), (WHATSAPP, whatsapp())])
def test_the_event_stands_in_for_what_its_data_do_not_say(event_type, data):
    bare = {key: value for key, value in data.items() if key not in ("messageId", "receivedTimestamp")}

    reply = read(event_type, bare)

    assert (reply.provider_message_id, reply.at) == ("event-1", NOON)


@pytest.mark.parametrize(("event_type", "data"), [(SMS, sms()), (WHATSAPP, whatsapp())])
def test_an_event_that_has_lost_its_type_is_recognised_by_its_data(event_type, data):
    assert read("", data) == read(event_type, data)


@pytest.mark.parametrize("data", [sms(**{"from": ""}), sms(**{"from": None}), {}, sms(**{"from": 14255550123})])
def test_a_reply_from_nobody_is_not_passed_over(data):
    message_id = data.get("messageId", "event-1")
    assert read_reply(an_event(SMS, data)) == Unmatched(message_id, "received", "unknownSender")


def test_a_reply_on_a_channel_that_we_do_not_know_is_not_passed_over():
    event = an_event(WHATSAPP, whatsapp() | {"channelType": "pigeon"})

    assert read_reply(event) == Unmatched(PROVIDER_ID, "received", "unknownChannel")


@pytest.mark.parametrize("nobody", ["", None])
def test_who_hides_their_number_is_named_by_an_id_of_whatsapp(nobody):
    reply = read(WHATSAPP, whatsapp() | {"from": nobody, "fromBSUID": USER_ID})

    assert (reply.sender, reply.user_id) == (USER_ID, USER_ID)


def test_an_id_of_whatsapp_stands_beside_a_number():
    reply = read(WHATSAPP, whatsapp() | {"fromBSUID": USER_ID})

    assert (reply.sender, reply.user_id) == ("14255550123", USER_ID)


def test_whom_the_data_do_not_name_the_subject_names():
    subject = f"advancedMessage/sender/{USER_ID}/recipient/7d6f3c1e-52a4-4c0b-9e0f-2f1a5b8c9d10"
    reply = read_reply(replace(an_event(WHATSAPP, whatsapp() | {"from": None}), subject=subject))

    assert isinstance(reply, Reply)
    assert reply.sender == USER_ID


def test_a_reply_without_a_sender_is_one_as_long_as_it_names_what_it_answers():
    reply = read(WHATSAPP, BUTTON | {"from": None})

    assert (reply.sender, reply.in_reply_to) == ("", ANSWERED)


def test_a_time_that_is_in_no_calendar_is_as_good_as_none():
    assert read(SMS, sms(receivedTimestamp="9999-12-31T23:59:59-23:59")).at == NOON


def test_half_a_character_is_a_question_mark():
    assert read(SMS, sms(message="broken \ud83d")).content.text == "broken ?"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.text(st.characters(categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = (*sms(), *BUTTON, "content", "interactive", "media", "reaction", "conversationId", "customerId", "channel")
TYPES = ("", SMS, WHATSAPP, *(f"Microsoft.Communication.Message{end}" for end in ("Received", "Delivered", "Failed")))


@given(
    st.sampled_from(TYPES),
    json_values | st.dictionaries(st.sampled_from(KEYS), json_values),
    st.fixed_dictionaries({}, optional={"messageType": st.sampled_from(["text", "button", "interactive", "image"])}),
)
def test_nothing_that_json_can_say_raises_or_is_passed_over(event_type, data, more):
    data = {**data, **more} if isinstance(data, dict) else data
    event = an_event(event_type, data, origin=CUSTOM_TOPIC)

    for read_it in (read_reply(event), read_topic_event(event)):
        str(to_document(read_it)).encode()  # what is kept can be written in UTF-8
    assert read_reply(event) or read_topic_event(event) or not event_type  # of a type that we know, none is passed over


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_that_is_read_can_be_written(at):
    assert to_text(read(SMS, sms(receivedTimestamp=at.isoformat())).at)
