"""The ports of a running platform, stored in its data directory, so that the demo finds it."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "serving.json"


@dataclass(frozen=True)
class Serving:
    """The ports of a platform on this machine."""

    port: int
    local_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def local_url(self) -> str:
        return f"http://127.0.0.1:{self.local_port}"

    def tell(self, data_directory: Path) -> None:
        """Store it. After a `kill -9` the file stays, so a reader checks whether the ports answer."""
        (data_directory / FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    def forget(self, data_directory: Path) -> None:
        """Nobody serves any more."""
        (data_directory / FILE).unlink(missing_ok=True)


USUAL = Serving(7071, 7072)


def told_in(data_directory: Path) -> Serving | None:
    """What was written down last; None when that was nothing, or cannot be read."""
    with suppress(OSError, ValueError, TypeError):
        return Serving(**json.loads((data_directory / FILE).read_text(encoding="utf-8")))
    return None
