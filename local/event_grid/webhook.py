"""One call of a subscriber's webhook, as Event Grid makes it.

Headers and the validation handshake are those of Microsoft's articles "Webhook event delivery" and "Delivery
properties"; an event travels alone, in an array, and a CloudEvent as a plain object.
"""

import json
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

from local.clock import Clock
from local.event_grid.deliveries import Delivery
from local.event_grid.subscriptions import Event, Subscription, is_cloud_event
from local.rfc3339 import to_text

DELIVERED = "Delivered"
SUCCESSES = range(200, 205)
OUTCOMES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "TimedOut",
    413: "RequestEntityTooLarge",
    429: "Busy",
    503: "Busy",
}
TIMEOUT = aiohttp.ClientTimeout(total=30)  # Event Grid's own, in real time: it waits for another process


@dataclass(frozen=True)
class Webhook:
    """The Event Grid endpoint of a Functions host, such as http://127.0.0.1:7071. `key` goes along in the URL."""

    http: aiohttp.ClientSession
    host_url: str
    clock: Clock
    key: str | None = field(default=None, repr=False)

    async def validate(self, subscription: Subscription) -> bool:
        """Ask the endpoint whether it wants these events. Only 200 with the code we sent is a yes."""
        code = str(uuid4())
        event = {
            "id": str(uuid4()),
            "topic": subscription.topic,
            "subject": "",
            "data": {"validationCode": code},
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": to_text(self.clock.now()),
            "metadataVersion": "1",
            "dataVersion": "1",
        }
        headers = _headers("SubscriptionValidation", subscription.name, event)
        try:
            async with self._post(subscription, event, headers) as response:
                answer = await response.json(content_type=None)
                return response.status == 200 and answer == {"validationResponse": code}
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False

    async def deliver(self, subscription: Subscription, delivery: Delivery) -> str:
        """Try once. Returns `DELIVERED`, or what went wrong in Event Grid's words."""
        headers = _headers("Notification", subscription.name, delivery.event)
        headers["aeg-delivery-count"] = str(delivery.attempts)
        try:
            async with self._post(subscription, delivery.event, headers) as response:
                if response.status in SUCCESSES:
                    return DELIVERED
                return OUTCOMES.get(response.status, "GenericError")
        except TimeoutError:
            return "TimedOut"
        except aiohttp.ClientError:
            return "SocketError"

    def _post(
        self, subscription: Subscription, event: Event, headers: dict[str, str]
    ) -> "aiohttp.client._RequestContextManager":
        code = f"&code={self.key}" if self.key else ""
        url = f"{self.host_url}/runtime/webhooks/EventGrid?functionName={subscription.function}{code}"
        body = json.dumps(event if is_cloud_event(event) else [event]).encode()
        return self.http.post(url, data=body, headers=headers, timeout=TIMEOUT)


def _headers(kind: str, subscription: str, event: Event) -> dict[str, str]:
    headers = {"aeg-event-type": kind, "aeg-subscription-name": subscription, "aeg-output-event-id": str(event["id"])}
    if is_cloud_event(event):
        return {**headers, "Content-Type": "application/cloudevents+json; charset=utf-8"}
    return {
        **headers,
        "Content-Type": "application/json; charset=utf-8",
        "aeg-metadata-version": str(event["metadataVersion"]),
        "aeg-data-version": str(event["dataVersion"]),
    }
