"""The clients and stores of the app, built once per worker when first needed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.eventgrid.aio import EventGridPublisherClient

from channels.calls import Calls
from channels.channel import Channel
from channels.connection import Connection
from channels.identity import Identity
from channels.providers import PROVIDERS
from domain.signing_keys import SigningKeys
from events.status_events import StatusEvents
from settings import Settings, cosmos_endpoint_and_key, endpoint_and_key, read_settings
from store.address_book import Addresses
from store.api_keys import ApiKeys
from store.audit import Audit
from store.controls import Controls
from store.conversations import Conversations
from store.correlations import Correlations
from store.cosmos import CosmosDocuments
from store.customer_keys import CustomerKeys
from store.customers import Customers
from store.documents import Documents
from store.erased_addresses import ErasedAddresses
from store.erasures import Erasures
from store.imports import Imports
from store.message_groups import MessageGroups
from store.messages import Messages
from store.rates import Rates
from store.replies import Replies
from store.sqlite import SqliteDocuments
from store.suppression_list import SuppressionList
from store.templates import Templates
from store.unmatched_events import UnmatchedEvents
from store.write_check import WriteCheck


@dataclass(frozen=True)
class Services:
    settings: Settings
    messages: Messages
    customers: Customers
    correlations: Correlations
    addresses: Addresses
    replies: Replies
    conversations: Conversations
    unmatched_events: UnmatchedEvents
    channels: Mapping[str, Channel]
    calls: Calls
    status_events: StatusEvents
    signing_keys: SigningKeys
    customer_keys: CustomerKeys
    write_check: WriteCheck
    api_keys: ApiKeys
    audit: Audit
    controls: Controls
    rates: Rates
    suppression_list: SuppressionList
    message_groups: MessageGroups
    erasures: Erasures
    imports: Imports
    templates: Templates

    async def close(self) -> None:
        """Close sockets, files and the identity. Azure never calls it; a host that continues without the app does."""
        await self.calls.close()
        for channel in self.channels.values():
            await channel.client.close()
        await self.status_events.close()
        await self.messages.documents.close()
        if _identity.cache_info().currsize:
            await _identity().close()
            _identity.cache_clear()


@cache
def services() -> Services:
    """The services of this worker. Raises `BrokenSettings` when the environment does not say enough."""
    settings = read_settings()
    logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs log every call, with its URL
    channels = channels_of(settings)  # before the store: broken settings must not leave files open at every request
    return build(settings, channels, _documents(settings))


def build(settings: Settings, channels: Mapping[str, Channel], documents: Documents) -> Services:
    """The services over a store."""
    signing_keys, retention = SigningKeys.from_text(settings.signing_keys), settings.retention
    customer_keys = CustomerKeys(signing_keys)
    status_events = StatusEvents(_topic(settings), customer_keys.key_of)
    return Services(
        settings=settings,
        messages=Messages(documents, status_events.is_published, retention, lambda: status_events.is_away),
        customers=Customers(documents),
        correlations=Correlations(documents, retention),
        addresses=Addresses(documents, ErasedAddresses(documents, signing_keys)),
        replies=Replies(documents, retention),
        conversations=Conversations(documents, retention),
        unmatched_events=UnmatchedEvents(documents),
        channels=channels,
        calls=Calls(),
        status_events=status_events,
        signing_keys=signing_keys,
        customer_keys=customer_keys,
        write_check=WriteCheck(documents),
        api_keys=ApiKeys(documents),
        audit=Audit(documents, settings.keep_audit),
        controls=Controls(documents),
        rates=Rates(documents),
        suppression_list=SuppressionList(documents),
        message_groups=MessageGroups(documents, retention),
        erasures=Erasures(documents, settings.keep_audit),
        imports=Imports(documents),
        templates=Templates(documents),
    )


def _documents(settings: Settings) -> Documents:
    if settings.message_store == "cosmos":
        return CosmosDocuments(*_cosmos_db(settings))
    return SqliteDocuments(Path(settings.message_store.removeprefix("sqlite:")))


BRIEFLY: dict[str, Any] = {"retry_total": 0, "connection_timeout": 2, "read_timeout": 2}


def _topic(settings: Settings) -> EventGridPublisherClient:
    key = settings.eventgrid_access_key
    credential = AzureKeyCredential(key) if key else Identity(_identity())
    return EventGridPublisherClient(settings.eventgrid_topic_endpoint, credential, **BRIEFLY)


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Every channel, by name, with a client of its own."""
    connection = _communication_services(settings)
    return {name: provider.channel(settings, connection) for name, provider in PROVIDERS.items()}


def _communication_services(settings: Settings) -> Connection:
    if settings.communication_services_endpoint:
        return Connection(settings.communication_services_endpoint, Identity(_identity()))
    endpoint, key = endpoint_and_key(settings.communication_services_connection_string)
    return Connection(endpoint, AzureKeyCredential(key))


def _cosmos_db(settings: Settings) -> tuple[str, str | AsyncTokenCredential]:
    if settings.cosmos_db_endpoint:
        return settings.cosmos_db_endpoint, _identity()
    return cosmos_endpoint_and_key(settings.cosmos_db_connection_string)


@cache
def _identity() -> AsyncTokenCredential:
    """One for all clients of this worker: it keeps the tokens, and what it found out about where it runs.

    A user-assigned identity is named by AZURE_CLIENT_ID, which azure-identity reads itself.
    """
    from azure.identity.aio import DefaultAzureCredential  # a second to import, and unused on a laptop

    return DefaultAzureCredential()
