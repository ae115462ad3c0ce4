from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.local.durable.platform import Platform, running


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    async with running("patterns", tmp_path / "data") as started:
        yield started
