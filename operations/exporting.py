"""`python -m operations export`: all that is held of one customer, as JSON."""

import argparse
import json
from typing import Any
from urllib.parse import quote, urlencode

from operations.api import Api


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    export = commands.add_parser("export", help="print all that is held of a customer, as JSON")
    export.add_argument("customer", help="the caller's own id of the customer, or the customerKey")
    export.set_defaults(run=_print)


def _print(chosen: argparse.Namespace) -> int:
    print(json.dumps(export_of(Api.of(chosen), chosen.customer), ensure_ascii=False, indent=2))
    return 0


def export_of(api: Api, customer: str) -> Any:
    """Raises `ApiUnusable`, also for a customer of whom nothing is known."""
    path = f"customers/{quote(customer, safe='')}/export"
    whole = api.call("GET", f"{path}?limit=200")
    while after := whole.pop("next", None):
        page = api.call("GET", f"{path}?{urlencode({'limit': 200, 'after': after})}")
        whole["messages"] += page["messages"]
        whole |= {"next": page["next"]} if "next" in page else {}
    return whole
