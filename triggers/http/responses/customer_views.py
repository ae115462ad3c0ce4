"""What is told of a customer on file: as JSON, and as a row of a table."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from domain import clock
from domain.customers.addresses import in_ascii
from domain.customers.customer import Customer
from domain.customers.hours import QuietHours
from domain.traits import CHANNELS, takes_email_addresses
from services import services

SEPARATOR = "|"
"""Between the values of one cell."""

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""With what a cell begins that a spreadsheet takes for a formula; with apostrophes before it, so that each is told from
the one that is put before.
"""

COLUMNS = (
    "customerId", "customerKey", *CHANNELS, "locale", "timeZone", "channels", "quietHours", "preferredHours", "tags",
    "attributes", "updatedAt",
)  # fmt: skip


def etag_of(customer: Customer) -> dict[str, str]:
    """The header that names this version of a customer."""
    return {"ETag": f'"{customer.version}"'}


def as_it_is(address: str) -> str:
    return address


def customer_told(customer: Customer, shown: Callable[[str], str]) -> dict[str, Any]:
    """As `PUT` takes it back. `shown` masks addresses where the caller must not see them."""

    def address(channel: str, text: str) -> str:
        return shown(in_ascii(text) if takes_email_addresses(channel) else text)

    told = {
        "customerId": customer.external_id,
        "customerKey": services().customer_keys.key_of(customer.id),
        "contactPoints": {channel: address(channel, each) for channel, each in customer.contact_points.items()},
        "otherContactPoints": {
            channel: [address(channel, each) for each in more]
            for channel, more in customer.other_contact_points.items()
        },
        "locale": customer.locale,
        "timeZone": customer.time_zone,
        "channels": list(customer.channels),
        "quietHours": _hours(customer.quiet_hours),
        "preferredHours": _hours(customer.preferred_hours),
        "tags": list(customer.tags),
        "attributes": customer.attributes,
        "updatedAt": clock.to_text(customer.updated_at) if customer.updated_at else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _hours(hours: tuple[QuietHours, ...]) -> list[dict[str, Any]]:
    return [{"from": each.begins, "to": each.ends, "days": list(each.days)} for each in hours]


def customers_table(told: Iterable[dict[str, Any]]) -> str:
    """CSV, as an import takes it back."""
    return table(COLUMNS, (_cells(each) for each in told))


def table(columns: Iterable[str], rows: Iterable[dict[str, str]]) -> str:
    """CSV (RFC 4180) with a header. No cell is a formula to a spreadsheet: an apostrophe goes before it."""
    names = list(columns)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([defused(row.get(name, "")) for name in names] for row in rows)
    return text.getvalue()


def defused(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _cells(told: dict[str, Any]) -> dict[str, str]:
    points, others = told["contactPoints"], told["otherContactPoints"]
    addresses = {
        channel: SEPARATOR.join([*([points[channel]] if channel in points else []), *others.get(channel, ())])
        for channel in CHANNELS
    }
    lists = {name: SEPARATOR.join(told[name]) for name in ("channels", "tags")}
    parts = {
        name: json.dumps(told[name], ensure_ascii=False) if told[name] else ""
        for name in ("quietHours", "preferredHours", "attributes")
    }
    texts = {name: value for name, value in told.items() if isinstance(value, str)}
    return {**texts, **addresses, **lists, **parts}
