"""`python -m operations report`: all that proves for one customer what they agreed to and what they were sent."""

import argparse
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from operations.api import Api, ApiUnusable

Json = dict[str, Any]
OF_A_MESSAGE = (
    "messageId", "direction", "createdAt", "receivedAt", "status", "category", "topic", "acceptedBy", "channel",
    "attempts", "skipped", "content", "mayBeStop",
)  # fmt: skip


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    report = commands.add_parser("report", help="print what a customer agreed to and was sent, as JSON")
    report.add_argument("customer", help="the caller's own id of the customer, or the customerKey")
    report.add_argument("--from", dest="first", metavar="TIME", help="of changes by callers; 365 days ago unless given")
    report.set_defaults(run=_print)


def _print(chosen: argparse.Namespace) -> int:
    print(json.dumps(report_on(Api.of(chosen), chosen.customer, chosen.first), ensure_ascii=False, indent=2))
    return 0


def report_on(api: Api, customer: str, first: str | None = None) -> Json:
    """Raises `ApiUnusable`, also for a customer of whom nothing is known."""
    path = f"customers/{quote(customer, safe='')}"
    consents, on_file = api.call("GET", f"{path}/consents"), _on_file(api, path)
    addresses = on_file["contactPoints"].items() if on_file else ()
    suppressions = [
        each
        for channel, address in addresses
        for each in api.call("POST", "suppressions/find", {"channel": channel, "address": address})["data"]
    ]
    targets = {consents["customerKey"], *(f"{it['channel']}:{it['addressKey']}" for it in suppressions)}
    return {
        "customer": on_file,
        "consents": consents,
        "suppressions": suppressions,
        "changes": [each for each in _audit(api, first) if each["target"] in targets],
        "messages": [
            {name: message[name] for name in OF_A_MESSAGE if name in message} for message in _messages(api, path)
        ],
    }


def _on_file(api: Api, path: str) -> Json | None:
    """None for a customer who is not on file: they may still have said something."""
    try:
        found: Json = api.call("GET", path)
    except ApiUnusable:
        return None
    return found


def _audit(api: Api, first: str | None) -> Iterator[Json]:
    yield from api.pages("audit", **{"from": first or "2000-01-01"})


def _messages(api: Api, path: str) -> Iterator[Json]:
    for conversation in _all(api, f"{path}/conversations", "conversations"):
        yield from _all(api, f"conversations/{conversation['conversationId']}/messages", "messages")


def _all(api: Api, path: str, name: str) -> Iterator[Json]:
    query = "?top=100"
    while True:
        page = api.call("GET", f"{path}{query}")
        yield from page[name]
        if "continuation" not in page:
            return
        query = f"?top=100&continuation={quote(page['continuation'], safe='')}"
