"""What a browser is told about pages of other origins."""

import aiohttp
import pytest

from local.host.app.app_loader import load_app
from local.host.http.cors import Cors
from local.host.server import Host
from tests.local.durable.platform import APPS

PAGE, OTHER = "https://shop.example.com", "https://evil.example.com"


@pytest.fixture
def ask(tmp_path):
    """One request to a host; the status, and what it says to the browser."""

    async def ask(cors, method, origin, **headers):
        host = Host(load_app(APPS / "web"), tmp_path, cors=cors)
        await host.start()
        try:
            headers = {"Origin": origin, **{name.replace("_", "-"): value for name, value in headers.items()}}
            url = f"{host.url}/api/who_am_i"
            async with aiohttp.ClientSession() as http, http.request(method, url, headers=headers) as answer:
                told = {name.lower().removeprefix("access-control-"): value for name, value in answer.headers.items()}
                return answer.status, {name: value for name, value in told.items() if name.startswith("allow-")}
        finally:
            await host.stop()

    return ask


async def test_nobody_is_named_unless_a_setting_says_so(ask):
    assert await ask(Cors(), "GET", PAGE) == (200, {})


@pytest.mark.parametrize(("origin", "told"), [(PAGE, {"allow-origin": PAGE}), (OTHER, {})])
async def test_an_origin_that_is_named_may_read_and_no_other(origin, told, ask):
    assert await ask(Cors((PAGE,)), "GET", origin) == (200, told)


async def test_a_browser_that_asks_first_is_told_what_it_may_send(ask):
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type,x-functions-key"}

    status, told = await ask(Cors((PAGE,), with_credentials=True), "OPTIONS", PAGE, **asked)

    assert status == 204
    assert told["allow-origin"] == PAGE
    assert told["allow-headers"] == "content-type,x-functions-key"
    assert "POST" in told["allow-methods"]
    assert told["allow-credentials"] == "true"


async def test_another_origin_that_asks_first_gets_what_the_app_answers(ask):
    assert await ask(Cors((PAGE,)), "OPTIONS", OTHER, Access_Control_Request_Method="POST") == (200, {})


async def test_any_origin_may_be_named(ask):
    assert await ask(Cors(("*",)), "GET", OTHER) == (200, {"allow-origin": OTHER})
