from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.actions.bench import Bench, a_bench


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with a_bench(tmp_path) as started:
        monkeypatch.setattr("actions.turn.services", lambda: started.services)
        monkeypatch.setattr("store.controls.COPY_SECONDS", 0)  # each look is a read, however busy the machine is
        yield started
