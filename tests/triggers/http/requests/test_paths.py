"""An id in a path is the same id as in a body: what a caller encodes, the host and we decode once."""

from urllib.parse import quote

import azure.functions as func
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import InvalidMessage
from domain.texts import customer_id
from local.host.http.paths import InvalidPath, decoded
from local.host.http.route_templates import read_template
from triggers.http.requests.paths import conversation_id_in, customer_id_in, message_id_in


def a_request(path, template="customers/{customer_id}"):
    """As the host hands it over."""
    parameters = read_template(template).values(decoded(f"/{path}")[1:])
    assert parameters is not None
    return func.HttpRequest("GET", path, route_params=parameters, body=b"")


def is_customer_id(text):
    try:
        return customer_id(text) == text
    except ValueError:
        return False


@given(st.text(min_size=1, max_size=20).filter(is_customer_id))
@example("acme/9")
@example("100%")
@example("%/2F+ ?#")
@example("/")
def test_every_id_comes_out_of_a_path_as_it_went_in(name):
    assert customer_id_in(a_request(f"customers/{quote(name, safe='')}")) == name


@given(st.text(st.sampled_from("a%2F5fc+/. \0é"), min_size=1, max_size=12))
def test_whatever_stands_in_a_path_is_an_id_that_a_body_may_name_or_a_400(segment):
    try:
        request = a_request(f"customers/{segment.replace('/', '%2f')}")
    except (InvalidPath, AssertionError):
        return  # the server's answer is 400, or 404
    try:
        name = customer_id_in(request)
    except InvalidMessage as mistake:
        refusal = mistake
    else:
        assert is_customer_id(name)
        return
    assert (refusal.mistake, [*refusal.reasons]) == ("invalidRequest", ["customerId"])


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ("%ff", "must be percent-encoded UTF-8"),
        ("a%C3%28", "must be percent-encoded UTF-8"),
        ("%252541", "must not hold % and two hexadecimal digits, which stand for another character in a URL"),
        ("%0A", "must be 1 to 128 printable characters"),
        ("%E2%80%AE", "must be 1 to 128 printable characters"),
        ("c" * 129, "must be 1 to 128 printable characters"),
    ],
)
def test_what_is_no_id_of_a_customer_is_400_and_says_why(segment, reason):
    with pytest.raises(InvalidMessage) as refusal:
        customer_id_in(a_request(f"customers/{segment}"))

    assert refusal.value.reasons == {"customerId": reason}


@pytest.mark.parametrize(
    ("read", "template", "field"),
    [
        (message_id_in, "messages/{message_id}", "messageId"),
        (conversation_id_in, "conversations/{conversation_id}/messages", "conversationId"),
    ],
)
def test_our_own_ids_are_read_in_the_same_way(read, template, field):
    at = lambda segment: a_request(template.replace(template.split("/")[1], segment), template)  # noqa: E731

    assert read(at("c-1_%41")) == "c-1_A"
    assert read(at("a%2Fb")) is None
    with pytest.raises(InvalidMessage) as refusal:
        read(at("%ff"))
    assert refusal.value.reasons == {field: "must be percent-encoded UTF-8"}
