"""Making, listing and revoking API keys, and reading the audit, from an operator's machine."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from operations.__main__ import main
from tests.platform import a_platform

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def operators(tmp_path, monkeypatch, capsys):
    """Runs a command as an admin; what it prints, and its exit status."""
    monkeypatch.setenv("ACCESS", "roles")
    monkeypatch.setenv("ADMIN_KEY_DIGEST", sha256(SECRET.encode()).hexdigest())
    monkeypatch.setenv("LANDFALL_KEY", f"lf_setup_{SECRET}")
    async with a_platform(tmp_path) as platform:

        async def run(*arguments):
            status = await asyncio.to_thread(main, ["--url", platform.host.url, *arguments])
            printed = capsys.readouterr()
            return status, (printed.out or printed.err).strip()

        yield platform, run


async def test_a_key_that_an_operator_makes_opens_what_its_role_may_until_it_is_revoked(operators, monkeypatch):
    monkeypatch.setattr("store.api_keys.CACHED_SECONDS", 0)
    platform, run = operators
    assert await run("keys", "list") == (0, "There are no API keys.")

    _, key = await run("keys", "create", "billing", "--role", "reader", "--days", "200", "--requests-per-minute", "60")

    in_200_days = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%d}"
    status, listed = await run("keys", "list")
    assert (status, listed.split()) == (0, [key.split("_")[1], "until", in_200_days, "live", "billing", "reader"])
    headers = {"X-Api-Key": key}
    assert (await platform.call("GET", "/api/sending", headers=headers)).status == 200
    status, line = await run("keys", "revoke", key.split("_")[1])
    assert (status, "revoked" in line) == (0, True)
    assert (await platform.call("GET", "/api/sending", headers=headers)).status == 401


async def test_a_command_that_is_refused_says_why(operators, monkeypatch):
    _, run = operators

    status, said = await run("keys", "create", "two words", "--role", "reader")
    assert (status, "name must be 1 to 64" in said) == (1, True)
    assert (await run("keys", "revoke", "a/b"))[0] == 1
    monkeypatch.setenv("LANDFALL_KEY", "lf_nothing")
    status, said = await run("audit")
    assert (status, "There is no such API key." in said) == (1, True)
    assert (await run("--url", "http://127.0.0.1:9", "audit"))[0] == 1


async def test_the_audit_is_printed_as_a_line_for_each_entry(operators):
    platform, run = operators
    for number in range(3):
        await run("keys", "create", f"key-{number}", "--role", "sender", "--mode", "test")
        await platform.advance(seconds=1)

    _, printed = await run("audit", "--action", "key.create", "--actor", "setup")

    entries = [json.loads(line) for line in printed.splitlines()]
    assert [entry["details"]["name"] for entry in entries] == ["key-2", "key-1", "key-0"]
