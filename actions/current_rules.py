"""The rules of sending as they are now: what operators have said, and what the settings say."""

from channels.countries import country_of, zones_of
from domain import clock
from domain.messages.rules import Rules
from services import Services


async def current_rules(services: Services) -> Rules:
    """At most a second old. Raises `StoreUnavailable`."""
    sending = await services.controls.current()
    countries = services.settings.countries
    if countries is not None:
        countries |= sending.exempts("country", clock.now())
    senders = {name: channel.sender for name, channel in services.channels.items()}
    return Rules(
        pauses=sending.pauses,
        released_at=sending.released_at,
        countries=countries,
        country_of=country_of,
        senders=senders,
        quiet_hours=services.settings.company_quiet_hours,
        time_zone=services.settings.time_zone,
        zones_of=zones_of,
        caps=services.settings.caps,
    )
