"""The page that shows this API to people."""

import json
import re
import shutil
import subprocess

import pytest

from tests.platform import a_platform
from triggers.http.api_docs import api_page, content_security_policy
from triggers.http.openapi import description

BROWSER = """
class Element {
  constructor(name) { Object.assign(this, { name, children: [], attributes: {}, listeners: {}, value: "" }); }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  addEventListener(name, listener) { this.listeners[name] = listener; }
  set textContent(text) { this.children = [text]; }
  get text() { return this.children.map((each) => each.text ?? String(each)).join("\\n"); }
  all(name) {
    return this.children.flatMap((each) => (each.name === name ? [each] : []).concat(each.all?.(name) ?? []));
  }
}
const main = new Element("main"), status = new Element("p");
globalThis.document = {
  createElement: (name) => new Element(name),
  getElementById: (id) => ({ page: main, status })[id],
};
globalThis.location = { pathname: "/api/docs/", search: "?code=secret" };
const asked = [];
globalThis.fetch = async (url, options) => {
  asked.push([url, options]);
  if (url.endsWith("/openapi.json")) return { ok: true, json: async () => API };
  return { status: 202, statusText: "Accepted", text: async () => '{"messageId":"1"}' };
};
eval(SCRIPT);
await new Promise((resolve) => setTimeout(resolve));
const section = main.all("section").find((each) => each.attributes.id === "get_message");
section.all("input")[0].value = "a/b c";
await section.all("button")[0].listeners.click();
console.log(JSON.stringify({ text: main.text, status: status.text, asked, answer: section.all("pre")[0].text }));
"""
"""As much of a browser as the page needs, and a click."""


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


def script() -> str:
    [script] = re.findall(r"<script>(.*?)</script>", api_page(), re.DOTALL)
    return str(script)


async def test_the_page_is_served_with_a_policy_that_lets_it_ask_this_app_alone(platform):
    answer = await platform.call("GET", "/api/docs")

    assert (answer.status, answer.body) == (200, api_page())
    assert answer.headers["Content-Type"].startswith("text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == content_security_policy()
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_page_names_no_other_place_and_writes_no_markup_from_data():
    assert re.findall(r"https?://", api_page()) == []
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\son\w+=|style=", api_page()) == []


@pytest.fixture(scope="module")
def shown():
    """What a browser shows, and what it asked for."""
    if not shutil.which("node"):
        pytest.skip("needs Node")
    program = f"const API = {json.dumps(description())};\nconst SCRIPT = {json.dumps(script())};\n{BROWSER}"
    command = ["node", "--input-type=module", "-"]
    ended = subprocess.run(command, input=program, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_it_shows_every_route_every_field_and_every_answer(shown):
    lines = set(shown["text"].splitlines())

    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in lines
            assert {operation["summary"], *operation["responses"]} <= lines
            assert {parameter["name"] for parameter in operation.get("parameters", [])} <= lines
    for shape in ("MessageBody", "RouteStepBody", "CustomerBody", "OutboundMessage"):
        assert set(description()["components"]["schemas"][shape]["properties"]) <= lines, shape


def test_it_asks_with_the_key_of_its_address_and_shows_what_is_answered(shown):
    assert [(url, options["headers"]) for url, options in shown["asked"]] == [
        ("/api/openapi.json", {"X-Landfall-Console": "1", "x-functions-key": "secret"}),
        ("/api/messages/a%2Fb%20c", {"X-Landfall-Console": "1", "x-functions-key": "secret"}),
    ]
    assert shown["answer"] == '202 Accepted\n\n{\n  "messageId": "1"\n}'
