"""Tables that callers send: CSV or NDJSON, row by row, in the form of the JSON that a request would have.

A page that cannot be read as a table is refused whole: then nothing of it is taken. A row that cannot be read is told
by its number, and the others are taken.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.errors import FieldCode, InvalidMessage
from domain.traits import CHANNELS, takes_email_addresses
from triggers.http.responses.customer_views import FORMULA, SEPARATOR

CSV, NDJSON = "text/csv", "application/x-ndjson"
DELIMITERS = ",;\t"
JSON_COLUMNS = ("attributes", "quietHours", "preferredHours")
ATTRIBUTE = "attributes."

RowError = tuple[str, FieldCode, str]
Json = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """`number` counts from 1, without the header. `value` is empty where the row is at fault."""

    number: int
    value: Json = field(repr=False)
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The columns of one kind of table. What an export tells besides is `ignored`. `to_json` reads the filled cells."""

    names: tuple[str, ...]
    ignored: tuple[str, ...]
    required: tuple[str, ...]
    to_json: Callable[[dict[str, str]], Json]

    def why_wrong(self, header: list[str]) -> list[RowError]:
        known = {*self.names, *self.ignored}
        wrong: list[RowError] = [
            (name or "body", "unknownField", "is not a column of this import")
            for name in header
            if name not in known and not (ATTRIBUTE in self.names and name.startswith(ATTRIBUTE))
        ]
        wrong += [(name, "duplicate", "must be there once") for name in {*header} if header.count(name) > 1]
        missing = [name for name in self.required if name not in header]
        return wrong + [(name, "required", "is a column that must be there") for name in missing]


def rows_of(body: bytes, content_type: str, columns: Columns, first: int) -> list[Row]:
    """The rows of one page, numbered from `first` on. Raises `InvalidMessage` for what is no table."""
    if content_type not in (CSV, NDJSON):
        raise InvalidMessage(("Content-Type", "notOneOf", f"must be {CSV} or {NDJSON}"), mistake="unsupportedBody")
    text = _decoded(body)
    read = _csv_rows(text, columns) if content_type == CSV else _ndjson_rows(text)
    return [Row(number, value, errors) for number, (value, errors) in enumerate(read, first)]


def _decoded(body: bytes) -> str:
    """Without the mark that some programs put before UTF-8. Raises `InvalidMessage`."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = body.count(b"\n", 0, wrong.start) + 1
        raise InvalidMessage(("body", "format", f"must be in UTF-8, and line {line} is not")) from None


def _csv_rows(text: str, columns: Columns) -> Iterator[tuple[Json, tuple[RowError, ...]]]:
    header_line = re.split(r"\r\n|\n|\r", text, maxsplit=1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(header_line), strict=True)
    try:
        records = [record for record in reader if any(cell.strip() for cell in record)]
    except csv.Error:
        raise InvalidMessage(("body", "format", f"is not valid CSV from line {reader.line_num} on")) from None
    if not records:
        raise InvalidMessage(("body", "empty", "must have a header and rows"))
    header = [cell.strip() for cell in records[0]]
    if wrong := columns.why_wrong(header):
        raise InvalidMessage(*wrong)
    for record in records[1:]:
        if len(record) != len(header):
            yield {}, (("body", "format", f"must have {len(header)} cells, as the header has, and has {len(record)}"),)
            continue
        cells = {name: _cell(cell) for name, cell in zip(header, record, strict=True) if name not in columns.ignored}
        try:
            yield columns.to_json(cells), ()
        except _BadCell as bad:
            yield {}, ((bad.column, "format", "is not valid JSON"),)


def delimiter_of(header: str) -> str:
    """Spreadsheets write semicolons where the comma divides numbers."""
    unquoted = re.sub('"[^"]*"', "", header)
    return max(DELIMITERS, key=unquoted.count)


def _cell(cell: str) -> str:
    """Without what an export puts before a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell


def _ndjson_rows(text: str) -> Iterator[tuple[Json, tuple[RowError, ...]]]:
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_once, parse_constant=_not_json)
        except (ValueError, RecursionError):
            yield {}, (("body", "format", "is not valid JSON"),)
            continue
        yield (value, ()) if isinstance(value, dict) else ({}, (("body", "wrongType", "must be an object"),))


def _once(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key comes twice")
    return members


def _not_json(constant: str) -> None:
    raise ValueError(constant)


class _BadCell(Exception):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def _customer(cells: dict[str, str]) -> Json:
    """A merge patch: what has no column stays as it is, what has an empty cell is removed."""
    patch: Json = {}
    for name, cell in cells.items():
        if name in CHANNELS:
            addresses = [_address(name, each) for each in _several(cell)]
            patch.setdefault("contactPoints", {})[name] = addresses[0] if addresses else None
            patch.setdefault("otherContactPoints", {})[name] = addresses[1:] or None
        elif name in ("channels", "tags"):
            patch[name] = _several(cell) or None
        elif name in JSON_COLUMNS:
            patch[name] = _json(name, cell)
        elif name.startswith(ATTRIBUTE):
            patch.setdefault("attributes", {})[name.removeprefix(ATTRIBUTE)] = cell or None
        else:
            patch[name] = cell or None
    return patch


def _consent(cells: dict[str, str]) -> Json:
    return {name: cell for name, cell in cells.items() if cell}


def _suppression(cells: dict[str, str]) -> Json:
    told: Json = {name: cell for name, cell in cells.items() if cell}
    if "categories" in told:
        told["categories"] = _several(told["categories"])
    return told


def _several(cell: str) -> list[str]:
    return [each.strip() for each in cell.split(SEPARATOR) if each.strip()]


def _json(column: str, cell: str) -> Any:
    try:
        return json.loads(cell) if cell else None
    except ValueError:
        raise _BadCell(column) from None


def _address(channel: str, text: str) -> str:
    return text if takes_email_addresses(channel) else plain_number(text)


def plain_number(text: str) -> str:
    """A phone number without what people put between its digits. Its country has to be there: nobody guesses it."""
    digits = re.sub(r"[\s().\-/\u2010-\u2015]", "", text.replace("(0)", ""))
    return f"+{digits[2:]}" if digits.startswith("00") else digits


CUSTOMERS = Columns(
    (
        "customerId", *CHANNELS, "locale", "timeZone", "channels", "quietHours", "preferredHours", "tags",
        "attributes", ATTRIBUTE,
    ),
    ("customerKey", "updatedAt"), ("customerId",), _customer,
)  # fmt: skip
CONSENTS = Columns(
    ("customerId", "channel", "topic", "state", "at", "source", "wording", "reference"),
    ("customerKey",),
    ("customerId", "channel", "topic", "state", "at", "source"),
    _consent,
)
SUPPRESSIONS = Columns(
    ("channel", "address", "reason", "at", "until", "categories", "note"),
    ("addressKey", "source", "liftedAt", "isOver"),
    ("channel", "address"),
    _suppression,
)
