"""`python -m operations templates push FOLDER`: templates from files, with what would change.

A template is a folder, and in it a folder for each language: `parcel-sent/en/text.txt`, for every channel;
`sms.txt`, `whatsapp.txt` and `email.txt` in its place on one channel; `email.subject.txt`, and `email.html` or
`email.mjml`, which becomes HTML here. The default language stands in `default-locale.txt`; without that file it is
English, or the first that there is.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.api import Api, ApiUnusable

Json = dict[str, Any]
PARTS = {"text.txt": "text", "email.subject.txt": "subject", "email.html": "html"}
OF_A_CHANNEL, MJML = ".txt", "email.mjml"
DEFAULT = "default-locale.txt"
USUAL = "en"


class FolderUnusable(Exception):
    """The folder holds no templates, or a file that none has. The text says which."""


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    templates = commands.add_parser("templates", help="put templates from files; --check only compares")
    templates.add_argument("what", choices=["push"])
    templates.add_argument("folder", type=Path, help="with a folder for each template")
    templates.add_argument("--check", action="store_true", help="change nothing; 1 where something would change")
    templates.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Its exit status: 0 when all was put, or with --check when nothing would change."""
    api = Api.of(chosen)
    try:
        templates = dict(templates_in(chosen.folder))
    except (FolderUnusable, OSError, UnicodeDecodeError) as reason:
        print(f"{chosen.folder}: {reason}", file=sys.stderr)
        return 1
    differing = 0
    for name, body in templates.items():
        known = _known(api, name)
        changes = list(_difference(name, known, body))
        if not changes:
            print(f"{name}: as it is, version {known['version']}" if known else name)
            continue
        differing += 1
        print("\n".join(changes))
        if not chosen.check:
            print(f"{name}: version {api.call('PUT', f'templates/{name}', body)['version']}")
    return 1 if chosen.check and differing else 0


def templates_in(folder: Path) -> Iterator[tuple[str, Json]]:
    """Each template by name, as it is put. Raises `FolderUnusable`."""
    names = sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
    if not names:
        raise FolderUnusable("There are no templates.")
    for each in names:
        yield each.name, _template(each)


def _template(folder: Path) -> Json:
    locales = {each.name: _locale(each) for each in sorted(folder.iterdir()) if each.is_dir()}
    if not locales:
        raise FolderUnusable(f"{folder.name} has no language.")
    default = folder / DEFAULT
    usual = USUAL if USUAL in locales else next(iter(locales))
    return {"defaultLocale": default.read_text().strip() if default.exists() else usual, "locales": locales}


def _locale(folder: Path) -> Json:
    content: Json = {}
    for file in sorted(folder.iterdir()):
        text = file.read_text(encoding="utf-8").rstrip("\n")
        if file.name in PARTS:
            content[PARTS[file.name]] = text
        elif file.name == MJML:
            content["html"] = _html_of(text, f"{folder.parent.name}/{folder.name}/{file.name}")
        elif file.suffix == OF_A_CHANNEL and file.stem.isalpha():
            content.setdefault("channels", {})[file.stem] = {"text": text}
        else:
            raise FolderUnusable(f"{folder.parent.name}/{folder.name}/{file.name} is no part of a template.")
    if (folder / MJML).exists() and (folder / "email.html").exists():
        raise FolderUnusable(f"{folder.parent.name}/{folder.name} has both email.html and {MJML}.")
    if "text" not in content and "html" not in content:  # what every channel says
        first = next(iter(content.get("channels", {}).values()), None)
        if first is None:
            raise FolderUnusable(f"{folder.parent.name}/{folder.name} says nothing.")
        content["text"] = first["text"]
    return content


def _html_of(mjml: str, name: str) -> str:
    """Nothing is included: neither a file nor a page. Raises `FolderUnusable`."""
    import mrml  # a compiled library, needed for this alone

    try:
        html: str = mrml.to_html(mjml).content
    except OSError as wrong:  # what it raises for whatever is wrong
        raise FolderUnusable(f"{name} is no MJML: {wrong}.") from None
    return html


def _known(api: Api, name: str) -> Json | None:
    """As it is now; None for a new one."""
    try:
        known: Json = api.call("GET", f"templates/{name}")
    except ApiUnusable as reason:
        if " 404." in str(reason):
            return None
        raise
    return known


def _difference(name: str, known: Json | None, new: Json) -> Iterator[str]:
    before = {"defaultLocale": known["defaultLocale"], "locales": known["locales"]} if known else {}
    names = f"{name}, as it is", f"{name}, as it will be"
    yield from difflib.unified_diff(_lines(before), _lines(new), *names, n=1, lineterm="")


def _lines(value: Json) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
