from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import azure.durable_functions as df
import pytest

from local.durable.api.client_binding import binding_value
from tests.end_to_end.callers import SECRET
from tests.end_to_end.processes import Platform
from tests.platform import Platform as InProcess


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


@pytest.fixture
def timeless(tmp_path: Path) -> Iterator[Platform]:
    """A platform for one test, whose time stands still."""
    platform = Platform(tmp_path, "--clock", "virtual")
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def workflows(platform: InProcess) -> df.DurableOrchestrationClient:
    """What operators and accidents do to the workflows of a platform in this process."""
    return df.DurableOrchestrationClient(binding_value(platform.host.url, "Landfall"))


@pytest.fixture
def with_roles(monkeypatch):
    """Every caller has a key of their own, and `callers.SETUP` is that of the setup. A pause is answered at once."""
    monkeypatch.setenv("ACCESS", "roles")
    monkeypatch.setenv("ADMIN_KEY_DIGEST", sha256(SECRET.encode()).hexdigest())
    monkeypatch.setattr("triggers.http.sending_api.SETTLING_SECONDS", 0)
