"""Orders for tests, and the app's own channels to hand them to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
from azure.communication.email.aio import EmailClient
from azure.communication.messages.aio import NotificationMessagesClient
from azure.communication.sms.aio import SmsClient
from azure.core.credentials import AzureKeyCredential

from channels.order import Order
from delivery.answers import Answer
from delivery.message import Content
from local.environment import ACCESS_KEY, EMAIL_SENDER, SMS_SENDER, WHATSAPP_CHANNEL_ID
from local.providers.behaviours import BEHAVIOURS
from services import Channel, _channels
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


def an_order(channel: str, behaviour: str = "ada", content: Content = PARCEL) -> Order:
    """The first call of a new attempt."""
    return Order(address(channel, behaviour), content, attempt_id=str(uuid4()), first_sent_at=BEGAN)


def repeated(order: Order) -> Order:
    """The same attempt once more, as the workflow repeats it."""
    return replace(order, is_repetition=True)


@asynccontextmanager
async def channels_at(url: str, access_key: str = ACCESS_KEY) -> AsyncIterator[Mapping[str, Any]]:
    """The channels as the app builds them, by name, with their provider at this URL."""
    settings = Settings(
        communication_services_connection_string=f"endpoint={url}/;accesskey={access_key}",
        sms_sender=SMS_SENDER,
        email_sender=EMAIL_SENDER,
        email_subject="A message for you",
        whatsapp_channel_id=WHATSAPP_CHANNEL_ID,
        message_store="sqlite:unused",
    )
    channels: Mapping[str, Any] = _channels(settings)
    try:
        yield channels
    finally:
        for channel in channels.values():
            await channel.client.close()


def a_hasty_client(channel: str, url: str) -> Any:
    """The channel's SDK client, but for its patience: the app's own would make a test wait for 20 seconds."""
    clients: dict[str, Any] = {"sms": SmsClient, "email": EmailClient, "whatsapp": NotificationMessagesClient}
    return clients[channel](url, AzureKeyCredential(ACCESS_KEY), retry_total=0, read_timeout=0.1)


@dataclass(frozen=True)
class Providers:
    """The stand-ins, with our channels in front of them."""

    url: str
    channels: Mapping[str, Channel]

    async def submit(self, channel: str, order: Order) -> Answer:
        return await self.channels[channel].submit(order)

    async def ledger(self) -> list[dict[str, Any]]:
        """What customers would notice."""
        async with aiohttp.ClientSession(self.url) as session, session.get("/local/ledger") as response:
            return list(await response.json())

    async def order_fault(self, channel: str, fault: str) -> None:
        body = {"channel": channel, "fault": fault}
        async with aiohttp.ClientSession(self.url) as session, session.post("/local/faults", json=body) as response:
            assert response.status == 204
