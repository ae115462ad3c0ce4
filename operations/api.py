"""A client of Landfall's own API."""

import argparse
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

TIMEOUT_SECONDS = 30
KEY, URL = "LANDFALL_KEY", "LANDFALL_URL"
LOCAL = "http://127.0.0.1:7071"


class ApiUnusable(Exception):
    """The app does not answer, or refuses. The text says why."""


@dataclass(frozen=True)
class Api:
    """`url`: https://….azurewebsites.net. `key`: an API key (`lf_…`), or a function key; locally, none."""

    url: str
    key: str | None = field(default=None, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS

    @classmethod
    def of(cls, chosen: argparse.Namespace) -> "Api":
        """The app that the command line names, with the key of the environment."""
        return cls(chosen.url, os.environ.get(KEY))

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of the answer to JSON. Raises `ApiUnusable`."""
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, path, data, "application/json", headers)

    def send(
        self, method: str, path: str, data: bytes | None, content_type: str, further: Mapping[str, str] | None = None
    ) -> Any:
        """The JSON of the answer. Raises `ApiUnusable`."""
        headers = {"Content-Type": content_type, **(further or {}), **self._headers}
        url = f"{self.url.rstrip('/')}/api/{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ApiUnusable(f"{self.url} answers {error.code}. {_reason(error)}".strip()) from None
        except (OSError, ValueError) as error:  # URLError among them
            raise ApiUnusable(f"{self.url} cannot be reached: {type(error).__name__}.") from None

    def pages(self, path: str, **filters: str | None) -> Iterator[Any]:
        """What a list holds, page after page."""
        after: str | None = None
        while True:
            query = {name: value for name, value in {**filters, "limit": "200", "after": after}.items() if value}
            page = self.call("GET", f"{path}?{urlencode(query)}")
            yield from page["data"]
            after = page.get("next")
            if not after:
                return

    @property
    def _headers(self) -> dict[str, str]:
        if not self.key:
            return {}
        return {"X-Api-Key" if self.key.startswith("lf_") else "x-functions-key": self.key}


def _reason(error: urllib.error.HTTPError) -> str:
    """What the problem says (RFC 9457), field by field where fields are at fault."""
    try:
        told = json.load(error)
        fields = [f"{each['field']} {each['reason']}." for each in told.get("errors", ())]
        return " ".join([told.get("detail") or f"{told['title']}.", *fields])
    except (ValueError, KeyError, TypeError):
        return ""
