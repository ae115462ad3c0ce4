from collections.abc import Iterator

import pytest

from tests.platform import a_platform
from tests.telemetry.listener import Listener, listening


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform
