"""The whole platform with --auth: the right key opens what it should, and nothing works without one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.host.http.keys import Keys, keys_of
from tests.end_to_end.processes import Answer, Platform

MESSAGE = {
    "customerId": "customer-123",
    "message": "Hello",
    "channels": ["sms"],
    "to": {"sms": "+14255550123"},
}


class GuardedPlatform(Platform):
    """Its callers send the function key, unless they send another."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "--auth")
        self.keys: Keys = keys_of(self.data)

    def call(self, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        return super().call(method, url, body, {"x-functions-key": self.keys.function, **(headers or {})})


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedPlatform]:
    platform = GuardedPlatform(tmp_path)
    platform.start()
    yield platform
    platform.stop()


def test_with_keys_a_message_is_delivered_and_without_them_nothing_is_told(guarded):
    accepted = guarded.call("POST", "/api/messages", MESSAGE)
    message_id, status_url = accepted.body["messageId"], accepted.body["statusQueryGetUri"]

    guarded.until(lambda: guarded.message(message_id)["status"] == "delivered", "the webhook takes the report")

    nobody = {"x-functions-key": ""}
    assert guarded.call("GET", status_url, headers=nobody).body["instanceId"] == message_id
    assert guarded.call("GET", status_url.partition("?")[0], headers=nobody).status == 404
    assert guarded.call("GET", f"/api/messages/{message_id}", headers=nobody).status == 401
    refused = guarded.call("POST", "/api/messages", MESSAGE, {"x-functions-key": guarded.keys.durable})
    assert (refused.status, refused.body) == (401, "")


def test_keys_are_shown_at_the_start_and_never_again(guarded):
    guarded.call("POST", f"/api/messages?code={guarded.keys.function}", MESSAGE)
    guarded.call("GET", f"/admin/functions?code={guarded.keys.master}")
    guarded.call("GET", "/api/messages/nothing?code=wrong")

    keys = (guarded.keys.master, guarded.keys.function, guarded.keys.durable, guarded.keys.event_grid)
    said = guarded.log.read_text()
    assert [said.count(key) for key in keys] == [1, 1, 1, 1]
