"""A customer says by a link what they want, and what they do not."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from actions.preference_links import PreferenceLink, topics_of
from domain import clock
from domain.customers.consent import ALL, Statement, StatementKind
from domain.errors import CustomerErased, InvalidValue
from services import Services

ONE_CLICK, PAGE, CONFIRMED = "one-click unsubscribe", "preference page", "confirmation link"
BY = "customer"
A_MOMENT = timedelta(microseconds=1)


async def unsubscribe(services: Services, link: PreferenceLink) -> None:
    """They want no more of this by this channel: for everybody who has the address. Safe to repeat."""
    customer = await services.customers.read(link.customer_id)
    row = await services.addresses.row_of(link.channel, link.address)
    people = {customer.id: customer.external_id} if customer else {}
    people |= {each.customer_id: each.external_customer_id for each in (row.holders if row else ())}
    for customer_id, external_id in people.items():
        await _state(services, customer_id, external_id, [(link.channel, link.topic)], "withdrawn", ONE_CLICK)


async def choose(
    services: Services, link: PreferenceLink, on_page: Iterable[tuple[str, str]], wanted: Iterable[tuple[str, str]]
) -> None:
    """Of what was on the page they want this and nothing else. What they never said anything about stays so.

    What they say about everything counts for each topic, so that comes first, and each topic a moment later.
    """
    now, seen, wants = clock.now(), set(on_page), set(wanted)
    for at, is_of_all in ((now, True), (now + A_MOMENT, False)):
        customer = await services.customers.read(link.customer_id, newest=True)
        if customer is None:
            return
        shown = [
            (place, agreed)
            for place, agreed in topics_of(customer, link).items()
            if place in seen and is_of_all is (place[1] == ALL)
        ]
        unwanted = [place for place, agreed in shown if agreed and place not in wants]
        new = [place for place, agreed in shown if not agreed and place in wants]
        await _state(services, customer.id, customer.external_id, unwanted, "withdrawn", PAGE, at)
        await _state(services, customer.id, customer.external_id, new, "granted", PAGE, at)


async def confirm(services: Services, link: PreferenceLink) -> None:
    """They confirm what they have asked for. A link counts while that is what was said last: not after a withdrawal."""
    customer = await services.customers.read(link.customer_id)
    if customer:
        now = clock.now()
        statement = Statement("granted", now, CONFIRMED, BY, now)
        place = (link.channel, link.topic)
        await services.customers.stated(customer.id, customer.external_id, *place, statement, if_asked=True)


async def want_nothing(services: Services, link: PreferenceLink) -> None:
    """They want no marketing, by whatever channel."""
    customer = await services.customers.read(link.customer_id, newest=True)
    await unsubscribe(services, link)
    if customer:
        places = [(channel, ALL) for channel in {channel for channel, _ in topics_of(customer, link)}]
        await _state(services, customer.id, customer.external_id, places, "withdrawn", PAGE)


async def _state(
    services: Services,
    customer_id: str,
    external_id: str,
    places: Iterable[tuple[str, str]],
    kind: StatementKind,
    source: str,
    at: datetime | None = None,
) -> None:
    moment = at or clock.now()
    for channel, topic in places:
        statement = Statement(kind, moment, source, BY, moment)
        with suppress(InvalidValue, CustomerErased):  # one topic more than there may be, or nobody to write to
            await services.customers.stated(customer_id, external_id, channel, topic, statement)
