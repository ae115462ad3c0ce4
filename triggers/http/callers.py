"""Who makes a request: an API key of ours, a person or an app that Entra knows, a browser, or the function key."""

import json
import os
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func

from domain import clock
from domain.access.api_key import ApiKey, caller_of, parts_of
from domain.access.caller import FUNCTION_KEY, ROLES, Caller
from domain.customers.addresses import recipient_digest
from domain.errors import NotAllowed, NotAuthenticated
from services import services
from settings import access_mode
from triggers.http.sessions import CONSOLE_HEADER, session_in

SETUP = "setup"
"""The id of the key whose digest is the setting ADMIN_KEY_DIGEST."""

ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

ROLE_CLAIMS = {"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}
OBJECT_ID_CLAIMS = {"oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"}


async def caller_in(req: func.HttpRequest) -> Caller:
    """Raises `NotAuthenticated`, `NotAllowed` for a browser that another site may steer, and `StoreUnavailable`.

    A key that is shown decides, whatever else the request carries.
    """
    key = req.headers.get("X-Api-Key")
    if key is not None:
        return await _of_key(key)
    if access_mode() == "keys":
        return FUNCTION_KEY  # the host has checked it
    if principal := req.headers.get("X-MS-CLIENT-PRINCIPAL"):
        caller = _of_principal(principal, is_browser="Authorization" not in req.headers)
    elif key_id := session_in(req):
        caller = await _of_session(key_id)
    else:
        raise NotAuthenticated("The request shows no key: X-Api-Key, or a sign-in with Microsoft Entra.")
    if caller.is_browser:
        _check_page(req)
    return caller


async def _of_key(shown: str) -> Caller:
    parts = parts_of(shown)
    key = await _key(parts[0]) if parts else None
    if parts is None or key is None or not key.is_opened_by(parts[1]):
        raise NotAuthenticated("There is no such API key.")
    return _valid(key)


async def _of_session(key_id: str) -> Caller:
    key = await _key(key_id)
    if key is None:
        raise NotAuthenticated("The API key of this sign-in is gone. Sign in again.")
    return replace(_valid(key), is_browser=True)


def _valid(key: ApiKey) -> Caller:
    """The caller, unless the key does not count any more. Only who has its secret gets to know that."""
    if key.revoked_at:
        raise NotAuthenticated("The API key was revoked.")
    if key.expires_at <= clock.now():
        raise NotAuthenticated("The API key has expired.")
    return caller_of(key, tuple(map(recipient_digest, key.recipients)))


async def _key(key_id: str) -> ApiKey | None:
    if key_id != SETUP:
        return await services().api_keys.find(key_id)
    digest = services().settings.admin_key_digest
    if not digest:
        return None
    return ApiKey(SETUP, SETUP, ROLES, digest, created_at=ALWAYS[0], created_by="the settings", expires_at=ALWAYS[1])


def _of_principal(header: str, *, is_browser: bool) -> Caller:
    """What App Service Authentication tells. It takes this header from requests, so only there it can be believed."""
    if os.environ.get("WEBSITE_AUTH_ENABLED", "").lower() != "true":
        raise NotAuthenticated("X-MS-CLIENT-PRINCIPAL counts only where App Service Authentication is on.")
    try:
        claims = [(str(claim["typ"]), str(claim["val"])) for claim in _principal(header)["claims"]]
    except (ValueError, TypeError, KeyError):
        raise NotAuthenticated("X-MS-CLIENT-PRINCIPAL cannot be read.") from None
    object_id = next((value for kind, value in claims if kind in OBJECT_ID_CLAIMS), None)
    if not object_id:
        raise NotAuthenticated("X-MS-CLIENT-PRINCIPAL names no object id.")
    roles = {value.lower() for kind, value in claims if kind in ROLE_CLAIMS}
    name = f"entra:{object_id}"
    return Caller(name, frozenset(roles & set(ROLES)), scope=name, is_browser=is_browser)


def _principal(header: str) -> Any:
    return json.loads(b64decode(header, validate=True))


def _check_page(req: func.HttpRequest) -> None:
    """A browser sends its cookies along with what other sites make it send. Our header other sites cannot add, and
    what changes something must come from a page of ours.
    """
    if CONSOLE_HEADER not in req.headers:
        raise NotAllowed(f"A request with a cookie must have the header {CONSOLE_HEADER}.")
    url = urlsplit(req.url)
    if req.method not in ("GET", "HEAD") and req.headers.get("Origin") != f"{url.scheme}://{url.netloc}":
        raise NotAllowed("A request with a cookie must come from a page of this app: its Origin is another.")
