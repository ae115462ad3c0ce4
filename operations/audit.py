"""`python -m operations audit`: who changed what, an entry a line."""

import argparse
import json
from typing import Any

from operations.api import Api


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    audit = commands.add_parser("audit", help="print who changed what, as NDJSON, the newest first")
    audit.add_argument("--actor", help="changes by this caller")
    audit.add_argument("--action", help="changes of this kind, as key.create")
    audit.add_argument("--from", dest="first", metavar="TIME", help="seven days before --to unless given")
    audit.add_argument("--to", dest="last", metavar="TIME", help="now unless given")
    audit.set_defaults(run=_print)


def _print(chosen: argparse.Namespace) -> int:
    filters = {"actor": chosen.actor, "action": chosen.action, "from": chosen.first, "to": chosen.last}
    for entry in Api.of(chosen).pages("audit", **filters):
        print(json.dumps(entry, ensure_ascii=False))
    return 0
