"""What JSON leaves open, or Python's reader takes beyond it, has one answer here."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidMessage
from tests.triggers.http.requests.test_request_bodies import SHORTEST, a_request
from triggers.http.openapi import description
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.read_body import read_body
from triggers.http.requests.request_bodies import MessageBody
from triggers.http.responses.problem_types import PROBLEM_TYPES

GOOD = json.dumps(SHORTEST).encode()


def refusal(body, model=MessageBody, **headers):
    with pytest.raises(InvalidMessage) as refused:
        read_body(a_request(body, **headers), model)
    return PROBLEM_TYPES[refused.value.mistake].status, refused.value.reasons


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (b'{"customerId": "a", "message": "x", "message": "y"}', ["message"]),
        (b'{"customerId": "a", "customer\\u0049d": "b", "message": "x"}', ["customerId"]),
        (b'{"customerId": "a", "message": "x", "to": {"sms": null, "sms": "+14255550123"}}', ["to.sms"]),
        (b'{"channels": ["sms", {"channel": "sms", "channel": "email", "channel": "sms"}]}', ["channels[1].channel"]),
        (b'{"to": {"sms": "1", "sms": "2"}, "to": {}}', ["to.sms", "to"]),
        (b'{"a": [[{"b": 1, "b": 1}]]}', ["a[0][0].b"]),
    ],
)
def test_a_key_that_comes_twice_is_400_at_any_depth_and_named_by_its_path(body, paths):
    assert refusal(body) == (400, dict.fromkeys(paths, "must be there once"))


json_objects = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@settings(deadline=None)  # a busy machine is no fault of ours
@given(st.dictionaries(st.text(max_size=5), json_objects, min_size=1), st.data())
def test_no_key_is_called_repeated_unless_it_is(value, data):
    once = json.dumps(value)
    key = json.dumps(data.draw(st.sampled_from(sorted(value))))

    assert "must be there once" not in refusal(once.encode())[1].values()
    assert refusal(f"{once[:-1]}, {key}: 1}}".encode()) == (400, {f"{json.loads(key)}": "must be there once"})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xef\xbb\xbf" + GOOD, "is not valid JSON"),  # a byte order mark
        (GOOD.decode().encode("utf-16"), "must be in UTF-8"),
        (GOOD.decode().encode("utf-16-le"), "is not valid JSON"),
        (GOOD.decode().encode("utf-32"), "must be in UTF-8"),
        ('{"message": "Grüße"}'.encode("latin-1"), "must be in UTF-8"),
        (b'{"message": "\xed\xa0\x80"}', "must be in UTF-8"),  # half a character, as some write it
        (b'{"message": "\\ud800"}', "is not valid JSON"),
        (b'{"message": NaN}', "is not valid JSON"),
        (b'{"x": -Infinity}', "is not valid JSON"),
        (b'{"x": [Infinity]}', "is not valid JSON"),
        (b'{"x": ' + b"9" * 5000 + b"}", "is not valid JSON"),
        (b'{"message": "a\nb"}', "is not valid JSON"),
        (b"[" * 50_000, "is not valid JSON"),
        (b"[" * 50_000 + b"]" * 50_000, "is not valid JSON"),
        (b'{"message":' * 20_000 + b"1" + b"}" * 20_000, "is not valid JSON"),
        (b'{"message": ' + b"[" * 900 + b"]" * 900 + b"}", "is not valid JSON"),
        (GOOD + GOOD, "is not valid JSON"),
        (b'{"message": "x",}', "is not valid JSON"),
    ],
)
def test_what_is_not_json_in_utf_8_is_400(body, reason):
    assert refusal(body) == (400, {"body": reason})


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "gzip, identity", "GZIP", "utf-8"])
def test_a_body_that_is_compressed_is_415_and_says_why(encoding):
    assert refusal(gzip.compress(GOOD), Content_Encoding=encoding) == (
        415,
        {"Content-Encoding": "must be identity: a body is sent as it is"},
    )


@pytest.mark.parametrize("encoding", ["identity", "Identity ", ""])
def test_a_body_as_it_is_may_say_so(encoding):
    assert read_body(a_request(GOOD, Content_Encoding=encoding), MessageBody)


def _fields(model):
    shape = description()["components"]["schemas"][model.__name__]
    required = set(shape.get("required", ()))
    return [(model, name, name in required) for name in shape["properties"]]


@pytest.mark.parametrize(("model", "name", "is_required"), [*_fields(MessageBody), *_fields(CustomerBody)])
def test_a_field_that_is_null_is_one_that_is_left_out(model, name, is_required):
    least = dict(SHORTEST) if model is MessageBody else {}
    without = {field: value for field, value in least.items() if field != name}
    with_null = {**without, name: None}
    if is_required:
        assert refusal(json.dumps(with_null).encode(), model) == (400, {name: "is required"})
    elif name == "message":  # the one of two that may be left out where the other stands
        assert refusal(json.dumps(with_null).encode(), model) == refusal(json.dumps(without).encode(), model)
    else:
        assert read_body(a_request(json.dumps(with_null).encode()), model) == read_body(
            a_request(json.dumps(without).encode()), model
        )


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"urgent": None}, {"urgent": "is not a field that we know"}),
        ({"to": {"fax": None}}, {"to.fax": "is not a field that we know"}),
        ({"channels": [{"channel": None}]}, {"channels[0].channel": "is required"}),
        ({"channels": ["sms", None]}, {"channels[1]": "must be an object"}),
    ],
)
def test_null_stands_for_no_field_that_there_is_not_and_for_none_that_is_required(fields, errors):
    assert refusal(json.dumps({**SHORTEST, **fields}).encode()) == (400, errors)


def test_null_is_left_out_of_every_object():
    body = {**SHORTEST, "channels": [{"channel": "sms", "confirm": None, "timeout": None}], "to": {"sms": None}}

    proposal = read_body(a_request(json.dumps(body).encode()), MessageBody).to_proposal()

    assert proposal.to == {}
    assert [step.confirm for step in proposal.route or ()] == ["delivered"]


@pytest.mark.parametrize("value", [7, 1.5, True, ["x"], {"a": "b"}])
@pytest.mark.parametrize("name", ["customerId", "message", "conversationId", "sendAt", "priority"])
def test_what_is_no_text_is_refused_where_one_is_asked_for(name, value):
    status, errors = refusal(json.dumps({**SHORTEST, name: value}).encode())

    assert (status, list(errors)) == (400, [name])


def test_the_description_says_that_an_optional_field_may_be_null():
    shapes = description()["components"]["schemas"]

    assert shapes["RouteStepBody"]["properties"]["confirm"]["anyOf"][-1] == {"type": "null"}
    assert shapes["RouteStepBody"]["properties"]["confirm"]["default"] == "delivered"
    assert "anyOf" not in shapes["MessageBody"]["properties"]["customerId"]
