from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.actions.bench import Bench, a_bench


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as started:
        monkeypatch.setattr("actions.turn.services", lambda: started.services)
        yield started
