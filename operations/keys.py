"""`python -m operations keys`: make, list and revoke API keys."""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from operations.api import Api

ROLES = ("sender", "reader", "agent", "marketer", "approver", "operator", "privacy", "admin")
MODES = ("live", "team", "test")


def add_to(commands: Any) -> None:
    """The command with its arguments."""
    keys = commands.add_parser("keys", help="make, list and revoke API keys")
    actions = keys.add_subparsers(required=True, metavar="action")
    create = actions.add_parser("create", help="make a key, and show it once")
    create.add_argument("name", help="of the caller: letters, digits, hyphens and underscores")
    create.add_argument("--role", action="append", required=True, choices=ROLES, dest="roles", help="once or more")
    create.add_argument("--mode", choices=MODES, default="live")
    create.add_argument("--recipient", action="append", dest="recipients", help="whom a team key may write to")
    create.add_argument("--days", type=int, help="until it expires; 365 unless given")
    create.add_argument("--inherits", metavar="CALLER", help="take over the idempotency keys of this caller")
    create.add_argument("--requests-per-minute", type=int)
    create.add_argument("--sends-per-minute", type=int)
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", help="list the keys, without their secrets")
    listing.set_defaults(run=_list)
    revoke = actions.add_parser("revoke", help="revoke a key")
    revoke.add_argument("id", help="as the list shows it")
    revoke.set_defaults(run=_revoke)


def _create(chosen: argparse.Namespace) -> int:
    """Print the key alone, so that it can be piped to where it is kept."""
    expires_at = datetime.now(UTC) + timedelta(days=chosen.days) if chosen.days is not None else None
    body = {
        "name": chosen.name,
        "roles": chosen.roles,
        "mode": chosen.mode,
        "recipients": chosen.recipients,
        "expiresAt": expires_at.isoformat() if expires_at else None,
        "inherits": chosen.inherits,
        "requestsPerMinute": chosen.requests_per_minute,
        "sendsPerMinute": chosen.sends_per_minute,
    }
    print(Api.of(chosen).call("POST", "keys", body)["key"])
    return 0


def _list(chosen: argparse.Namespace) -> int:
    print("\n".join(_line(key) for key in Api.of(chosen).pages("keys")) or "There are no API keys.")
    return 0


def _revoke(chosen: argparse.Namespace) -> int:
    print(_line(Api.of(chosen).call("DELETE", f"keys/{quote(chosen.id, safe='')}")))
    return 0


def _line(key: dict[str, Any]) -> str:
    state = f"revoked {key['revokedAt'][:10]}" if "revokedAt" in key else f"until {key['expiresAt'][:10]}"
    return f"{key['id']}  {state:<18}  {key['mode']:<4}  {key['name']:<20}  {','.join(key['roles'])}"
