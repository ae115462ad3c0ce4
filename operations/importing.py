"""`python -m operations import`: a file of customers, consents or suppressions, sent page by page.

The file is read as a stream, so its size does not matter. The import is named by the file's contents: the same command
again goes on where the last one stopped, and changes nothing when all was sent.
"""

import argparse
import csv
import hashlib
import io
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlencode

from operations.api import Api

CSV, NDJSON = "text/csv", "application/x-ndjson"
FORMATS = {".csv": CSV, ".tsv": CSV, ".txt": CSV, ".ndjson": NDJSON, ".jsonl": NDJSON}
KINDS = ("customers", "consents", "suppressions")
ROWS_OF_A_PAGE, LARGEST_PAGE = 1000, 4 * 1024 * 1024
SHOWN = 20
"""Rows at fault that are printed; all of them are in the file of `--errors`."""

LONGEST_REQUEST_SECONDS = 240
BLOCK = 1024 * 1024


class FileUnusable(Exception):
    """The file cannot be read as a table. The text says why, and in which line."""


@dataclass(frozen=True)
class Page:
    """Some rows of the file, numbered from `first`."""

    number: int
    first: int
    body: bytes


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    command = commands.add_parser("import", help="import a CSV or NDJSON file; the same command again goes on")
    command.add_argument(
        "file", type=Path, help="*.csv (with commas, semicolons or tabs), *.ndjson or *.jsonl, in UTF-8"
    )
    command.add_argument("--kind", choices=KINDS, default="customers")
    command.add_argument("--dry-run", action="store_true", help="check every row and change nothing")
    command.add_argument("--errors", type=Path, metavar="CSV", help="write all rows at fault into this file")
    command.add_argument("--page-rows", type=int, default=ROWS_OF_A_PAGE, help=f"{ROWS_OF_A_PAGE} unless given")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Its exit status: 0 when every row was taken."""
    try:
        key = f"{checked(chosen.file)}-{chosen.kind}-{chosen.page_rows}{'-dry' if chosen.dry_run else ''}"
    except (FileUnusable, OSError) as reason:
        print(f"{chosen.file}: {reason} Nothing was sent.", file=sys.stderr)
        return 1
    api = replace(Api.of(chosen), timeout_seconds=LONGEST_REQUEST_SECONDS)
    told = send(api, chosen, key)
    with _errors_file(chosen.errors) as errors:
        _tell_errors(api, told, errors)
    print(
        f"{told['rows']} rows: {told['taken']} taken, {told['duplicates']} there twice, {told['failed']} at fault."
        + (" It was a dry run: nothing was changed." if told["dryRun"] else "")
    )
    return 0 if told["failed"] == 0 else 1


def send(api: Api, chosen: argparse.Namespace, key: str) -> Any:
    """Send what was not sent yet; what is told of the import then. Raises `ApiUnusable`."""
    body = {"kind": chosen.kind, "dryRun": chosen.dry_run, "name": chosen.file.name[:200]}
    told = api.call("POST", "imports", body, {"Idempotency-Key": key})
    path = f"imports/{told['importId']}"
    finished = {page["number"] for page in told["pages"] if page["isFinished"]}
    if finished:
        print(f"{len(finished)} pages were sent before.")
    for page in pages_of(chosen.file, chosen.page_rows):
        if page.number in finished:
            continue
        _send_page(api, f"{path}/pages/{page.number}", page, format_of(chosen.file))
        print(f"\r{page.number} pages", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return api.call("GET", path)


def _send_page(api: Api, path: str, page: Page, content_type: str) -> None:
    """Until it is finished: a large page may need several requests."""
    while True:
        told = api.send("PUT", f"{path}?{urlencode({'firstRow': page.first})}", page.body, content_type)
        if told["isFinished"]:
            return
        time.sleep(0.1)  # another request may be at it, whose caller is gone


def checked(file: Path) -> str:
    """A hash of the file, which is read to its end first. Raises `FileUnusable`."""
    hashed = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            hashed.update(block)
    for _ in pages_of(file, ROWS_OF_A_PAGE):
        pass
    return hashed.hexdigest()


def format_of(file: Path) -> str:
    """Raises `FileUnusable`."""
    if file.suffix.lower() not in FORMATS:
        raise FileUnusable(f"must be named *{', *'.join(FORMATS)}.")
    return FORMATS[file.suffix.lower()]


def pages_of(file: Path, rows: int) -> Iterator[Page]:
    """The file in pages of so many rows. Raises `FileUnusable`."""
    split = _csv_pages if format_of(file) == CSV else _ndjson_pages
    with file.open(encoding="utf-8-sig", newline="") as text:
        first = 1
        try:
            for number, (count, body) in enumerate(split(text, rows), 1):
                if len(body) > LARGEST_PAGE:
                    raise FileUnusable(f"has rows that are too long for a page of {rows}: use a smaller --page-rows.")
                yield Page(number, first, body)
                first += count
        except UnicodeDecodeError:
            raise FileUnusable(f"is not in UTF-8: see line {_line_at_fault(file)}.") from None


def _line_at_fault(file: Path) -> int:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _csv_pages(text: TextIO, rows: int) -> Iterator[tuple[int, bytes]]:
    header_line = text.readline()
    text.seek(0)
    delimiter = max(",;\t", key=re.sub('"[^"]*"', "", header_line).count)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        records = (record for record in reader if any(cell.strip() for cell in record))
        header = next(records, None)
        if header is None:
            raise FileUnusable("is empty.")
        while some := list(islice(records, rows)):
            page = io.StringIO()
            csv.writer(page).writerows([header, *some])
            yield len(some), page.getvalue().encode()
    except csv.Error:
        raise FileUnusable(f"is not valid CSV from line {reader.line_num} on.") from None


def _ndjson_pages(text: TextIO, rows: int) -> Iterator[tuple[int, bytes]]:
    lines = (line for line in text if line.strip())
    while some := list(islice(lines, rows)):
        yield len(some), "".join(line if line.endswith("\n") else f"{line}\n" for line in some).encode()


def _errors_file(path: Path | None) -> TextIO:
    return path.open("w", encoding="utf-8", newline="") if path else io.StringIO()


def _tell_errors(api: Api, told: Any, file: TextIO) -> None:
    if not told["failed"]:
        return
    writer, shown = csv.writer(file), 0
    writer.writerow(["row", "field", "code", "reason"])
    for page in told["pages"]:
        for each in api.call("GET", f"imports/{told['importId']}/pages/{page['number']}")["errors"]:
            writer.writerow([each["row"], each["field"], each["code"], each["reason"]])
            shown += 1
            if shown <= SHOWN:
                print(f"row {each['row']}: {each['field']} {each['reason']}", file=sys.stderr)
    if shown > SHOWN:
        print(f"and {shown - SHOWN} more", file=sys.stderr)
