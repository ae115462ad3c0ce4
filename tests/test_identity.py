"""With endpoints and no key, every call carries a token of the app's managed identity.

The real azure-identity asks for it over a socket, as App Service answers; the real SDKs carry it over TLS, since they
refuse to show a token to anybody else.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

import services
from channels import connection
from domain.messages.answers import Accepted, TryLater
from domain.messages.message import Notice
from local.environment import SIGNING_KEYS
from settings import Settings, read_settings
from store import cosmos
from store.documents import PARTITION_KEYS
from tests.channels.submissions import CHANNELS, a_submission
from tests.domain.messages.records import NOON, a_message

AS_AZURE_ANSWERS: dict[str, tuple[int, Any]] = {
    "/sms": (202, {"value": [{"to": "+14255550123", "messageId": "1", "httpStatusCode": 202, "successful": True}]}),
    "/emails:send": (202, {"id": "2", "status": "Running"}),
    "/messages/notifications:send": (202, {"receipts": [{"messageId": "3", "to": "+14255550123"}]}),
    "/api/events": (200, None),
    "/": (200, {"id": "account", "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"}}),
    **{
        f"/dbs/CommunicationPlatform/colls/{name}/": (
            200,
            {"id": name, "_rid": "rid", "partitionKey": {"paths": [key]}},
        )
        for name, key in PARTITION_KEYS.items()
    },
}

NEWS = replace(a_message(), outbox=(Notice(1, "sent", NOON),))


@dataclass
class Azure:
    """The services behind TLS, and the endpoint for tokens that an app has in Azure, which knows `header`."""

    header: str = "a secret that only this app is told"
    tokens_asked_for: list[dict[str, str]] = field(default_factory=list)
    authorizations: dict[str, str] = field(default_factory=dict)
    gives_tokens: bool = True
    is_silent: bool = False

    async def serve(self, request: web.Request) -> web.Response:
        status, body = AS_AZURE_ANSWERS.get(request.path, (404, {"code": "NotFound", "message": "not there"}))
        self.authorizations[request.path] = request.headers["Authorization"]
        return web.json_response(body, status=status)

    async def give_token(self, request: web.Request) -> web.Response:
        if self.is_silent:
            await asyncio.Event().wait()
        if not self.gives_tokens or request.headers["X-IDENTITY-HEADER"] != self.header:
            return web.json_response({"statusCode": 400, "message": "no such identity"}, status=400)
        self.tokens_asked_for.append(dict(request.query))
        resource = request.query["resource"]
        token = {"access_token": f"a-token-for-{resource}", "expires_on": "4102444800", "resource": resource}
        return web.json_response({**token, "token_type": "Bearer"})


@asynccontextmanager
async def listening(route: web.RouteDef, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The URL of a server with this one route."""
    app = web.Application()
    app.add_routes([route])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def azure(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Azure]:
    """With the app's environment as in Azure, but for the store, and the clients told to trust our certificate."""
    azure, tls = Azure(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    for options in (connection.TIMEOUTS, services.BRIEFLY, cosmos.TIMEOUTS):
        monkeypatch.setitem(options, "connection_verify", str(tmp_path / "authority.pem"))
    async with (
        listening(web.route("*", "/{path:.*}", azure.serve), tls) as resources,
        listening(web.get("/msi/token", azure.give_token)) as identity,
    ):
        for name, value in environment(azure, resources, identity, tmp_path).items():
            monkeypatch.setenv(name, value)
        read_settings.cache_clear()
        services.services.cache_clear()
        yield azure
        await services.services().close()
        services.services.cache_clear()
        read_settings.cache_clear()


def environment(azure: Azure, resources: str, identity: str, directory: Path) -> dict[str, str]:
    """Every setting, since the environment of the tests' own process may hold others."""
    given = {
        "COMMUNICATION_SERVICES_ENDPOINT": resources,
        "EVENTGRID_TOPIC_ENDPOINT": f"{resources}/api/events",
        "SIGNING_KEYS": SIGNING_KEYS,
        "SMS_SENDER": "+18335550100",
        "EMAIL_SENDER": "landfall@example.com",
        "WHATSAPP_CHANNEL_ID": "7d6f3c1e-52a4-4c0b-9e0f-2f1a5b8c9d10",
        "MESSAGE_STORE": f"sqlite:{directory / 'landfall.db'}",
        "IDENTITY_ENDPOINT": f"{identity}/msi/token",
        "IDENTITY_HEADER": azure.header,
    }
    return {**dict.fromkeys((name.upper() for name in Settings.model_fields), ""), **given}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_channel_sends_with_a_token_of_the_identity(channel, azure):
    answer = await services.services().channels[channel].submit(a_submission(channel))

    assert isinstance(answer, Accepted)
    assert list(azure.authorizations.values()) == ["Bearer a-token-for-https://communication.azure.com/"]


async def test_what_became_of_a_message_is_published_with_a_token_of_the_identity(azure):
    assert await services.services().status_events.told(NEWS, within_seconds=10)

    assert azure.authorizations == {"/api/events": "Bearer a-token-for-https://eventgrid.azure.net"}


async def test_the_store_is_asked_with_a_token_of_the_identity(azure, monkeypatch):
    monkeypatch.setenv("MESSAGE_STORE", "cosmos")
    monkeypatch.setenv("COSMOS_DB_ENDPOINT", os.environ["COMMUNICATION_SERVICES_ENDPOINT"])

    assert await services.services().customers.read("ada") is None

    assert "/dbs/CommunicationPlatform/colls/Customers/docs/ada/" in azure.authorizations
    assert set(azure.authorizations.values()) == {"type=aad&ver=1.0&sig=a-token-for-https://127.0.0.1"}


async def test_one_token_does_for_all_channels(azure):
    for channel in CHANNELS:
        await services.services().channels[channel].submit(a_submission(channel))

    assert len(azure.authorizations) == 3
    assert [asked["resource"] for asked in azure.tokens_asked_for] == ["https://communication.azure.com/"]


async def test_a_user_assigned_identity_is_the_one_of_azure_client_id(azure, monkeypatch):
    monkeypatch.setenv("AZURE_CLIENT_ID", "00000000-0000-4000-8000-000000000001")

    await services.services().channels["sms"].submit(a_submission("sms"))

    assert azure.tokens_asked_for[0]["client_id"] == "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_without_a_token_nothing_is_sent_and_it_is_tried_later(channel, azure):
    """The endpoint for tokens says 400; a 400 of the provider would have ended the attempt."""
    azure.gives_tokens = False

    answer = await services.services().channels[channel].submit(a_submission(channel))

    assert isinstance(answer, TryLater)
    assert answer.reason.code == "notAuthorized"
    assert azure.authorizations == {}


async def test_a_token_that_does_not_come_is_not_waited_for(azure, monkeypatch):
    monkeypatch.setattr("channels.identity.TIMEOUT_SECONDS", 0.05)
    azure.is_silent = True

    assert isinstance(await services.services().channels["sms"].submit(a_submission("sms")), TryLater)
    assert not await services.services().status_events.told(NEWS, within_seconds=0.5)
    assert azure.authorizations == {}


async def test_a_token_that_comes_later_is_used(azure):
    azure.gives_tokens = False
    await services.services().channels["sms"].submit(a_submission("sms"))

    azure.gives_tokens = True

    assert isinstance(await services.services().channels["sms"].submit(a_submission("sms")), Accepted)
