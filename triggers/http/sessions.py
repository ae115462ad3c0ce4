"""Signing a browser in: a cookie that names an API key, signed by us."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

import azure.functions as func

from domain import clock
from services import services

COOKIE = "landfall_session"
CONSOLE_HEADER = "X-Landfall-Console"
PURPOSE = "session"
LIFE = timedelta(hours=12)


def session_in(req: func.HttpRequest) -> str | None:
    """The id of the API key that the cookie names; None without a cookie, or with one that is forged or has expired."""
    try:
        cookie = SimpleCookie(req.headers.get("Cookie", "")).get(COOKIE)
    except CookieError:
        return None
    subject, _, token = cookie.value.partition(".") if cookie else ("", "", "")
    if not subject or not services().signing_keys.verify(token, PURPOSE, subject):
        return None
    said = json.loads(urlsafe_b64decode(subject))
    return str(said["key"]) if clock.from_text(said["until"]) > clock.now() else None


def cookie_for(key_id: str, req: func.HttpRequest) -> str:
    """A `Set-Cookie`. No script can read it, and no other site makes a browser send it."""
    said = {"key": key_id, "until": clock.to_text(clock.now() + LIFE)}
    subject = urlsafe_b64encode(json.dumps(said).encode()).decode()
    value = f"{subject}.{services().signing_keys.token(PURPOSE, subject)}"
    secure = "; Secure" if urlsplit(req.url).scheme == "https" else ""
    return f"{COOKIE}={value}; Path=/api; Max-Age={int(LIFE.total_seconds())}; HttpOnly; SameSite=Strict{secure}"
