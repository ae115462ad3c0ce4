"""Everything the app talks to, built once per worker and only when first needed."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from azure.communication.email.aio import EmailClient
from azure.communication.messages.aio import NotificationMessagesClient
from azure.communication.sms.aio import SmsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.eventgrid.aio import EventGridPublisherClient

from channels.email import EmailChannel
from channels.order import Order
from channels.sms import RepeatabilityPolicy, SmsChannel
from channels.status_events import StatusEvents
from channels.whatsapp import WhatsAppChannel
from delivery.answers import Answer
from settings import BrokenSettings, Settings, read_settings
from store.addresses import Addresses
from store.conversations import Conversations
from store.correlations import Correlations
from store.customers import Customers
from store.documents import Documents
from store.messages import Messages
from store.parked_events import ParkedEvents
from store.replies import Replies
from store.sqlite import SqliteDocuments


class Channel(Protocol):
    """What every channel does. `reports_attempt_id` tells whether its delivery reports carry our attempt id."""

    @property
    def reports_attempt_id(self) -> bool: ...

    async def submit(self, order: Order) -> Answer: ...


@dataclass(frozen=True)
class Services:
    settings: Settings
    messages: Messages
    customers: Customers
    correlations: Correlations
    addresses: Addresses
    replies: Replies
    conversations: Conversations
    parked_events: ParkedEvents
    channels: Mapping[str, Channel]
    status_events: StatusEvents


@cache
def services() -> Services:
    """The services of this worker. Raises `BrokenSettings` when the environment does not say enough."""
    settings = read_settings()
    channels = channels_of(settings)  # before the store: broken settings must not leave files open at every request
    return build(settings, channels, _documents(settings))


def build(settings: Settings, channels: Mapping[str, Channel], documents: Documents) -> Services:
    """The services over a store."""
    status_events = StatusEvents(_topic(settings))
    return Services(
        settings=settings,
        messages=Messages(documents, status_events.is_published),
        customers=Customers(documents),
        correlations=Correlations(documents),
        addresses=Addresses(documents),
        replies=Replies(documents),
        conversations=Conversations(documents),
        parked_events=ParkedEvents(documents),
        channels=channels,
        status_events=status_events,
    )


def _documents(settings: Settings) -> Documents:
    kind, _, path = settings.message_store.partition(":")
    if kind == "sqlite" and path:
        return SqliteDocuments(Path(path))
    raise BrokenSettings("MESSAGE_STORE: must be sqlite:PATH")


# The workflow retries what providers fail, and two layers would multiply; a later answer is as good as none.
PATIENCE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 20}
BRIEFLY: dict[str, Any] = {"retry_total": 0, "connection_timeout": 2, "read_timeout": 2}


def _topic(settings: Settings) -> EventGridPublisherClient:
    key = settings.eventgrid_access_key
    return EventGridPublisherClient(
        settings.eventgrid_topic_endpoint, AzureKeyCredential(key) if key else _identity(), **BRIEFLY
    )


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Every channel, by name, with a client of its own."""
    endpoint, credential = _communication_services(settings)
    sms = SmsClient(endpoint, credential, per_call_policies=[RepeatabilityPolicy()], **PATIENCE)
    email = EmailClient(endpoint, credential, **PATIENCE)
    whatsapp = NotificationMessagesClient(endpoint, credential, **PATIENCE)
    return {
        "sms": SmsChannel(sms, settings.sms_sender),
        "email": EmailChannel(email, settings.email_sender, settings.email_subject),
        "whatsapp": WhatsAppChannel(whatsapp, settings.whatsapp_channel_id),
    }


def _communication_services(settings: Settings) -> tuple[str, AzureKeyCredential | AsyncTokenCredential]:
    """Endpoint and credential. We parse connection strings: the SDKs turn `http://` into `https://`."""
    if settings.communication_services_endpoint:
        return settings.communication_services_endpoint.rstrip("/"), _identity()
    text = settings.communication_services_connection_string
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    parts = {name.strip().lower(): value.strip() for name, value in parts.items()}
    try:
        b64decode(parts["accesskey"], validate=True)  # as the SDKs do at every call, where nobody looks for it
        # a trailing slash would be signed as part of the host and break the signature
        return parts["endpoint"].rstrip("/"), AzureKeyCredential(parts["accesskey"])
    except KeyError as error:
        raise BrokenSettings(f"COMMUNICATION_SERVICES_CONNECTION_STRING: has no {error.args[0]}") from None
    except ValueError:
        raise BrokenSettings("COMMUNICATION_SERVICES_CONNECTION_STRING: its accesskey is not base64") from None


def _identity() -> AsyncTokenCredential:
    from azure.identity.aio import DefaultAzureCredential  # a second to import, and unused on a laptop

    return DefaultAzureCredential()
