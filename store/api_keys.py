"""The API keys that admins made, and the one-time links by which people sign a browser in."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

from domain import clock
from domain.access.api_key import ApiKey
from domain.errors import Stale
from domain.serialization import from_document, to_document
from store.collisions import Collisions
from store.documents import Documents

ACCESS = "Access"
CACHED_SECONDS = 30
"""How long a worker caches a key: a revoked key is refused everywhere after that."""

MOST_CACHED = 1000
KEEP_REVOKED = timedelta(days=90)
LINK_LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class LinkRow:
    """A link that signs a browser in, once. `id` is the digest of its token, `key_id` the API key it stands for."""

    id: str
    key_id: str
    expires_at: datetime
    used_at: datetime | None = None
    kind: str = "link"
    schema: int = 1


@dataclass
class ApiKeys:
    """One for each worker."""

    documents: Documents
    _cache: dict[str, tuple[ApiKey | None, float]] = field(default_factory=dict)

    async def create(self, key: ApiKey) -> None:
        await self.documents.create(ACCESS, to_document(key))

    async def find(self, key_id: str) -> ApiKey | None:
        """As it was at most `CACHED_SECONDS` ago in the store. Real seconds: the clock of the platform may jump."""
        known, until = self._cache.get(key_id, (None, 0.0))
        if monotonic() < until:
            return known
        asked_at = monotonic()
        key = await self.read(key_id)
        if len(self._cache) >= MOST_CACHED:  # somebody is guessing ids
            self._cache.clear()
        self._cache[key_id] = key, asked_at + CACHED_SECONDS
        return key

    async def read(self, key_id: str) -> ApiKey | None:
        """As it is in the store."""
        stored = await self.documents.read(ACCESS, "key", key_id, newest=True)
        return from_document(ApiKey, stored.document) if stored else None

    async def page(self, top: int, continuation: str | None) -> tuple[list[ApiKey], str | None]:
        """The keys, the newest first. Raises `ValueError` for a continuation that is not ours."""
        page = await self.documents.query(
            ACCESS, "key", "createdAt", descending=True, top=top, continuation=continuation
        )
        return [from_document(ApiKey, document) for document in page.documents], page.continuation

    async def revoke(self, key_id: str, by: str) -> ApiKey | None:
        """The key as it was revoked, now or before; None when there is none. This worker refuses it immediately."""
        collisions = Collisions()
        while True:
            stored = await self.documents.read(ACCESS, "key", key_id, newest=True)
            if stored is None:
                return None
            key = from_document(ApiKey, stored.document)
            if key.revoked_at is None:
                key = replace(key, revoked_at=clock.now(), revoked_by=by)
                try:
                    await self.documents.replace(ACCESS, to_document(key), stored.etag, KEEP_REVOKED)
                except Stale:
                    await collisions.pause()
                    continue
            self._cache.pop(key_id, None)
            return key

    async def make_link(self, token_digest: str, key_id: str) -> datetime:
        """When the link expires."""
        row = LinkRow(token_digest, key_id, clock.now() + LINK_LIFE)
        await self.documents.create(ACCESS, to_document(row), LINK_LIFE)
        return row.expires_at

    async def use_link(self, token_digest: str) -> str | None:
        """The id of the key that the link stands for; None for a link that was used, has expired or never was."""
        stored = await self.documents.read(ACCESS, "link", token_digest, newest=True)
        row = from_document(LinkRow, stored.document) if stored else None
        if stored is None or row is None or row.used_at or row.expires_at <= clock.now():
            return None
        try:
            await self.documents.replace(ACCESS, to_document(replace(row, used_at=clock.now())), stored.etag, LINK_LIFE)
        except Stale:  # two have opened it, and the other was first
            return None
        return row.key_id
