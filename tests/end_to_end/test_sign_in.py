"""Who is signed in: people that Entra knows, and browsers with a link."""

import json
from base64 import b64encode

import pytest

from tests.end_to_end.callers import SETUP, VALID, as_, key_for
from tests.platform import a_platform
from tests.stores import on_one_store

CONSOLE = {"X-Landfall-Console": "1"}


@pytest.fixture
async def platform(tmp_path, with_roles):
    async with a_platform(tmp_path) as platform:
        yield platform


# Entra


def principal(*claims):
    told = {"auth_typ": "aad", "claims": [{"typ": kind, "val": value} for kind, value in claims], "role_typ": "roles"}
    return b64encode(json.dumps(told).encode()).decode()


OID = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "11111111-2222-3333-4444-555555555555")


@on_one_store
async def test_a_forged_principal_is_refused_with_the_reason(platform):
    header = {"X-MS-CLIENT-PRINCIPAL": principal(OID, ("roles", "admin")), "Authorization": "Bearer x"}

    answer = await platform.call("GET", "/api/keys", headers=header)

    assert answer.status == 401
    assert "only where App Service Authentication is on" in answer.body["detail"]


@on_one_store
async def test_where_azure_signs_people_in_their_app_roles_count(platform, monkeypatch):
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    reader = {"X-MS-CLIENT-PRINCIPAL": principal(OID, ("roles", "Reader")), "Authorization": "Bearer x"}
    roleless = {"X-MS-CLIENT-PRINCIPAL": principal(OID), "Authorization": "Bearer x"}

    assert (await platform.call("GET", "/api/sending", headers=reader)).status == 200
    assert (await platform.call("GET", "/api/keys", headers=reader)).status == 403
    assert (await platform.call("GET", "/api/sending", headers=roleless)).status == 403
    for garbage in ("%", b64encode(b"[]").decode(), principal(("roles", "admin"))):
        header = {"X-MS-CLIENT-PRINCIPAL": garbage, "Authorization": "Bearer x"}
        assert (await platform.call("GET", "/api/keys", headers=header)).status == 401


@on_one_store
async def test_whoever_entra_knows_by_a_cookie_needs_our_header(platform, monkeypatch):
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    header = {"X-MS-CLIENT-PRINCIPAL": principal(OID, ("roles", "operator"))}

    answer = await platform.call("GET", "/api/sending", headers=header)

    assert (answer.status, "X-Landfall-Console" in answer.body["detail"]) == (403, True)
    assert (await platform.call("GET", "/api/sending", headers={**header, **CONSOLE})).status == 200


# browsers


async def signed_in(platform, key):
    link = (await as_(platform, key, "POST", "/api/access/links")).body["url"]
    async with platform._http.get(link, allow_redirects=False) as opened:
        assert (opened.status, opened.headers["Location"]) == (303, "/api/docs")
        assert {"HttpOnly", "SameSite=Strict"} <= set(opened.headers["Set-Cookie"].split("; "))
        return link, opened.headers["Set-Cookie"].partition(";")[0]


@on_one_store
async def test_a_link_signs_a_browser_in_once(platform):
    key = await key_for(platform, "operator", "reader")
    link, cookie = await signed_in(platform, key)

    again = await platform.call("GET", link)

    assert (again.status, "Set-Cookie" in again.headers) == (401, False)
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": cookie, **CONSOLE})).status == 200
    assert (await platform.call("GET", "/api/keys", headers={"Cookie": cookie, **CONSOLE})).status == 403


@on_one_store
async def test_a_link_that_nobody_opens_expires(platform):
    link = (await as_(platform, SETUP, "POST", "/api/access/links")).body["url"]
    await platform.advance(minutes=6)

    assert (await platform.call("GET", link)).status == 401


@on_one_store
async def test_a_cookie_without_our_header_or_from_another_page_is_refused_with_the_reason(platform):
    _, cookie = await signed_in(platform, await key_for(platform, "operator"))
    body = VALID["POST", "/api/sending/pause"]

    async def pause(**headers):
        answer = await platform.call("POST", "/api/sending/pause", body, {"Cookie": cookie, **headers})
        return answer.status, answer.body.get("detail", "")

    assert await pause() == (403, "A request with a cookie must have the header X-Landfall-Console.")
    assert (await pause(**CONSOLE))[0] == 403
    assert (await pause(**CONSOLE, Origin="https://evil.example.com"))[0] == 403
    assert (await pause(**CONSOLE, Origin=platform.host.url))[0] == 200


@on_one_store
async def test_a_session_ends_with_its_key_and_after_half_a_day(platform, monkeypatch):
    monkeypatch.setattr("store.api_keys.CACHED_SECONDS", 0)
    key, other = await key_for(platform, "reader"), await key_for(platform, "reader")
    (_, cookie), (_, others) = await signed_in(platform, key), await signed_in(platform, other)

    await as_(platform, SETUP, "DELETE", f"/api/keys/{key.split('_')[1]}")
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": cookie, **CONSOLE})).status == 401

    assert (await platform.call("GET", "/api/sending", headers={"Cookie": others, **CONSOLE})).status == 200
    await platform.advance(hours=13)
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": others, **CONSOLE})).status == 401
    forged = others[:-4] + "AAAA"
    assert (await platform.call("GET", "/api/sending", headers={"Cookie": forged, **CONSOLE})).status == 401
