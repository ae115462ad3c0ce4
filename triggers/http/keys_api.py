"""HTTP: API keys of our own, and the one-time links by which a browser signs in with one."""

from secrets import token_urlsafe
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from domain import clock
from domain.access.api_key import ApiKey, digest_of, draw_key, shown_key
from domain.errors import NotAllowed
from domain.serialization import to_document
from services import services
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import EVERY_ROLE, allow, allow_anybody
from triggers.http.requests.access_bodies import USUAL_LIFE, KeyBody
from triggers.http.requests.paging import foreign_after, limit_in, only, page_of
from triggers.http.requests.paths import key_id_in
from triggers.http.requests.read_body import read_body
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem
from triggers.http.sessions import cookie_for

bp = df.Blueprint()

TRY_AGAIN = (
    "A key may have been made whose secret nobody has. Send the request again, then list the keys and revoke the "
    "one that is one too many."
)
LANDING = "/api/docs"


@bp.route("keys", methods=[func.HttpMethod.POST])
@allow("admin", how_to_repeat=TRY_AGAIN)
async def post_key(req: func.HttpRequest) -> func.HttpResponse:
    """Make an API key. The answer shows it, this once. The body is `KeyBody`."""
    body, now, (key_id, secret) = read_body(req, KeyBody), clock.now(), draw_key()
    key = ApiKey(
        id=key_id,
        name=body.name,
        roles=body.roles,
        digest=digest_of(secret),
        created_at=now,
        created_by=current_caller().name,
        expires_at=body.expires_at or now + USUAL_LIFE,
        mode=body.mode,
        recipients=tuple(map(str, body.recipients)),
        inherits=body.inherits,
        requests_per_minute=body.requests_per_minute,
        sends_per_minute=body.sends_per_minute,
    )
    await audited("key.create", key_id, name=key.name, roles=",".join(key.roles), mode=key.mode)
    await services().api_keys.create(key)
    return answer(201, {**_shown(key), "key": shown_key(key_id, secret)}, {"Cache-Control": "no-store"})


@bp.route("keys", methods=[func.HttpMethod.GET])
@allow("admin")
async def get_keys(req: func.HttpRequest) -> func.HttpResponse:
    """The API keys, the newest first, without their secrets. Revoked ones are listed for 90 days."""
    only(req)
    try:
        keys, following = await services().api_keys.page(limit_in(req), req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    return answer(200, page_of([_shown(key) for key in keys], following))


@bp.route("keys/{key_id}", methods=[func.HttpMethod.DELETE])
@allow("admin")
async def delete_key(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke an API key: within 30 seconds every worker refuses it. Safe to repeat."""
    key_id = key_id_in(req)
    key = await services().api_keys.read(key_id) if key_id else None
    if key_id is None or key is None:
        return problem("keyNotFound")
    await audited("key.revoke", key_id, name=key.name)
    revoked = await services().api_keys.revoke(key_id, current_caller().name)
    return answer(200, _shown(revoked)) if revoked else problem("keyNotFound")


@bp.route("access/links", methods=[func.HttpMethod.POST])
@allow(*EVERY_ROLE)
async def post_link(req: func.HttpRequest) -> func.HttpResponse:
    """Make a link that signs a browser in as the caller's API key, once, within five minutes."""
    key_id = current_caller().key_id
    if key_id is None:
        raise NotAllowed("A link stands for an API key, and the request shows none.")
    token = token_urlsafe(32)
    await audited("link.create", key_id)
    expires_at = await services().api_keys.make_link(digest_of(token), key_id)
    url = f"{req.url.partition('/api/')[0]}/api/access/link?token={token}"
    return answer(201, {"url": url, "expiresAt": clock.to_text(expires_at)}, {"Cache-Control": "no-store"})


@bp.route("access/link", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def get_link(req: func.HttpRequest) -> func.HttpResponse:
    """Sign this browser in. The link counts once: whoever opens it later is told to ask for another."""
    key_id = await services().api_keys.use_link(digest_of(req.params.get("token", "")))
    if key_id is None:
        return problem("notAuthenticated", "The link was used, has expired, or never was one. Ask for another.")
    await audited("link.use", key_id)
    headers = {"Location": LANDING, "Set-Cookie": cookie_for(key_id, req), "Referrer-Policy": "no-referrer"}
    return func.HttpResponse(status_code=303, headers={**headers, "Cache-Control": "no-store"})


def _shown(key: ApiKey) -> dict[str, Any]:
    told: dict[str, Any] = to_document(key)
    return {name: value for name, value in told.items() if name not in ("digest", "kind", "schema")}
