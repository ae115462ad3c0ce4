"""What other systems of ours tell on the custom topic, and that nobody else may."""

import pytest

from domain.conversations.reply import Reply, ReplyContent
from events.event import Unmatched
from events.topic_events import MessageReceived, StatusTold, read_topic_event
from tests.channels.inbound_events import COMMUNICATION, CUSTOM_TOPIC, NOON, RESOURCE, an_event

RECEIVED = "Microsoft.Communication.MessageReceived"
DELIVERED, FAILED = "Microsoft.Communication.MessageDelivered", "Microsoft.Communication.MessageFailed"
DATA = {
    "messageId": "msg-123",
    "conversationId": "conv-456",
    "customerId": "customer-789",
    "channel": "email",
    "content": "Hello there",
}


def read(event_type, data, origin=CUSTOM_TOPIC, is_cloud_event=False):
    return read_topic_event(an_event(event_type, data, origin=origin, is_cloud_event=is_cloud_event))


def test_a_message_that_a_customer_wrote():
    reply = Reply("email", "msg-123", ReplyContent("text", "Hello there"), NOON)

    assert read(RECEIVED, DATA) == MessageReceived(reply, "conv-456", "customer-789")


def test_a_message_with_as_little_as_can_be():
    reply = Reply("other", "event-1", ReplyContent("text", ""), NOON)

    assert read(RECEIVED, {}) == MessageReceived(reply, "", "")


def test_keys_and_channel_are_read_in_any_case():
    assert read(RECEIVED, {key.upper(): value for key, value in DATA.items()} | {"CHANNEL": "EMAIL"}) == read(
        RECEIVED, DATA
    )


def test_content_may_be_an_object_with_a_text():
    assert read(RECEIVED, DATA | {"content": {"text": "Hello there"}}) == read(RECEIVED, DATA)


@pytest.mark.parametrize(("event_type", "status", "code"), [(DELIVERED, "delivered", None), (FAILED, "failed", True)])
def test_what_became_of_a_message(event_type, status, code):
    told = read(event_type, DATA | {"reason": "the mailbox of ada@example.com is full"})

    assert isinstance(told, StatusTold)
    assert (told.message_id, told.channel) == ("msg-123", "email")
    assert (told.receipt.attempt, told.receipt.status, told.receipt.at) == (0, status, NOON)
    assert bool(told.receipt.reason) == bool(code)
    assert "ada" not in str(told)  # a reason in somebody else's words may hold an address


def test_a_failure_has_a_reason_of_ours():
    told = read(FAILED, DATA)

    assert isinstance(told, StatusTold)
    assert told.receipt.reason
    assert told.receipt.reason.code == "providerError"


@pytest.mark.parametrize("event_type", [RECEIVED, DELIVERED, FAILED])
@pytest.mark.parametrize(
    ("origin", "is_cloud_event"),
    [
        (COMMUNICATION, False),
        (COMMUNICATION, True),
        (f"{RESOURCE}/Microsoft.Storage/storageAccounts/a", True),
        ("", False),
        ("shop", False),
        ("/providers/Microsoft.EventGrid/domains/d", False),
    ],
)
def test_nobody_is_believed_who_did_not_publish_on_the_custom_topic(event_type, origin, is_cloud_event):
    unmatched = read(event_type, DATA, origin, is_cloud_event)

    assert isinstance(unmatched, Unmatched)
    assert (unmatched.about, unmatched.reason) == ("msg-123", "notBelieved")


@pytest.mark.parametrize("origin", [CUSTOM_TOPIC, CUSTOM_TOPIC.upper(), "https://example.com/shop", "shop"])
def test_the_source_of_a_cloud_event_is_the_publishers_own_word(origin):
    assert read(RECEIVED, DATA, origin, is_cloud_event=True) == read(RECEIVED, DATA)


def test_other_types_tell_nothing():
    assert read("Landfall.Message.StatusChanged", DATA) is None
    assert read("", DATA) is None
