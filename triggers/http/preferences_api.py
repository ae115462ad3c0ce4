"""HTTP: the pages behind links to customers: what they want to get, and whether they have asked for it."""

from html import escape
from itertools import groupby
from urllib.parse import parse_qs

import azure.durable_functions as df
import azure.functions as func

from actions.preference_links import PreferenceLink, link_in, topics_of
from actions.state_preferences import choose, confirm, unsubscribe, want_nothing
from domain.customers.consent import ALL
from domain.traits import TRAITS
from services import services
from triggers.http.audited import audited
from triggers.http.gate import allow_anybody
from triggers.http.responses.pages import page

bp = df.Blueprint()

LARGEST_FORM = 16 * 1024


@bp.route("preferences/{token}", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def get_preferences(req: func.HttpRequest) -> func.HttpResponse:
    """What a customer gets, by channel and topic. It changes nothing: mail scanners follow links."""
    link = link_in(services(), "preferences", req.route_params["token"])
    return await _shown(link) if link else _no_link()


@bp.route("preferences/{token}", methods=[func.HttpMethod.POST], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def post_preferences(req: func.HttpRequest) -> func.HttpResponse:
    """Unsubscribe with one click (RFC 8058), or save what was chosen on the page."""
    link = link_in(services(), "preferences", req.route_params["token"])
    if link is None:
        return _no_link()
    form = parse_qs(req.get_body()[:LARGEST_FORM].decode(errors="replace"))
    asked = form.get("do", [""])[0]
    choice = asked if asked in ("save", "nothing") else "unsubscribe"  # as mail programs do, who name no choice
    key = services().customer_keys.key_of(link.customer_id)
    await audited("preferences.change", key, choice=choice, channel=link.channel, topic=link.topic)
    if choice == "save":
        await choose(services(), link, _places(form.get("shown", [])), _places(form.get("want", [])))
    elif choice == "nothing":
        await want_nothing(services(), link)
    else:
        await unsubscribe(services(), link)
    return await _shown(link, is_saved=True)


@bp.route("confirmations/{token}", methods=[func.HttpMethod.GET], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def get_confirmation(req: func.HttpRequest) -> func.HttpResponse:
    """Ask whether they want what was asked for in their name. It changes nothing."""
    link = link_in(services(), "confirmations", req.route_params["token"])
    if link is None:
        return _no_link()
    customer = await services().customers.read(link.customer_id, newest=True)
    if customer is None or not customer.is_asked(link.channel, link.topic):
        return _confirmed(bool(customer and customer.has_agreed(link.channel, link.topic)))
    body = f"""<main>
<h1>Do you want this?</h1>
<p>{TRAITS[link.channel].label}: {_name(link.topic)}</p>
<form method="post"><button class="main">Yes, I want it</button></form>
<p>If you did not ask for it, close this page: then nothing is sent.</p>
</main>"""
    return page("Do you want this?", body, Cache_Control="no-store")


@bp.route("confirmations/{token}", methods=[func.HttpMethod.POST], auth_level=func.AuthLevel.ANONYMOUS)
@allow_anybody
async def post_confirmation(req: func.HttpRequest) -> func.HttpResponse:
    """They want it."""
    link = link_in(services(), "confirmations", req.route_params["token"])
    if link is None:
        return _no_link()
    key = services().customer_keys.key_of(link.customer_id)
    await audited("consent.confirm", key, channel=link.channel, topic=link.topic)
    await confirm(services(), link)
    customer = await services().customers.read(link.customer_id, newest=True)
    return _confirmed(bool(customer and customer.has_agreed(link.channel, link.topic)))


def _confirmed(agreed: bool) -> func.HttpResponse:  # the answer to a question
    said = "Thank you. You get it from now on." if agreed else "There is nothing to confirm here any more."
    return page("Confirmation", f"<main><h1>{said}</h1></main>", Cache_Control="no-store")


def _places(values: list[str]) -> list[tuple[str, str]]:
    return [(channel, topic) for value in values for channel, _, topic in [value.partition("/")]]


async def _shown(link: PreferenceLink, *, is_saved: bool = False) -> func.HttpResponse:
    customer = await services().customers.read(link.customer_id, newest=True)
    groups = groupby(topics_of(customer, link).items(), key=lambda item: item[0][0])
    fields = "\n".join(
        f"<fieldset><legend>{TRAITS[channel].label}</legend>\n{''.join(_box(*each) for each in topics)}</fieldset>"
        for channel, topics in groups
    )
    done = '<p class="done" role="status">Your choice is saved.</p>' if is_saved else ""
    body = f"""<main>
<h1>What you get from us</h1>
{done}
<form method="post">
{fields}
<button class="main" name="do" value="save">Save</button>
<button name="do" value="nothing">Unsubscribe from everything</button>
</form>
<p>Messages about your orders and your account still come.</p>
</main>"""
    return page("What you get from us", body, Cache_Control="no-store")


def _box(place: tuple[str, str], wanted: bool) -> str:  # the items of a dict
    channel, topic = place
    checked = " checked" if wanted else ""
    place_name = f"{channel}/{topic}"
    shown = f'<input type="hidden" name="shown" value="{place_name}">'
    box = f'<input type="checkbox" name="want" value="{place_name}"{checked}>'
    return f"{shown}<label>{box} {_name(topic)}</label>\n"


def _name(topic: str) -> str:
    return "News and offers" if topic == ALL else escape(topic.replace("-", " ").capitalize())


def _no_link() -> func.HttpResponse:
    body = "<main><h1>This link is not complete</h1><p>Open it as it stands in the email.</p></main>"
    return page("This link is not complete", body, 404, Cache_Control="no-store")
