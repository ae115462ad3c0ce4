"""The app's webhook for Event Grid, called as Event Grid calls it."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

FUNCTION = "MessageProcessor"
SUCCESSES = range(200, 205)
TIMEOUT_SECONDS = 30  # Event Grid's own


class WebhookUnusable(Exception):
    """No delivery can succeed: a wrong URL, a wrong key, or no app."""


@dataclass(frozen=True)
class Webhook:
    """`url`: https://….azurewebsites.net. `key`: that app's system key `eventgrid_extension`; locally, none."""

    url: str
    key: str | None = field(default=None, repr=False)

    def takes(self, event: dict[str, Any]) -> bool:
        """Deliver one event, in whichever schema; whether the app has recorded it. Raises `WebhookUnusable`."""
        is_cloud_event = "specversion" in {key.lower() for key in event}
        headers = {
            "aeg-event-type": "Notification",
            "Content-Type": "application/cloudevents+json" if is_cloud_event else "application/json",
        }
        body = json.dumps(event if is_cloud_event else [event]).encode()
        request = urllib.request.Request(self._address, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status in SUCCESSES
        except urllib.error.HTTPError as error:
            if error.code in (401, 403, 404):
                raise WebhookUnusable(f"{self.url} answers {error.code}: wrong key, or wrong app.") from None
            return False
        except TimeoutError:
            return False
        except OSError as error:  # URLError among them
            raise WebhookUnusable(f"{self.url} cannot be reached: {type(error).__name__}.") from None

    @property
    def _address(self) -> str:
        query = {"functionName": FUNCTION, **({"code": self.key} if self.key else {})}
        return f"{self.url.rstrip('/')}/runtime/webhooks/EventGrid?{urlencode(query)}"
