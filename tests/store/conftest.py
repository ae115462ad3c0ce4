"""Every implementation of the store, one after the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.documents import Documents
from store.sqlite import SqliteDocuments


@pytest.fixture(params=["sqlite"])
async def documents(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Documents]:
    """An empty store."""
    implementations = {"sqlite": SqliteDocuments}
    store: Documents = implementations[request.param](tmp_path / "landfall.db")
    yield store
    await store.close()
