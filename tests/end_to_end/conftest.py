from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One platform for all tests that leave it running; each uses addresses or messages of its own."""
    platform = Platform(tmp_path_factory.mktemp("platform"))
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def own_platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform for one test, which may kill it."""
    platform = Platform(tmp_path)
    platform.start()
    yield platform
    platform.stop()
