"""Submissions for tests, and the app's own channels to send them with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from azure.communication.email.aio import EmailClient
from azure.communication.messages.aio import NotificationMessagesClient
from azure.communication.sms.aio import SmsClient
from azure.core.credentials import AzureKeyCredential

from channels.channel import Channel
from channels.submission import Submission
from domain.messages.answers import Answer
from domain.messages.message import Content
from local.environment import ACCESS_KEY, app_environment
from local.providers.behaviours import BEHAVIOURS
from services import channels_of
from settings import Settings

CHANNELS = ("sms", "email", "whatsapp")
BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
PARCEL = Content(text="Your parcel is here", subject="Parcel", html="<p>Your parcel is here</p>")


def address(channel: str, behaviour: str = "ada") -> str:
    """An address that the stand-ins treat in this way (`local/providers/behaviours.py`)."""
    if channel == "email":
        return f"{behaviour}@example.com"
    digits = next((each.digits for each in BEHAVIOURS if each.name == behaviour), "0123")
    return f"+1425555{digits}"


def a_submission(channel: str, behaviour: str = "ada", content: Content = PARCEL) -> Submission:
    """The first call of a new attempt."""
    return Submission(address(channel, behaviour), content, attempt_id=str(uuid4()), first_sent_at=BEGAN)


def repeated(submission: Submission) -> Submission:
    """The same attempt once more, as the workflow repeats it."""
    return replace(submission, is_repetition=True)


@asynccontextmanager
async def channels_at(url: str, access_key: str = ACCESS_KEY) -> AsyncIterator[Mapping[str, Any]]:
    """The channels as the app builds them, by name, with their provider at this URL."""
    channels: Mapping[str, Any] = channels_of(_settings(f"endpoint={url}/;accesskey={access_key}"))
    try:
        yield channels
    finally:
        for channel in channels.values():
            await channel.client.close()


def _settings(connection_string: str) -> Settings:
    """Those of the local platform, but for the provider."""
    local = {name.lower(): value for name, value in app_environment(Path("unused"), local_port=1).items()}
    known = {name: value for name, value in local.items() if value and name in Settings.model_fields}
    return Settings.model_validate({**known, "communication_services_connection_string": connection_string})


def a_hasty_client(channel: str, url: str) -> Any:
    """The channel's SDK client, but for its timeout: the app's own would make a test wait for 20 seconds."""
    clients: dict[str, Any] = {"sms": SmsClient, "email": EmailClient, "whatsapp": NotificationMessagesClient}
    return clients[channel](url, AzureKeyCredential(ACCESS_KEY), retry_total=0, read_timeout=0.1)


@dataclass(frozen=True)
class Providers:
    """The stand-ins, with our channels in front of them."""

    url: str
    channels: Mapping[str, Channel]

    async def submit(self, channel: str, submission: Submission) -> Answer:
        return await self.channels[channel].submit(submission)

    async def ledger(self) -> list[dict[str, Any]]:
        """What customers would notice."""
        async with aiohttp.ClientSession(self.url) as session, session.get("/local/ledger") as response:
            return list(await response.json())

    async def order_fault(self, channel: str, fault: str) -> None:
        body = {"channel": channel, "fault": fault}
        async with aiohttp.ClientSession(self.url) as session, session.post("/local/faults", json=body) as response:
            assert response.status == 204
