"""`local.settings.json`, which Azure's own tools read as well: settings for an app on a developer's machine."""

import os
from pathlib import Path
from typing import Any

from local.host.http.cors import ANY, Cors
from local.host.starting.cannot_start import CannotStart
from local.host.starting.json_file import read_json

FILE = "local.settings.json"


def settings_of(app_directory: Path) -> dict[str, str]:
    """Its `Values`; none without the file. Raises `CannotStart`, whose text holds no value: they may be secrets.

    Its `ConnectionStrings` mean nothing here.
    """
    file = app_directory / FILE
    content = _content(file)
    if content.get("IsEncrypted"):
        raise CannotStart(f"{file} is encrypted. Decrypt it with: func settings decrypt")
    values = content.get("Values", {})
    if not isinstance(values, dict):
        raise CannotStart(f"Values in {file} must be a JSON object.")
    if wrong := [name for name, value in values.items() if not isinstance(value, str)]:
        raise CannotStart(f"Values in {file} must be texts in quotes, and {', '.join(wrong)} is not.")
    for name, value in values.items():
        if not _fits_the_environment(name, value):
            raise CannotStart(f"{name!r} in {file} cannot be a variable of the environment: see its name and its text.")
    return values


def cors_of(app_directory: Path) -> Cors:
    """What its `Host` says of other origins. Raises `CannotStart`."""
    file = app_directory / FILE
    host = _content(file).get("Host", {})
    if not isinstance(host, dict):
        raise CannotStart(f"Host in {file} must be a JSON object.")
    named, with_credentials = host.get("CORS", ""), host.get("CORSCredentials", False)
    if not isinstance(named, str) or not isinstance(with_credentials, bool):
        raise CannotStart(f"Host in {file}: CORS must be a text of origins, and CORSCredentials true or false.")
    origins = tuple(origin.strip().rstrip("/").lower() for origin in named.split(",") if origin.strip())
    if ANY in origins and with_credentials:
        raise CannotStart(f"Host in {file}: with CORSCredentials, CORS must name its origins.")
    return Cors(origins, with_credentials)


def _content(file: Path) -> dict[str, Any]:
    """Nothing without the file. Raises `CannotStart`."""
    content = read_json(file) if file.exists() else {}
    if not isinstance(content, dict):
        raise CannotStart(f"{file} must hold a JSON object.")
    return content


def _fits_the_environment(name: str, value: str) -> bool:
    try:
        os.fsencode(name + value)
    except UnicodeEncodeError:  # half of a character
        return False
    return bool(name) and "=" not in name and "\0" not in name + value
