"""The real SDKs, built as the app builds them, and the answers they hide."""

import json
from contextlib import AsyncExitStack
from contextvars import ContextVar
from typing import Any

import aiohttp
from azure.communication.email.aio import EmailClient
from azure.communication.messages.aio import NotificationMessagesClient
from azure.communication.sms.aio import SmsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.eventgrid.aio import EventGridPublisherClient

from local.environment import ACCESS_KEY, EMAIL_SENDER, SMS_SENDER, TOPIC_KEY, WHATSAPP_CHANNEL_ID

Answer = dict[str, Any]
FIRST_SENT = "Mon, 02 Mar 2026 09:00:00 GMT"
_repeatability: ContextVar[tuple[str, str] | None] = ContextVar("repeatability", default=None)


class _NameTheRequest(SansIOHTTPPolicy[Any, Any]):
    """Puts our repeatability pair into the body, since SmsClient draws a new one for every call."""

    def on_request(self, request: Any) -> None:
        if (pair := _repeatability.get()) is None:
            return
        body = json.loads(request.http_request.body)
        request_id, first_sent = pair
        for recipient in body["smsRecipients"]:
            recipient.update(repeatabilityRequestId=request_id, repeatabilityFirstSent=first_sent)
        request.http_request.set_json_body(body)


def header(error: HttpResponseError, name: str) -> str | None:
    """A header of the answer that became this error."""
    response: Any = error.response  # typed without the headers that it has
    value: str | None = response.headers.get(name)
    return value


class Clients:
    """One client of each kind against one server, closed together."""

    def __init__(self, url: str) -> None:
        self._stack, self.url = AsyncExitStack(), url
        key = AzureKeyCredential(ACCESS_KEY)
        self.sms = SmsClient(url, key, retry_total=0, per_call_policies=[_NameTheRequest()])
        self.email = EmailClient(url, key, retry_total=0)
        self.whatsapp = NotificationMessagesClient(url, key, retry_total=0)
        topic = f"{url}/topics/landfall/api/events"
        self.topic = EventGridPublisherClient(topic, AzureKeyCredential(TOPIC_KEY), retry_total=0)
        self.http = aiohttp.ClientSession(url)

    async def __aenter__(self) -> "Clients":
        for client in (self.sms, self.email, self.whatsapp, self.topic, self.http):
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def send_sms(self, to: str, attempt_id: str, text: str = "Hello", first_sent: str = FIRST_SENT) -> str:
        """The message id. Raises what the SDK raises, and AssertionError for an item that failed."""
        [item] = await self.sms_items([to], attempt_id, text, first_sent)
        assert item.successful, item.error_message
        return str(item.message_id)

    async def sms_items(
        self, to: list[str], attempt_id: str, text: str = "Hello", first_sent: str = FIRST_SENT
    ) -> list[Any]:
        token = _repeatability.set((attempt_id, first_sent))
        try:
            return await self.sms.send(SMS_SENDER, to, text, enable_delivery_report=True, tag=attempt_id)
        finally:
            _repeatability.reset(token)

    async def send_email(self, to: str, attempt_id: str | None, text: str = "Hello") -> str:
        message = {
            "senderAddress": EMAIL_SENDER,
            "recipients": {"to": [{"address": to}]},
            "content": {"subject": "A parcel", "plainText": text, "html": f"<p>{text}</p>"},
        }
        named = {"operation_id": attempt_id} if attempt_id else {}
        poller = await self.email.begin_send(message, polling=False, **named)
        return str((await poller.result())["id"])

    async def send_whatsapp(self, to: str, attempt_id: str, text: str = "Hello", first_sent: str = FIRST_SENT) -> str:
        body = {"channelRegistrationId": WHATSAPP_CHANNEL_ID, "to": [to], "kind": "text", "content": text}
        headers = {"Repeatability-Request-ID": attempt_id, "Repeatability-First-Sent": first_sent}
        result = await self.whatsapp.send(body, headers=headers)
        return str(result.receipts[0].message_id)

    async def send(self, channel: str, to: str, attempt_id: str, text: str = "Hello") -> str:
        """By any channel; the message id."""
        match channel:
            case "sms":
                return await self.send_sms(to, attempt_id, text)
            case "email":
                return await self.send_email(to, attempt_id, text)
            case _:
                return await self.send_whatsapp(to, attempt_id, text)

    async def email_status(self, operation_id: str) -> Answer:
        request = HttpRequest("GET", f"/emails/operations/{operation_id}?api-version=2025-09-01")
        response = await self.email.send_request(request)
        response.raise_for_status()
        return dict(response.json())

    async def get(self, path: str) -> Any:
        async with self.http.get(path) as response:
            assert response.status == 200
            return await response.json()

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        async with self.http.post(path, json=body) as response:
            return response.status, await response.json() if response.content_length else None

    async def ledger(self) -> list[Answer]:
        return list(await self.get("/local/ledger"))
