"""How records are divided into shards."""

from typing import Any
from zlib import crc32

SHARDS = 16


def shard_of(document_id: str) -> int:
    """The same for one id, for ever: stored documents hold it."""
    return crc32(document_id.encode()) % SHARDS


def with_shard(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its shard. One that was written without belongs to shard 0."""
    return {**document, "shard": shard_of(document["id"])}
