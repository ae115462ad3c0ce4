"""What operators and settings say about sending, as a decision needs it: pauses and allowed countries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.customers.caps import Cap
from domain.customers.customer import Customer
from domain.customers.hours import QuietHours, opening, outside_of
from domain.messages.attempt import Reason
from domain.traits import TRAITS

NEVER_RELEASED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pause:
    """Sending is stopped, for what all of `channel`, `sender` and `category` name; for everything when none is named.

    One-time codes pass unless `includes_authentication`. Without `until` it lasts until somebody resumes.
    """

    id: str
    reason: str = field(repr=False)
    by: str
    at: datetime
    until: datetime | None = None
    channel: str | None = None
    sender: str | None = None
    category: str | None = None
    includes_authentication: bool = False

    def stops(self, channel: str | None, sender: str | None, category: str, now: datetime) -> bool:
        if category == "authentication" and not self.includes_authentication:
            return False
        wanted = ((self.channel, channel), (self.sender, sender), (self.category, category))
        return (self.until is None or now < self.until) and all(mine in (None, theirs) for mine, theirs in wanted)


def _unknown_zones(_: str) -> tuple[str, ...]:
    return ()


def _unknown_country(_: str) -> str | None:
    return None


@dataclass(frozen=True)
class Rules:
    """`released_at`: when somebody last resumed sending, as far as these rules know. A message that is held under older
    rules is looked at again. `countries`: where phone numbers may be written to, None for everywhere. `country_of`
    tells the country of a phone number. `senders`: who sends on each channel. `quiet_hours` are the company's, in
    its `time_zone`; `zones_of` tells the time zones of a phone number. `caps`: how much
    marketing a customer gets at most.
    """

    pauses: tuple[Pause, ...] = ()
    released_at: datetime = NEVER_RELEASED
    countries: frozenset[str] | None = None
    country_of: Callable[[str], str | None] = _unknown_country
    senders: Mapping[str, str] = field(default_factory=dict)
    quiet_hours: tuple[QuietHours, ...] = ()
    time_zone: str = "UTC"
    zones_of: Callable[[str], tuple[str, ...]] = _unknown_zones
    caps: tuple[Cap, ...] = ()

    def opens_at(self, category: str, customer: Customer | None, number: str | None, now: datetime) -> datetime:
        """When this may be sent: `now`, or the end of the quiet hours.

        The customer's own quiet hours count for all messages; for marketing also those that they do not prefer, and
        the company's quiet hours if they said nothing of both. Hours follow the customer's zone; else the zones of
        their phone number, all of which must allow it; else the company's zone. If no moment suits all zones of a
        number, the company's zone decides.
        """
        quiet = customer.quiet_hours if customer else ()
        if category == "marketing":
            quiet = (*quiet, *outside_of(customer.preferred_hours if customer else ())) or self.quiet_hours
        if not quiet:
            return now
        own = (customer.time_zone,) if customer and customer.time_zone else ()
        zones = own or (self.zones_of(number) if number else ()) or (self.time_zone,)
        return opening(quiet, zones, now) or opening(quiet, (self.time_zone,), now) or now

    def pause_of(self, channel: str | None, category: str, now: datetime) -> Pause | None:
        """What stops sending on this channel; on every channel, for None."""
        sender = self.senders.get(channel) if channel else None
        return next((it for it in self.pauses if it.stops(channel, sender, category, now)), None)

    def next_end(self, now: datetime) -> datetime | None:
        """When the next pause ends by itself."""
        return min((it.until for it in self.pauses if it.until and it.until > now), default=None)

    def why_country_is_refused(self, channel: str, address: str) -> Reason | None:
        if self.countries is None or TRAITS[channel].address != "phoneNumber":
            return None
        country = self.country_of(address)
        if country in self.countries:
            return None
        return Reason("countryNotAllowed", f"Numbers of {country or 'an unknown country'} are not on the allow-list.")


NO_RULES = Rules()
"""Nothing is paused, and every country is allowed."""
