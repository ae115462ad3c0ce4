"""Reading the JSON files that a start depends on."""

import json
from pathlib import Path
from typing import Any

from local.host.starting.cannot_start import CannotStart


def read_json(file: Path) -> Any:
    """What the file holds. Raises `CannotStart`, whose text holds nothing of it: it may be secret."""
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))  # editors on Windows like to begin with a mark
    except OSError as error:
        raise CannotStart(f"{file} cannot be read: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        raise CannotStart(f"{file} is not JSON ({error}).") from None
    except UnicodeDecodeError:
        raise CannotStart(f"{file} is not JSON (it is not UTF-8).") from None
    except RecursionError:
        raise CannotStart(f"{file} is not JSON (it is nested too deeply).") from None
