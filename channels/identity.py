"""How the Azure clients authenticate without a key: with the app's managed identity."""

import asyncio
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    ContentDecodePolicy,
    DistributedTracingPolicy,
    RequestIdPolicy,
    UserAgentPolicy,
)

COMMUNICATION_SERVICES = "https://communication.azure.com//.default"
"""The scope that the SDKs for SMS and email ask for: the second slash belongs to the name of the resource."""

TIMEOUT_SECONDS = 10
"""By default azure-identity waits for minutes: longer than the timeout of a channel."""


class NoToken(AzureError):
    """The identity got no token, so the request that was to carry it never left."""


class Identity(AsyncTokenCredential):
    """A credential that fails quickly, and whose errors cannot be mistaken for the provider's responses.

    Without this, a 400 from the endpoint for tokens would look like the provider's refusal of a message.
    """

    def __init__(self, credential: AsyncTokenCredential) -> None:
        self._credential = credential

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Raises `NoToken`. Its text names no credential: azure-identity has logged which it tried, and why."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._credential.get_token(*scopes, **options)
        except (AzureError, TimeoutError) as error:
            raise NoToken(f"no token for {scopes}: {type(error).__name__}") from None

    async def close(self) -> None:
        await self._credential.close()

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def messages_pipeline(identity: AsyncTokenCredential) -> list[Any]:
    """The `policies` of a NotificationMessagesClient that uses an identity.

    Its own, in azure-communication-messages 1.1.0, ask an asynchronous credential for a token and do not wait for it,
    so no call would ever leave. What is left out here, such as retries, we have switched off or do not use.
    """
    return [
        RequestIdPolicy(),
        UserAgentPolicy(),
        ContentDecodePolicy(),
        AsyncBearerTokenCredentialPolicy(identity, COMMUNICATION_SERVICES),
        DistributedTracingPolicy(),
    ]
