"""The environment of the app on a laptop, and the well-known keys of the local platform."""

import os
import re
import secrets
from base64 import b64encode
from pathlib import Path

from local.host.http.keys import write_for_owner
from local.host.starting.cannot_start import CannotStart

ACCESS_KEY = "TGFuZGZhbGwgbG9jYWwgZGV2ZWxvcG1lbnQga2V5OyBwcm90ZWN0cyBub3RoaW5nLg=="
"""The access key of the local Communication Services: public, the same everywhere, protects nothing."""

TOPIC_KEY = "TGFuZGZhbGwgbG9jYWwgdG9waWMga2V5OyBwcm90ZWN0cyBub3RoaW5nLg=="
"""The access key of the local Event Grid topic, as public as the other."""

SIGNING_KEYS = "1:TGFuZGZhbGwgbG9jYWwgc2lnbmluZyBrZXk7IHByb3RlY3RzIG5vdGhpbmcu"
"""As public, for tests and for a host that is started by hand; `serve` and `func` draw keys of their own."""

SIGNING_KEYS_FILE = re.compile(r"\d+:[A-Za-z0-9+/]{43,}=*(,\d+:[A-Za-z0-9+/]{43,}=*)*\s*")
"""Numbered keys in base64, of 32 bytes or more. The app checks them in full when it starts."""

SMS_SENDER = "+18335550100"
EMAIL_SENDER = "landfall@example.com"
WHATSAPP_CHANNEL_ID = "7d6f3c1e-52a4-4c0b-9e0f-2f1a5b8c9d10"

OF_THE_PLATFORM = (
    "COMMUNICATION_SERVICES_CONNECTION_STRING",
    "COMMUNICATION_SERVICES_ENDPOINT",
    "EVENTGRID_TOPIC_ENDPOINT",
    "EVENTGRID_ACCESS_KEY",
    "MESSAGE_STORE",
    "SIGNING_KEYS",
    "DEAD_LETTERS",
)
"""What follows from the ports and the data directory, and so from the flags of `serve` rather than from a file."""


def app_environment(data_directory: Path, local_port: int) -> dict[str, str]:
    """The settings of an app whose providers are the stand-ins on `local_port` and whose data is in this directory."""
    providers = f"http://127.0.0.1:{local_port}"
    return {
        "COMMUNICATION_SERVICES_CONNECTION_STRING": connection_string(local_port),
        "COMMUNICATION_SERVICES_ENDPOINT": "",
        "EVENTGRID_TOPIC_ENDPOINT": f"{providers}/topics/landfall/api/events",
        "EVENTGRID_ACCESS_KEY": TOPIC_KEY,
        "SMS_SENDER": SMS_SENDER,
        "EMAIL_SENDER": EMAIL_SENDER,
        "EMAIL_SUBJECT": "A message for you",
        "WHATSAPP_CHANNEL_ID": WHATSAPP_CHANNEL_ID,
        "MANAGEMENT_URLS": "all",
        "SIGNING_KEYS": SIGNING_KEYS,
        "MESSAGE_STORE": f"sqlite:{data_directory / 'landfall.db'}",
        "DEAD_LETTERS": str(data_directory / "dead-letters"),
        "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "true",
    }


def environment_of(data_directory: Path, local_port: int, from_file: dict[str, str]) -> dict[str, str]:
    """The whole environment of an app: the caller's own goes before local.settings.json, and that before ours.

    But where the stand-ins, the store and the signing keys are, the flags say: else a file made for other ports or
    another directory, or for providers that really send, would silently connect the app to them.
    """
    ours = {**app_environment(data_directory, local_port), "SIGNING_KEYS": signing_keys_of(data_directory)}
    file = {name: value for name, value in from_file.items() if name not in OF_THE_PLATFORM}
    return {**ours, **file, **os.environ}


def signing_keys_of(data_directory: Path) -> str:
    """Those of this directory, drawn when they are first asked for: what they sign is good for as long as its data.

    Raises `CannotStart` for a file that cannot be used.
    """
    file = data_directory / "signing-keys"
    if not file.exists():
        data_directory.mkdir(parents=True, exist_ok=True)
        write_for_owner(file, f"1:{b64encode(secrets.token_bytes(32)).decode()}")
    try:
        text = file.read_text()
    except (OSError, ValueError):
        text = ""
    if not SIGNING_KEYS_FILE.fullmatch(text):
        raise CannotStart(f"{file} does not hold signing keys. Delete it, and new ones are drawn.")
    return text


def connection_string(local_port: int) -> str:
    """A connection string as the Azure portal shows it, for the stand-in on this port."""
    return f"endpoint=http://127.0.0.1:{local_port}/;accesskey={ACCESS_KEY}"
