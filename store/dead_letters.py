"""Dead letters of Event Grid: what it has given up delivering, where it leaves that.

A dead letter is a JSON file with one event or several in an array, each with the delivery result added, which the app
ignores. The format is that of Microsoft's article "Dead letter and retry policies".
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Event = dict[str, Any]


class DeadLetters(Protocol):
    """A place with dead letters, one file each."""

    def names(self) -> Iterator[str]: ...

    def read(self, name: str) -> bytes:
        """Empty when it is gone."""
        ...

    def write(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


@dataclass(frozen=True)
class Folder:
    """The dead letters of the local platform."""

    path: Path

    def names(self) -> Iterator[str]:
        return (file.name for file in sorted(self.path.glob("*.json")))

    def read(self, name: str) -> bytes:
        file = self.path / name
        return file.read_bytes() if file.exists() else b""

    def write(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Container:
    """The dead letters in Azure: a container of blobs, whose names begin with topic, subscription and hour."""

    client: Any

    def names(self) -> Iterator[str]:
        return (name for name in self.client.list_blob_names() if name.endswith(".json"))

    def read(self, name: str) -> bytes:
        from azure.core.exceptions import ResourceNotFoundError

        try:
            return bytes(self.client.download_blob(name).readall())
        except ResourceNotFoundError:
            return b""

    def write(self, name: str, content: bytes) -> None:
        self.client.upload_blob(name, content, overwrite=True)

    def remove(self, name: str) -> None:
        self.client.delete_blob(name)


def letters_in(source: str) -> DeadLetters:
    """A container by its URL, with the signed-in identity unless the URL carries a signature; or a folder."""
    if not source.startswith(("https://", "http://")):
        return Folder(Path(source))
    from azure.identity import DefaultAzureCredential  # both are slow to import, and unused on a laptop
    from azure.storage.blob import ContainerClient

    credential = None if "sig=" in source else DefaultAzureCredential()
    return Container(ContainerClient.from_container_url(source, credential))


def events_in(content: bytes) -> list[Event]:
    """None, when the file cannot be read: it stays for somebody to look at."""
    try:
        read = json.loads(content)
    except ValueError:
        return []
    return read if isinstance(read, list) else [read]


def events_that(letters: DeadLetters, is_meant: Callable[[Event], bool]) -> int:
    """How many events there are for which this is true."""
    return sum(is_meant(event) for name in letters.names() for event in events_in(letters.read(name)))


def erase_events(letters: DeadLetters, is_meant: Callable[[Event], bool]) -> None:
    """Delete these events. Others of the same file stay. Safe to repeat."""
    for name in list(letters.names()):
        events = events_in(letters.read(name))
        left = [event for event in events if not is_meant(event)]
        if len(left) == len(events):
            continue
        if left:
            letters.write(name, json.dumps(left).encode())
        else:
            letters.remove(name)
