"""How the clients of Communication Services are built."""

from dataclasses import dataclass
from typing import Any

from azure.core.credentials import AzureKeyCredential

from channels.identity import Identity

# The workflow retries what providers fail, and two layers would multiply. An answer that comes later counts as none.
TIMEOUTS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 20}


@dataclass(frozen=True)
class Connection:
    endpoint: str
    credential: AzureKeyCredential | Identity
