"""One customer has one id, in the path and in the body, whatever is in it."""

from urllib.parse import quote

import pytest
from yarl import URL

from tests.platform import a_platform

GOOD = {"sms": "+14255550123"}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


def at(platform, path):
    """Sent as it is written here."""
    return URL(platform.host.url + path, encoded=True)


async def call(platform, method, path, body=None):
    async with platform._http.request(method, at(platform, path), json=body) as response:
        return response.status, await response.json() if response.content_length else None


@pytest.mark.parametrize("name", ["acme/9", "100%", "a+b c", "Zoë", "a\\b", "?#;&"])
async def test_a_customer_on_file_is_found_by_a_message_whatever_is_in_the_id(platform, name):
    path = f"/api/customers/{quote(name, safe='')}"

    assert (await call(platform, "PUT", path, {"contactPoints": GOOD}))[0] == 201
    message_id = await platform.post(customerId=name, channels=["sms"])
    await platform.advance(seconds=1)

    assert (await platform.message(message_id))["status"] == "delivered"
    assert (await call(platform, "GET", path))[1]["customerId"] == name
    status, conversations = await call(platform, "GET", f"{path}/conversations")
    assert (status, [each["customerId"] for each in conversations["conversations"]]) == (200, [name])


async def test_a_slash_encoded_twice_names_the_same_customer(platform):
    """Some servers in front of the host decode a path too, so that callers encode it twice."""
    await call(platform, "PUT", "/api/customers/acme%2F9", {"locale": "en"})

    assert (await call(platform, "GET", "/api/customers/acme%252f9"))[1]["customerId"] == "acme/9"


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PUT", "/api/customers/%ff", "customerId"),
        ("GET", "/api/customers/%ff", "customerId"),
        ("GET", "/api/customers/%ff/conversations", "customerId"),
        ("GET", "/api/messages/%ff", "messageId"),
        ("GET", "/api/messages/%ff/workflow?token=1.x", "messageId"),
        ("POST", "/api/messages/%ff/cancel", "messageId"),
        ("GET", "/api/conversations/%ff/messages", "conversationId"),
    ],
)
async def test_a_path_that_is_no_utf_8_is_400_and_names_its_parameter(platform, method, path, field):
    status, problem = await call(platform, method, path, {} if method == "PUT" else None)

    assert (status, problem["errors"]) == (
        400,
        [{"field": field, "code": "format", "reason": "must be percent-encoded UTF-8"}],
    )


@pytest.mark.parametrize("path", ["/api/messages/a%2Fb", "/api/messages/%20", "/api/conversations/a%2Fb/messages"])
async def test_an_id_that_is_none_of_ours_is_404(platform, path):
    assert (await call(platform, "GET", path))[0] == 404


async def test_every_route_with_an_id_reads_it_by_the_one_function(platform):
    """A new one that does not answers `%ff` otherwise. A token is no id: one that is none of ours leads nowhere."""
    for route in platform.host._http.routes:
        if "{" in str(route.template) and "{token}" not in str(route.template):
            path = "/api/" + "/".join("%ff" if "{" in part else part for part in str(route.template).split("/"))
            assert (await call(platform, route.methods[0], path, {}))[0] == 400, path


@pytest.mark.parametrize("segment", ["a%0Ab", "a%0D%0Ab", "%C2%85", "%E2%80%A8"])
async def test_an_id_with_a_line_break_is_400_and_not_a_path_that_nobody_knows(platform, segment):
    status, problem = await call(platform, "GET", f"/api/customers/{segment}")

    assert (status, [error["field"] for error in problem["errors"]]) == (400, ["customerId"])
