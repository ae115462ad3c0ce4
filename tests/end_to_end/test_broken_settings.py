"""The app with a setting that is missing: it does nothing, says why to everybody, and loses nothing meanwhile."""

import pytest

from tests.platform import a_platform

MESSAGE = {"customerId": "customer-123", "message": "Hello", "channels": ["sms"], "to": {"sms": "+14255550102"}}
WHO_IS_ANSWERED = [
    ("GET", "/api/health", None),
    ("POST", "/api/messages", MESSAGE),
    ("GET", "/api/messages/00000000-0000-4000-8000-000000000001", None),
    ("POST", "/api/messages/00000000-0000-4000-8000-000000000001/cancel", None),
    ("GET", "/api/customers/customer-123/conversations", None),
]


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


@pytest.fixture
async def broken(platform, monkeypatch):
    monkeypatch.delenv("SMS_SENDER")
    await platform.restart()
    return platform


@pytest.mark.parametrize(("method", "path", "body"), WHO_IS_ANSWERED, ids=lambda value: str(value)[:30])
async def test_every_answer_names_the_setting(method, path, body, broken):
    answer = await broken.call(method, path, body)

    assert answer.status == 503
    assert answer.body["detail"].endswith("SMS_SENDER: is missing")


async def test_a_report_that_comes_meanwhile_counts_once_the_setting_is_mended(platform, monkeypatch):
    message_id = await platform.post(channels=["sms"], to={"sms": "+14255550102"})
    await platform.settled()
    [effect] = await platform.ledger()
    with monkeypatch.context() as environment:
        environment.delenv("SMS_SENDER")
        await platform.restart()
        await platform.report("sms", "Delivered", attemptId=effect["attemptId"])
        await platform.settled()
        assert (await platform.message(message_id))["status"] == 503

    await platform.advance(minutes=1)

    assert (await platform.message(message_id))["status"] == "delivered"
