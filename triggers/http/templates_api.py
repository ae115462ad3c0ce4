"""HTTP: templates, and what they say."""

import hashlib
import json
import re
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.render import rendered
from content.rendering import BadTemplate
from content.template import Template
from domain import clock
from domain.errors import InvalidMessage
from domain.identities import digest
from domain.serialization import to_document
from domain.traits import CHANNELS
from services import services
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.requests.fields import TEMPLATE_NAME
from triggers.http.requests.paging import foreign_after, limit_in, only, page_of
from triggers.http.requests.read_body import read_body
from triggers.http.requests.template_bodies import PreviewBody, TemplateBody
from triggers.http.responses.json_response import answer
from triggers.http.responses.previews import previewed
from triggers.http.responses.problems import problem

bp = df.Blueprint()


@bp.route("templates/{name}", methods=[func.HttpMethod.PUT])
@allow("marketer", "admin")
async def put_template(req: func.HttpRequest) -> func.HttpResponse:
    """Put a template, whole: its next version, 201; or 200 when it is the same already. The body is `TemplateBody`.

    Messages that were accepted keep what they say.
    """
    name, body = _name_in(req), read_body(req, TemplateBody)
    sources, by_name = body.sources(), {locale.lower() for locale in body.locales}
    if body.default_locale.lower() not in by_name:
        raise InvalidMessage(("defaultLocale", "unknown", "must be one of the languages of the template"))
    told = json.dumps(to_document({"default": body.default_locale, "locales": sources}), sort_keys=True)
    hashed = hashlib.sha256(told.encode()).hexdigest()[:32]
    new = Template(name, 0, body.default_locale, sources, hashed, clock.now(), current_caller().name)
    try:
        new.check()
    except BadTemplate as wrong:
        place, _, reason = str(wrong).partition(" ")
        raise InvalidMessage((place, "format", reason)) from None
    await audited("template.put", name, digest=hashed)
    template = await services().templates.put(new)
    return answer(201 if template.created_at == new.created_at else 200, _told(template))


@bp.route("templates/{name}", methods=[func.HttpMethod.GET])
@allow("sender", "reader", "agent", "marketer", "admin")
async def get_template(req: func.HttpRequest) -> func.HttpResponse:
    """A template as it was put; its current version, or the one of `version`."""
    only(req, "version")
    template = await services().templates.find(_name_in(req), _version_in(req))
    return answer(200, _told(template)) if template else problem("templateNotFound")


@bp.route("templates", methods=[func.HttpMethod.GET])
@allow("sender", "reader", "agent", "marketer", "admin")
async def get_templates(req: func.HttpRequest) -> func.HttpResponse:
    """The templates, the latest changed first."""
    only(req)
    try:
        found, following = await services().templates.page(limit_in(req), req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    return answer(200, page_of([_told(each) for each in found], following))


@bp.route("templates/{name}/preview", methods=[func.HttpMethod.POST])
@allow("sender", "reader", "agent", "marketer", "admin")
async def preview_template(req: func.HttpRequest) -> func.HttpResponse:
    """What it says on each channel, and how many parts an SMS takes. Sends nothing. The body is `PreviewBody`."""
    name, body = _name_in(req), read_body(req, PreviewBody)
    template = await services().templates.find(name, body.version)
    if template is None:
        return problem("templateNotFound")
    customer = await services().customers.read(digest(body.customer_id)) if body.customer_id else None
    content = rendered(template, body.data, body.locale, customer, place="")
    return answer(
        200,
        {
            "name": template.name,
            "version": template.version,
            "locale": content.locale,
            "variables": template.variables(content.locale or template.default_locale),
            "channels": {channel: previewed(content, channel) for channel in CHANNELS},
        },
    )


def _name_in(req: func.HttpRequest) -> str:
    """Raises `InvalidMessage`."""
    name: str = req.route_params["name"]
    if not TEMPLATE_NAME.fullmatch(name):
        raise InvalidMessage(("name", "format", "must be 1 to 64 small letters, digits or hyphens, as in parcel-sent"))
    return name


def _version_in(req: func.HttpRequest) -> int | None:
    text = req.params.get("version")
    if text is None:
        return None
    if not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise InvalidMessage(("version", "outOfRange", "must be a number from 1 on"))
    return int(text)


def _told(template: Template) -> dict[str, Any]:
    told: dict[str, Any] = to_document(template)
    names = ("name", "version", "defaultLocale", "locales", "createdAt", "createdBy")
    needed = {name for locale in template.locales for name in template.variables(locale)}
    return {**{name: told[name] for name in names}, "variables": sorted(needed)}
