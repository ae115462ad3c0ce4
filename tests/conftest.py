from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from domain import clock


@pytest.fixture(scope="module")
def a_day_in_november() -> Iterator[None]:
    """The clock shows a minute past the times in the sample events, which can be true then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "source", lambda: datetime(2026, 11, 22, 12, 1, tzinfo=UTC))
        yield
