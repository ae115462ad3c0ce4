"""Bad input gets a 4xx that names the field, in words that quote nothing of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidMessage
from domain.messages.message import Content, RouteStep
from domain.traits import CHANNELS
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.read_body import LARGEST_BODY, Body, read_body
from triggers.http.requests.request_bodies import MessageBody
from triggers.http.responses.problem_types import FIELD_CODES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHORTEST = {"customerId": "customer-123", "message": "Your parcel is here"}
CANARY = "canary-4255550123"


def a_request(body: bytes, **headers: str) -> func.HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest("POST", "/api/messages", headers=named, body=body)


def read(fields: Any, model: type[Body] = MessageBody) -> Any:
    return read_body(a_request(json.dumps(fields).encode()), model)


def mistakes(fields: Any, model: type[Body] = MessageBody) -> dict[str, str]:
    """The refusal of this body: by field, the reason."""
    with pytest.raises(InvalidMessage) as refusal:
        read(fields, model)
    assert refusal.value.mistake == "invalidRequest"
    return refusal.value.reasons


def a_message(**fields: Any) -> MessageBody:
    body = read({**SHORTEST, **fields})
    assert isinstance(body, MessageBody)
    return body


# what may be left out


def test_customer_and_message_are_enough():
    body = a_message()

    assert body.to_proposal().content == Content(text="Your parcel is here")
    assert (body.priority, body.category, body.if_unknown) == ("normal", "transactional", "retry")
    assert (body.conversation_id, body.to, body.send_at, body.expires_at) == (None, None, None, None)


def test_a_channel_is_a_name_or_an_object():
    body = a_message(channels=["sms", {"channel": "email", "timeout": "PT2M", "confirm": "read"}])

    assert body.to_proposal().route == (
        RouteStep("sms", timedelta(minutes=10)),
        RouteStep("email", timedelta(minutes=2), "read"),
    )


def test_content_takes_the_place_of_the_message():
    content = {"subject": "Parcel", "text": "It is here", "html": "<p>It is here</p>"}

    assert read({"customerId": "c", "content": content}).to_proposal().content == Content(
        "It is here", "Parcel", content["html"]
    )


@pytest.mark.parametrize("local_part", ["adä", "пример", "用户"])
def test_an_address_that_no_provider_takes_is_refused_with_the_reason(local_part):
    told = mistakes({**SHORTEST, "to": {"email": f"{local_part}@example.com"}})

    assert told == {"to.email": "must have only ASCII characters before the @: our email providers take no others"}


@pytest.mark.parametrize("domain", ["bücher.example.com", "BÜCHER.Example.com", "xn--bcher-kva.example.com"])
def test_a_domain_is_kept_as_it_travels(domain):
    body = a_message(to={"email": f"Ada@{domain}"})

    assert body.to is not None
    assert body.to.by_channel() == {"email": "Ada@xn--bcher-kva.example.com"}


def test_addresses_are_kept_by_channel():
    body = a_message(to={"sms": "+14255550123", "email": "ada@EXAMPLE.com"})

    assert body.to is not None
    assert body.to.by_channel() == {"sms": "+14255550123", "email": "ada@example.com"}


# what is refused, field by field


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("customerId", None, "customerId"),
        ("customerId", 123, "customerId"),
        ("customerId", "", "customerId"),
        ("customerId", "   ", "customerId"),
        ("customerId", CANARY + "\n", "customerId"),
        ("customerId", CANARY * 20, "customerId"),
        ("conversationId", "", "conversationId"),
        ("conversationId", f"{CANARY}/1", "conversationId"),
        ("conversationId", CANARY * 20, "conversationId"),
        ("conversationId", 456, "conversationId"),
        ("message", "", "message"),
        ("message", " \n", "message"),
        ("message", None, "message"),
        ("message", [CANARY], "message"),
        ("content", CANARY, "content"),
        ("content", {}, "content"),
        ("content", {"subject": CANARY}, "content"),
        ("content", {"text": ""}, "content.text"),
        ("content", {"text": CANARY, "html": " "}, "content.html"),
        ("content", {"text": CANARY, "body": CANARY}, "content.body"),
        ("content", {"text": CANARY, "subject": 5}, "content.subject"),
        ("channels", CANARY, "channels"),
        ("channels", {}, "channels"),
        ("channels", [], "channels"),
        ("channels", [CANARY], "channels[0].channel"),
        ("channels", ["sms", "SMS"], "channels[1].channel"),
        ("channels", ["sms", None], "channels[1]"),
        ("channels", ["sms", 5], "channels[1]"),
        ("channels", ["sms", {}], "channels[1].channel"),
        ("channels", ["sms", "sms"], "channels"),
        ("channels", ["sms", {"channel": "sms"}], "channels"),
        ("channels", [{"channel": "sms", "timeout": CANARY}], "channels[0].timeout"),
        ("channels", [{"channel": "sms", "confirm": CANARY}], "channels[0].confirm"),
        ("channels", [{"channel": "sms", "confirm": "read"}], "channels[0].confirm"),
        ("channels", [{"channel": "sms", "timeouts": CANARY}], "channels[0].timeouts"),
        ("channels", [{"channel": "sms", "timeout": 300}], "channels[0].timeout"),
        ("channels", [{"channel": "sms", "timeout": "300"}], "channels[0].timeout"),
        ("channels", [{"channel": "sms", "timeout": "00:05:00"}], "channels[0].timeout"),
        ("channels", [{"channel": "sms", "timeout": "PT0.9S"}], "channels[0].timeout"),
        ("channels", [{"channel": "sms", "timeout": "PT72H1S"}], "channels[0].timeout"),
        ("channels", [{"channel": "sms", "timeout": "-PT5M"}], "channels[0].timeout"),
        ("to", CANARY, "to"),
        ("to", {"fax": CANARY}, "to.fax"),
        ("to", {"sms": "4255550123"}, "to.sms"),
        ("to", {"sms": "+0255550123"}, "to.sms"),
        ("to", {"sms": "+1 425 555 0123"}, "to.sms"),
        ("to", {"sms": "+14255550123\n"}, "to.sms"),
        ("to", {"whatsapp": "+1425555012345678"}, "to.whatsapp"),
        ("to", {"email": CANARY}, "to.email"),
        ("to", {"email": f"{CANARY}@example..com"}, "to.email"),
        ("to", {"email": f"{CANARY}@localhost"}, "to.email"),
        ("to", {"email": f"Ada <{CANARY}@example.com>"}, "to.email"),
        ("to", {"email": "a" * 250 + "@example.com"}, "to.email"),
        ("to", {"email": 5}, "to.email"),
        ("priority", CANARY, "priority"),
        ("priority", "High", "priority"),
        ("category", CANARY, "category"),
        ("ifUnknown", CANARY, "ifUnknown"),
        ("sendAt", CANARY, "sendAt"),
        ("sendAt", "2026-12-01", "sendAt"),
        ("sendAt", 1796115600, "sendAt"),
        ("sendAt", "1796115600", "sendAt"),
        ("sendAt", "2026-12-01T09:00:00", "sendAt"),
        ("sendAt", "2026-13-01T09:00:00Z", "sendAt"),
        ("sendAt", True, "sendAt"),
        ("expiresAt", CANARY, "expiresAt"),
        ("expiresAt", "2026-12-01T09:00:00", "expiresAt"),
        ("reference", "", "reference"),
        ("reference", " ", "reference"),
        ("reference", 991, "reference"),
        ("reference", CANARY + "\n", "reference"),
        ("reference", CANARY + "\u202e", "reference"),
        ("reference", CANARY + "x" * 128, "reference"),
        ("metadata", CANARY, "metadata"),
        ("metadata", [CANARY], "metadata"),
        ("metadata", {f"{CANARY}{number}": "" for number in range(11)}, "metadata"),
        ("metadata", {"": CANARY}, "metadata"),
        ("metadata", {"two words": CANARY}, "metadata"),
        ("metadata", {"a" * 41: CANARY}, "metadata"),
        ("metadata", {"shop\n": CANARY}, "metadata"),
        ("metadata", {"shop": CANARY * 20}, "metadata"),
        ("metadata", {"shop": CANARY + "\r\n"}, "metadata"),
        ("metadata", {"shop": 5}, "metadata.shop"),
        ("metadata", {"shop": {"name": CANARY}}, "metadata.shop"),
        ("send_at", "2026-12-01T09:00:00Z", "send_at"),
        ("priorty", "high", "priorty"),
    ],
)
def test_a_bad_value_is_refused_by_the_path_of_its_field_and_not_quoted(field, value, path):
    told = mistakes({**SHORTEST, field: value})

    assert set(told) == {path}
    assert "canary" not in " ".join(told.values())
    assert "4255550123" not in " ".join(told.values()).replace("+14255550123", "")


def test_a_caller_names_a_message_as_they_like():
    metadata = {"a" * 40: "x" * 256, "Shop.no_1-b": "Köln", "empty": ""}
    body = a_message(reference="订单 " + "9" * 125, metadata={**metadata, "gone": None})

    assert body.reference == "订单 " + "9" * 125
    assert body.metadata == metadata


def test_every_mistake_is_named_at_once():
    told = mistakes({"customerId": "", "message": "", "priority": "now", "to": {"sms": "1", "email": "2"}})

    assert set(told) == {"customerId", "message", "priority", "to.sms", "to.email"}


def test_a_message_or_content_is_required_and_not_both():
    assert mistakes({"customerId": "c"}) == {"message": "is required, or content in its place"}
    assert mistakes({**SHORTEST, "content": {"text": "x"}}) == {"message": "must not stand beside content"}


def test_what_is_missing_is_called_missing():
    assert mistakes({"message": "x"}) == {"customerId": "is required"}


@pytest.mark.parametrize("body", [[], None, 17, "text", True])
def test_a_body_that_is_no_object_is_refused_as_a_whole(body):
    assert mistakes(body) == {"body": "must be an object"}


@pytest.mark.parametrize("body", [b"", b"{", b'{"customerId": "canary', b'{"message": "\\ud800"}'])
def test_a_body_that_is_not_json_is_refused_as_a_whole(body):
    with pytest.raises(InvalidMessage) as refusal:
        read_body(a_request(body), MessageBody)

    assert refusal.value.errors == (("body", "format", "is not valid JSON"),)


def test_a_body_too_large_and_one_of_another_type_are_problems_of_their_own():
    with pytest.raises(InvalidMessage) as too_large:
        read_body(a_request(b" " * (LARGEST_BODY + 1)), MessageBody)
    with pytest.raises(InvalidMessage) as not_json:
        read_body(a_request(b"customerId=c", Content_Type="application/x-www-form-urlencoded"), MessageBody)

    assert (too_large.value.mistake, not_json.value.mistake) == ("bodyTooLarge", "unsupportedBody")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "application/x+json"])
def test_any_kind_of_json_is_read(content_type):
    assert read_body(a_request(json.dumps(SHORTEST).encode(), Content_Type=content_type), MessageBody)


# times


# customers


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"timeZone": CANARY}, "timeZone"),
        ({"timeZone": "europe/london"}, "timeZone"),
        ({"locale": CANARY + "_"}, "locale"),
        ({"locale": ""}, "locale"),
        ({"channels": ["sms", CANARY]}, "channels[1]"),
        ({"channels": ["sms", "sms"]}, "channels"),
        ({"contactPoints": {"sms": CANARY}}, "contactPoints.sms"),
        ({"contactPoints": {"post": CANARY}}, "contactPoints.post"),
        ({"name": CANARY}, "name"),
    ],
)
def test_a_bad_value_of_a_customer_is_refused_by_its_path(fields, path):
    told = mistakes(fields, CustomerBody)

    assert set(told) == {path}
    assert "canary" not in " ".join(told.values())


def test_a_customer_may_be_put_on_file_with_nothing_known():
    body = read({}, CustomerBody)

    assert (body.contact_points.by_channel(), body.channels, body.locale, body.time_zone) == ({}, (), None, None)


# whatever comes


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
step = st.dictionaries(
    st.sampled_from(["channel", "timeout", "confirm"]), json_values | st.sampled_from(["sms", "PT5M"])
)
likely = st.fixed_dictionaries(
    {"customerId": st.text(min_size=1, max_size=5), "message": st.text(min_size=1, max_size=5)},
    optional={
        "conversationId": st.text(max_size=5),
        "content": json_values | st.fixed_dictionaries({"text": st.text()}),
        "channels": st.lists(st.sampled_from(CHANNELS) | step | json_values, max_size=4) | json_values,
        "to": json_values | st.fixed_dictionaries({"email": st.emails() | st.text()}),
        "priority": json_values,
        "sendAt": json_values | st.datetimes().map(str),
        "reference": json_values,
        "metadata": json_values | st.dictionaries(st.from_regex("[a-z]{1,3}"), st.text(max_size=3)),
        "expiresAt": json_values | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    },
)


@settings(deadline=None)  # a busy machine is no fault of ours
@given(likely | st.dictionaries(st.text(), json_values) | json_values)
def test_whatever_comes_is_a_message_or_the_mistakes_in_it(fields):
    try:
        body = read(fields)
    except InvalidMessage as error:
        refusal = error
    else:
        assert body.to_proposal()
        assert json.dumps(body.model_dump(mode="json"))
        return
    assert refusal.mistake == "invalidRequest"
    assert all(field and reason and code in FIELD_CODES for field, code, reason in refusal.errors)


@settings(deadline=None)  # a busy machine is no fault of ours
@given(likely | st.dictionaries(st.text(), json_values))
def test_no_reason_quotes_the_text_of_the_body(fields):
    marked = json.loads(json.dumps(fields), parse_constant=str)
    told = _reasons({**_with_canaries(marked), "customerId": CANARY + "\n"})

    assert told
    assert "canary" not in told


def _with_canaries(value: Any) -> Any:
    """The same shape, each text with a canary in front."""
    if isinstance(value, dict):
        return {key: _with_canaries(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_canaries(each) for each in value]
    return CANARY + value if isinstance(value, str) else value


def _reasons(fields: Any) -> str:
    try:
        read(fields)
    except InvalidMessage as refusal:
        return " ".join(refusal.reasons.values())
    return ""
