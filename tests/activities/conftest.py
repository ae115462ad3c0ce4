from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.activities.bench import Bench, a_bench


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as started:
        monkeypatch.setattr("activities.turn.services", lambda: started.services)
        yield started
