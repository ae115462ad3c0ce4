import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.messages.attempt import Engagement, Reason, Receipt
from domain.messages.message import Message, Outcome, RouteStep, Skip
from domain.serialization import from_document, to_document
from tests.domain.messages.records import ADA, NOON, a_message, with_attempt


def test_a_record_comes_back_from_its_document_as_it_was():
    message = with_attempt(a_message([RouteStep("sms", timedelta(seconds=1.5), "sent"), "email"]), "email", "timedOut")
    message = message.with_receipt(Receipt(1, "delivered", NOON, Reason("x", "y")))
    message = message.with_engagement(Engagement(1, "opened", NOON))
    message = Message(**{**vars(message), "skipped": (Skip("sms", Reason("a", "b")),), "outcome": Outcome("delivered")})

    assert Message.from_document(json.loads(json.dumps(message.to_document()))) == message


def test_a_customer_comes_back_from_the_document_as_it_was():
    assert type(ADA).from_document(json.loads(json.dumps(ADA.to_document()))) == ADA


def test_documents_speak_camel_case_and_leave_out_what_is_not_known():
    document = a_message().to_document()

    assert document["conversationId"] == "conv-456"
    assert document["route"][0] == {"channel": "whatsapp", "timeout": "PT300S", "confirm": "delivered"}
    assert document["createdAt"] == "2026-11-22T12:00:00.000000Z"
    assert "outcome" not in document
    assert document["schema"] == 1


@dataclass(frozen=True)
class Visit:
    at: datetime
    note: str | None = "none"


def test_a_record_of_a_later_version_is_read_without_what_this_one_does_not_know():
    at = datetime(2026, 1, 1, tzinfo=UTC)

    assert from_document(Visit, {"at": "2026-01-01T00:00:00Z", "mood": "fine"}) == Visit(at)
    assert to_document(Visit(at)) == {"at": "2026-01-01T00:00:00.000000Z", "note": "none"}


def test_nobody_reads_an_address_in_the_printed_form_of_a_record():
    printed = repr(with_attempt(a_message(to={"sms": "+14255550123"}), "email")) + repr(ADA)

    assert "example.com" not in printed
    assert "+1425" not in printed
    assert "parcel" not in printed
