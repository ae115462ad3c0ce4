"""`local.settings.json`, which Azure's own tools read as well: settings for an app on a developer's machine."""

import json
from pathlib import Path

from local.host.cannot_start import CannotStart

FILE = "local.settings.json"


def settings_of(app_directory: Path) -> dict[str, str]:
    """Its `Values`; none without the file. Raises `CannotStart`, whose text holds no value: they may be secrets.

    Its `Host` and `ConnectionStrings` mean nothing here.
    """
    file = app_directory / FILE
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))  # editors on Windows like to begin with a mark
    except ValueError as error:
        raise CannotStart(f"{file} is not JSON ({error}).") from None
    if not isinstance(content, dict):
        raise CannotStart(f"{file} must hold a JSON object.")
    if content.get("IsEncrypted"):
        raise CannotStart(f"{file} is encrypted. Decrypt it with: func settings decrypt")
    values = content.get("Values", {})
    if not isinstance(values, dict):
        raise CannotStart(f"Values in {file} must be a JSON object.")
    if wrong := [name for name, value in values.items() if not isinstance(value, str)]:
        raise CannotStart(f"Values in {file} must be texts in quotes, and {', '.join(wrong)} is not.")
    return values
