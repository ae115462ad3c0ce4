"""The same request is the same message, however its JSON is written and whatever the model has learnt meanwhile."""

import json
from datetime import datetime
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BeforeValidator

from domain.texts import customer_id, is_visible
from triggers.http.requests.fingerprints import fingerprint, is_fingerprint_of
from triggers.http.requests.request_bodies import (
    ContactPoints,
    MessageBody,
    MessageContentBody,
    RouteStepBody,
    _route_step,
)

SHORT = {"customerId": "customer-123", "message": "Your parcel is here"}
LONG = {
    "customerId": "customer-123",
    "conversationId": "conv-1",
    "content": {"subject": "Parcel", "text": "It is here", "html": "<p>It is here</p>"},
    "channels": ["whatsapp", {"channel": "sms", "timeout": "PT2M", "confirm": "sent"}, "email"],
    "to": {"whatsapp": "+14255550123", "sms": "+14255550123", "email": "ada@EXAMPLE.com"},
    "priority": "high",
    "category": "marketing",
    "ifUnknown": "stop",
    "sendAt": "2026-12-01T09:00:00+02:00",
    "expiresAt": "2026-12-02T09:00:00Z",
}
UNICODE = {"customerId": "customer-123", "message": "Grüße", "to": {"email": "ada@xn--bcher-kva.example.com"}}
BLANKS = {"customerId": "customer-123", "content": {"subject": "  Parcel\t", "text": "It is here"}}
WRITTEN_BY_VERSION_1 = [
    (SHORT, "2c66f9b9e33313abfe88c7fee7e0299dff8bd8a7428ce14f53bb26aa3a1cbe1b"),
    (LONG, "d90167581bfd884497ba50dd483c47db8534010f3e2b5418a6b6bd2d0e39d535"),
    (BLANKS, "f9a6966a4b8a51c77d07b20ac8e38638ef9a6d088816ea6011ebb6cc2fd6153b"),
    (UNICODE, "4496e261eaefa8502310363783498719ea2df102234b3f29d6fde56aebe8c340"),
]


YEAR_2027 = datetime(2027, 1, 1)  # noqa: DTZ001  # the strategy adds the offset, of whole minutes since then


class LaterContent(MessageContentBody):
    language: str | None = None


class LaterContactPoints(ContactPoints):
    telegram: str | None = None


class LaterLeg(RouteStepBody):
    sender: str | None = None


class LaterMessage(MessageBody):
    """A model of a later version: one more optional field at every place."""

    content: LaterContent | None = None
    channels: tuple[Annotated[LaterLeg, BeforeValidator(_route_step)], ...] | None = None
    to: LaterContactPoints | None = None
    purpose: str = "news"


def written(body: Any, **how: Any) -> bytes:
    return json.dumps(body, **how).encode()


def is_known(known: str, body: Any, model: type[MessageBody] = MessageBody) -> bool:
    sent = written(body)
    return is_fingerprint_of(known, sent, model.model_validate_json(sent))


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20).filter(is_visible)


def is_customer_id(text: str) -> bool:
    try:
        return bool(customer_id(text))
    except ValueError:
        return False


steps = st.sampled_from([
    ["sms"],
    ["email", "whatsapp"],
    [{"channel": "sms", "timeout": "PT2M"}, {"confirm": "read", "channel": "email"}],
])  # fmt: skip
bodies = st.fixed_dictionaries(
    {"customerId": texts.filter(is_customer_id)},
    optional={
        "channels": steps | st.none(),
        "to": st.fixed_dictionaries({}, optional={"sms": st.just("+14255550123"), "email": st.just("a@ä.example.com")}),
        "priority": st.sampled_from(["low", "normal"]),
        "sendAt": st.datetimes(YEAR_2027, timezones=st.timezones()).map(datetime.isoformat),
        "conversationId": st.from_regex("[a-z-]{1,9}", fullmatch=True),
    },
).flatmap(
    lambda body: st.one_of(
        texts.map(lambda text: {**body, "message": text}),
        st.dictionaries(st.sampled_from(["text", "html"]), texts, min_size=1).map(lambda c: {**body, "content": c}),
    )
)
spacings = st.fixed_dictionaries({
    "indent": st.none() | st.integers(0, 4) | st.just("\t"),
    "separators": st.sampled_from([(",", ":"), (" , ", "\n:  ")]),
    "ensure_ascii": st.booleans(),
})  # fmt: skip


def _shuffled(value: Any, chance: Any) -> Any:
    if isinstance(value, list):
        return [_shuffled(each, chance) for each in value]
    if not isinstance(value, dict):
        return value
    keys = sorted(value)
    chance.shuffle(keys)
    return {key: _shuffled(value[key], chance) for key in keys}


@settings(deadline=None)  # a busy machine is no fault of ours
@given(bodies, spacings, st.randoms(use_true_random=False))
def test_in_any_order_of_keys_and_any_spacing_it_is_the_same_request(body, spacing, chance):
    sent_again = written(_shuffled(body, chance), **spacing)

    assert is_fingerprint_of(fingerprint(written(body)), sent_again, MessageBody.model_validate_json(sent_again))


@given(bodies, bodies)
def test_two_bodies_that_differ_are_two_requests(one, other):
    assert (fingerprint(written(one)) == fingerprint(written(other))) == (one == other)


@pytest.mark.parametrize(("body", "known"), WRITTEN_BY_VERSION_1)
def test_a_request_accepted_before_an_upgrade_is_the_same_after_it(body, known):
    assert is_known(known, body)
    assert not is_known(known, {**body, "customerId": "customer-124"})


@pytest.mark.parametrize("model", [MessageBody, LaterMessage])
@pytest.mark.parametrize(("body", "version_1"), WRITTEN_BY_VERSION_1)
def test_a_field_that_the_model_gets_later_changes_no_request_without_it(body, version_1, model):
    assert fingerprint(written(SHORT)) == "2:f2a5bb352cd199003d906454fe8ec0c3428d4405f1307603018e843384d65084"
    assert is_known(fingerprint(written(body)), body, model)
    assert is_known(version_1, body, model)
