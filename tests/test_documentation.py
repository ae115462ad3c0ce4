"""What the documents say is there: routes, commands, bodies, tables, links."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from azure.eventgrid import EventGridEvent
from pydantic import ValidationError

from channels.providers import REPLIES, REPORTS, read_reply, read_report
from domain.clock import from_text
from domain.conversations.inbound import ReplyNotice
from domain.messages.attempt import RANKS
from domain.messages.message import Notice
from domain.serialization import from_document
from domain.traits import TRAITS
from events import topic_events
from events.event import read_event
from events.status_events import _event, _reply_event
from events.topic_events import read_topic_event
from local.commands import main
from local.host.app.app_loader import load_app
from local.host.http.http_triggers import route_of
from local.providers.behaviours import BEHAVIOURS
from local.providers.control import control_routes
from settings import Settings
from tests.domain.messages.records import a_message
from triggers.http.conversations_api import LARGEST_TOP
from triggers.http.described.every_operation import OPERATIONS
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.fields import LONGEST, SHORTEST
from triggers.http.requests.read_body import LARGEST_BODY, Body
from triggers.http.requests.request_bodies import MessageBody, RouteStepBody
from triggers.http.responses.problem_types import FIELD_CODES, PROBLEM_TYPES

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
RECIPES = ROOT / "docs" / "recipes.md"  # run as a whole by tests/end_to_end/test_pages.py
APP, STAND_INS = "http://127.0.0.1:7071", "http://127.0.0.1:7072"


@dataclass(frozen=True)
class Request:
    """A request that a document makes. `body` is JSON text, empty without one."""

    page: str
    method: str
    url: str
    body: str = ""
    is_refused: bool = False

    def __str__(self) -> str:
        return f"{self.page}: {self.method} {self.url}"


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def shell_of(page: Path) -> str:
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))


def curls(page: Path) -> Iterator[Request]:
    for command in re.sub(r"/\$[A-Z]+", "/id", shell_of(page)).split("curl -s")[1:]:
        [(options, url)] = re.findall(r"""\A(.*?)["']?(http[^\s"'$]*|\$)""", command)
        body = re.search(r"-d '(.*?)'", command, re.DOTALL)
        method = re.search(r"-X (\w+)", options)
        name = method[1] if method else "POST" if body else "GET"
        if url != "$":  # a URL that an answer gave
            url = f"{url}id" if url.endswith("/") else url  # an id that an answer gave
            yield Request(page.name, name, url, body[1] if body else "")


def http_requests() -> Iterator[Request]:
    text = text_of("test.http").replace("{{app}}", APP).replace("{{local}}", STAND_INS)
    for block in text.split("\n###")[1:]:
        [(method, url)] = re.findall(r"^([A-Z]+) (\S+)$", block, re.MULTILINE)
        _, _, body = block.strip().partition("\n\n")
        if url.startswith("http"):
            yield Request("test.http", method, re.sub(r"\{\{.*?\}\}", "id", url), body, block.startswith(" Refused"))


REQUESTS = [*(request for page in PAGES if page != RECIPES for request in curls(page)), *http_requests()]
each_request = pytest.mark.parametrize("request_", REQUESTS, ids=str)


@cache
def app_routes() -> list[tuple[str, str]]:
    """Method and template, such as ("GET", "/api/messages/{message_id}")."""
    routes = [route_of(function) for function in load_app(ROOT).of_kind("httpTrigger")]
    return [(method, f"/api/{route.template}") for route in routes for method in route.methods]


def local_routes() -> list[tuple[str, str]]:
    return [(route.method, route.path) for route in control_routes()]


def is_route_of(request: Request, method: str, template: str) -> bool:
    path = request.url.removeprefix(APP).removeprefix(STAND_INS).partition("?")[0]
    return method == request.method and bool(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path))


def is_answered(request: Request) -> bool:
    known = app_routes() if request.url.startswith(APP) else local_routes()
    return any(is_route_of(request, *route) for route in known)


def model_of(request: Request) -> type[Body] | None:
    if not request.body or not request.url.startswith(APP):
        return None
    body: type[Body] = next(it.body for it in OPERATIONS if is_route_of(request, it.method.upper(), f"/api{it.path}"))
    return body


def is_taken(model: type[Body], body: str) -> bool:
    try:
        model.model_validate_json(body)
    except ValidationError:
        return False
    return True


def test_the_documents_make_requests():
    assert {request.page for request in REQUESTS} == {
        "README.md",
        "consent.md",
        "customers.md",
        "local-platform.md",
        "templates.md",
        "timing.md",
        "test.http",
    }


@each_request
def test_a_request_in_the_documents_has_a_route(request_):
    assert is_answered(request_)


@each_request
def test_a_body_in_the_documents_is_taken_unless_it_says_refused(request_):
    model = model_of(request_)
    if model is None:
        return
    assert is_taken(model, request_.body) is not request_.is_refused


def test_the_bodies_in_the_contract_are_taken():
    bodies = re.findall(r"^```json\n(.*?)^```", text_of("docs/api.md"), re.DOTALL | re.MULTILINE)

    assert is_taken(MessageBody, bodies[0])
    assert is_taken(CustomerBody, bodies[2])


def routes_in(page: str, prefix: str) -> set[tuple[str, str]]:
    return set(re.findall(rf"`([A-Z]+) ({prefix}[^\s`?]+)", text_of(page)))


def test_the_routes_in_the_contract_are_those_of_the_app():
    assert routes_in("docs/api.md", "/api/") == set(app_routes())


def test_the_control_api_is_described_as_it_is():
    assert routes_in("docs/local-platform.md", "/local/") == set(local_routes()) - {("GET", "/")}


@pytest.mark.parametrize("body", [MessageBody, CustomerBody, RouteStepBody])
def test_every_field_is_in_the_contract(body):
    rows = set(re.findall(r"^\| `(\w+)` \|", text_of("docs/api.md"), re.MULTILINE))
    assert {field.alias for field in body.model_fields.values()} <= rows


def test_the_events_in_the_contract_are_those_that_are_read():
    listed = re.findall(r"^\| `(Microsoft\.\S+)` \|", text_of("docs/api.md"), re.MULTILINE)
    read = {*REPORTS, *REPLIES, topic_events.RECEIVED, *topic_events.STATUSES}
    assert {name.lower() for name in listed} == read


def test_the_errors_are_told_as_the_app_tells_them():
    types = [
        f"| `{code}` | {each.status} | {each.title} | {each.fixed_by} | {each.retry} |"
        for code, each in PROBLEM_TYPES.items()
    ]
    fields = [f"| `{code}` | {meaning} |" for code, meaning in FIELD_CODES.items()]
    page = text_of("docs/errors.md")

    assert "\n".join(["| --- | --- | --- | --- | --- |", *types, "", "`retry`"]) in page
    assert "\n".join(["| --- | --- |", *fields, "", "## Reasons"]) in page


def test_the_statuses_in_the_design_are_in_the_order_of_their_ranks():
    assert " < ".join(f"`{status}`" for status in RANKS) in text_of("docs/design.md")


@pytest.mark.parametrize("page", ["README.md", "docs/local-platform.md"])
def test_the_table_of_addresses_is_the_one_the_stand_ins_use(page):
    listed = re.findall(r"^\| (\d{4}) \| `(\w+)` \|", text_of(page), re.MULTILINE)
    assert listed == [(behaviour.digits, behaviour.name) for behaviour in BEHAVIOURS]


def test_every_target_of_make_in_the_documents_exists():
    named = {target for page in PAGES for target in re.findall(r"^make (\w+)", shell_of(page), re.MULTILINE)}
    targets = set(re.findall(r"^(\w+):", text_of("Makefile"), re.MULTILINE))

    assert {"run", "test", "demo"} <= named <= targets


COMMANDS = sorted({command for page in PAGES for command in re.findall(r"python -m local ([^\n#]+)", shell_of(page))})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_the_documents_is_understood(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])

    assert ended.value.code == 0


@pytest.mark.parametrize("page", [*PAGES, ROOT / "bench" / "README.md"], ids=lambda page: page.name)
def test_every_command_in_python_works_when_it_is_pasted(page):
    """Without the environment it ends in a traceback; `func` by itself runs the first Python in the PATH."""
    commands = re.findall(r"[\w./-]*python3? -m (?:local|bench|operations|pytest)[^\n`]*", page.read_text())

    assert [command for command in commands if not command.startswith(".venv")] == []


def test_the_flags_in_the_documents_are_those_of_serve(capsys):
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    flags = re.findall(r"^  (--[\w-]+)", capsys.readouterr().out, re.MULTILINE)

    assert re.findall(r"^\| `(--[\w-]+)` \|", text_of("docs/local-platform.md"), re.MULTILINE) == flags


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page):
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]
    files = [target for target in targets if target and ":" not in target]

    assert [target for target in files if not (page.parent / target).exists()] == []


def anchors_of(page: Path) -> set[str]:
    """As GitHub makes them of headings: lower case, no punctuation, a hyphen for each space."""
    without_code = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_there(page):
    links = re.findall(r"\]\(([^)\s:]*\.md)?#([^)\s]+)\)", page.read_text())
    targets = [((page.parent / name if name else page).resolve(), anchor) for name, anchor in links]

    assert [(file.name, anchor) for file, anchor in targets if anchor not in anchors_of(file)] == []


def test_the_index_leads_to_every_page():
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)[)#]", text_of("docs/README.md")))
    assert linked == {page.name for page in ROOT.glob("docs/*.md")} - {"README.md"}


def samples_in(page: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)]


STATUS_CHANGED, REPLY_RECEIVED, *UNDERSTOOD = samples_in("docs/events.md")


def test_the_sample_of_a_status_is_what_is_published():
    data, at = STATUS_CHANGED["data"], from_text(STATUS_CHANGED["eventTime"])
    notice = Notice(data["number"], data["status"], at, data["channel"], data["attempt"])
    named = {"reference": data["reference"], "metadata": data["metadata"]}
    message = a_message(id=data["messageId"], **named)
    message = replace(message, conversation_id=data["conversationId"])

    assert published(_event(message, notice, lambda _: data["customerKey"])) == STATUS_CHANGED


def test_the_sample_of_a_reply_is_what_is_published():
    data = REPLY_RECEIVED["data"]
    notice = from_document(ReplyNotice, {**data, "customerId": "0" * 32})

    assert published(_reply_event(notice, lambda _: data["customerKey"])) == REPLY_RECEIVED


def published(event: EventGridEvent) -> dict[str, Any]:
    told = {name: value for name, value in event.serialize().items() if name in STATUS_CHANGED}
    return {**told, "eventTime": told["data"]["at"]}


@pytest.mark.parametrize("sample", UNDERSTOOD, ids=lambda sample: str(sample["eventType"]))
def test_the_sample_of_an_event_that_we_take_is_understood(sample):
    event = read_event(json.dumps(sample))

    assert event
    assert read_topic_event(event) or read_reply(event) or read_report(event.type, event.data, event.at)


def test_the_limits_on_the_page_are_those_of_the_code():
    page = text_of("docs/limits.md")
    assert f"| body of a request | {LARGEST_BODY // 1024} KiB |" in page
    assert f"| text by SMS | {TRAITS['sms'].longest_text} characters |" in page
    assert f"| text by WhatsApp | {TRAITS['whatsapp'].longest_text} characters |" in page
    assert f"| page of a list | {LARGEST_TOP} |" in page
    assert f"`PT{SHORTEST.seconds}S` to `PT{LONGEST // timedelta(hours=1)}H`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_document_names_is_there(page):
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.\w+)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_setting_is_in_the_table_of_settings_and_no_other():
    listed = re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/settings.md"), re.MULTILINE)
    assert sorted(listed) == sorted(name.upper() for name in Settings.model_fields)


def test_the_sample_of_settings_is_json_with_texts_alone():
    values = json.loads(text_of("local.settings.sample.json"))["Values"]
    assert all(isinstance(value, str) for value in values.values())
