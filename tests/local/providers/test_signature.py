"""Who may call: the signature over method, path, date, host and body."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from local.providers.signature import authorization, content_hash

BODY = b'{"from": "+18335550100", "smsRecipients": [{"to": "+14255550123"}], "message": "Hello"}'
TARGET = "/sms?api-version=2021-03-07"


def http_date(minutes: float) -> str:
    """So many minutes from now."""
    return format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)


def signed(host: str, *, minutes: float = 0, target: str = TARGET) -> dict[str, str]:
    date = http_date(minutes)
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": content_hash(BODY),
        "Authorization": authorization("POST", target, date, host, BODY),
        "Content-Type": "application/json",
    }


async def post(
    clients, headers: dict[str, str], body: bytes = BODY, target: str = TARGET
) -> tuple[int, dict[str, Any]]:
    async with clients.http.post(target, data=body, headers=headers) as response:
        return response.status, await response.json()


def host_of(clients) -> str:
    return str(clients.url).removeprefix("http://")


async def test_a_signed_request_is_let_in(clients):
    assert (await post(clients, signed(host_of(clients))))[0] == 202


SPOILERS: dict[str, Callable[[dict[str, str]], object]] = {
    "no authorization": lambda headers: headers.pop("Authorization"),
    "no date": lambda headers: headers.pop("x-ms-date"),
    "another date": lambda headers: headers.update({"x-ms-date": http_date(minutes=-1)}),
    "a date that is none": lambda headers: headers.update({"x-ms-date": "today"}),
    "another key": lambda headers: headers.update(
        {
            "Authorization": headers["Authorization"][:-4]
            + ("AAA=" if headers["Authorization"][-4:-1] != "AAA" else "BBB=")
        }
    ),
    "a bearer token": lambda headers: headers.update({"Authorization": "Bearer x"}),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS.keys())
async def test_a_request_with_a_spoiled_signature_stays_out(spoil, clients):
    headers = signed(host_of(clients))
    spoil(headers)

    status, answer = await post(clients, headers)

    assert (status, answer["error"]["code"]) == (401, "Unauthorized")
    assert await clients.ledger() == []


@pytest.mark.parametrize("minutes", [-16, 16])
async def test_a_date_that_is_more_than_a_quarter_of_an_hour_off_stays_out(minutes, clients):
    status, answer = await post(clients, signed(host_of(clients), minutes=minutes))

    assert (status, answer["error"]["code"]) == (401, "Unauthorized")


async def test_a_body_that_is_not_the_signed_one_is_denied(clients):
    status, answer = await post(clients, signed(host_of(clients)), body=BODY.replace(b"Hello", b"Hullo"))

    assert (status, answer["error"]["code"]) == (401, "Denied")


async def test_a_signature_for_another_path_stays_out(clients):
    status, _ = await post(clients, signed(host_of(clients), target="/sms?api-version=2026-01-23"))

    assert status == 401


async def test_the_api_version_is_required(clients):
    status, answer = await post(clients, signed(host_of(clients), target="/sms"), target="/sms")

    assert (status, answer["error"]["code"]) == (400, "MissingApiVersionParameter")
