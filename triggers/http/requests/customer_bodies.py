"""The bodies of requests about customers. Field by field they are described in docs/customers.md."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from domain import clock
from domain.customers.addresses import is_same
from domain.customers.customer import Customer
from domain.customers.hours import DAYS, Day, QuietHours, opening, outside_of
from domain.errors import InvalidValue
from domain.identities import digest
from triggers.http.requests.fields import (
    Attributes,
    ChannelName,
    ClockTime,
    Locale,
    Tag,
    TimeZone,
)
from triggers.http.requests.read_body import Body
from triggers.http.requests.request_bodies import ContactPoints, OtherContactPoints, each_once

MOST_QUIET, MOST_TAGS = 14, 50
A_MONDAY = datetime(2027, 3, 1, tzinfo=UTC)
TOLD = Field(default=None, json_schema_extra={"readOnly": True})
"""A field of answers that requests may repeat. It changes nothing."""


class QuietHoursBody(Body):
    """When a customer does not want to be written to, by their own clock; over midnight when `to` is not later."""

    begins: Annotated[ClockTime, Field(alias="from")]
    ends: Annotated[ClockTime, Field(alias="to")]
    days: Annotated[
        tuple[Day, ...], AfterValidator(each_once), Field(json_schema_extra={"minItems": 1, "uniqueItems": True})
    ] = DAYS

    def to_quiet_hours(self) -> QuietHours:
        return QuietHours(self.begins, self.ends, self.days)


def _named_days(hours: tuple[QuietHoursBody, ...]) -> tuple[QuietHoursBody, ...]:
    if len(hours) > MOST_QUIET:
        raise InvalidValue("tooLong", f"must not have more than {MOST_QUIET} entries")
    if any(not each.days for each in hours):
        raise InvalidValue("empty", "must name at least one day")
    return hours


def _leave_some_time(hours: tuple[QuietHoursBody, ...]) -> tuple[QuietHoursBody, ...]:
    quiet = [each.to_quiet_hours() for each in _named_days(hours)]
    if quiet and opening(quiet, ("UTC",), A_MONDAY) is None:
        raise InvalidValue("contradiction", "must leave some time in which the customer may be written to")
    return hours


def _not_many_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(tags) > MOST_TAGS:
        raise InvalidValue("tooLong", f"must not have more than {MOST_TAGS} tags")
    return tags


class CustomerBody(Body):
    """`PUT /api/customers/{id}`: all that is on file of a customer; what is left out is removed.

    What an answer tells besides may be sent back: it is ignored, but for the id, which has to be the customer's.
    """

    contact_points: ContactPoints = Field(default_factory=ContactPoints)
    other_contact_points: OtherContactPoints = Field(default_factory=OtherContactPoints)
    locale: Locale | None = None
    time_zone: TimeZone | None = None
    channels: Annotated[
        tuple[ChannelName, ...], AfterValidator(each_once), Field(json_schema_extra={"uniqueItems": True})
    ] = ()
    quiet_hours: Annotated[
        tuple[QuietHoursBody, ...], AfterValidator(_leave_some_time), Field(json_schema_extra={"maxItems": MOST_QUIET})
    ] = ()
    preferred_hours: Annotated[
        tuple[QuietHoursBody, ...], AfterValidator(_named_days), Field(json_schema_extra={"maxItems": MOST_QUIET})
    ] = ()

    @field_validator("preferred_hours")
    @classmethod
    def not_all_quiet(cls, hours: tuple[QuietHoursBody, ...], others: ValidationInfo) -> tuple[QuietHoursBody, ...]:
        preferred = tuple(each.to_quiet_hours() for each in hours)
        quiet = [each.to_quiet_hours() for each in others.data.get("quiet_hours", ())]
        if preferred and opening([*quiet, *outside_of(preferred)], ("UTC",), A_MONDAY) is None:
            raise InvalidValue("contradiction", "must leave some time beside the quiet hours")
        return hours

    tags: Annotated[
        tuple[Tag, ...],
        AfterValidator(each_once),
        AfterValidator(_not_many_tags),
        Field(json_schema_extra={"uniqueItems": True, "maxItems": MOST_TAGS}),
    ] = ()
    attributes: Attributes = Field(default_factory=dict)
    customer_id: str | None = TOLD
    customer_key: str | None = TOLD
    updated_at: str | None = TOLD

    @field_validator("other_contact_points")
    @classmethod
    def beside_a_preferred_one(cls, more: OtherContactPoints, others: ValidationInfo) -> OtherContactPoints:
        preferred = others.data["contact_points"].by_channel() if "contact_points" in others.data else {}
        for channel, addresses in more.by_channel().items():
            if channel not in preferred and "contact_points" in others.data:
                raise InvalidValue("contradiction", f"must not have {channel}, since contactPoints has none")
            known = [preferred[channel]] if channel in preferred else []
            for address in addresses:
                if any(is_same(channel, address, each) for each in known):
                    raise InvalidValue("duplicate", "must name each address once, and not the one in contactPoints")
                known.append(address)
        return more

    def to_customer(self, external_id: str) -> Customer:
        """Raises `InvalidValue` where the body is of another customer."""
        if self.customer_id not in (None, external_id):
            raise InvalidValue("contradiction", "must be the id in the path")
        return Customer(
            id=digest(external_id),
            external_id=external_id,
            contact_points=self.contact_points.by_channel(),
            other_contact_points=self.other_contact_points.by_channel(),
            locale=self.locale,
            time_zone=self.time_zone,
            channels=self.channels,
            quiet_hours=tuple(each.to_quiet_hours() for each in self.quiet_hours),
            preferred_hours=tuple(each.to_quiet_hours() for each in self.preferred_hours),
            tags=tuple(sorted(self.tags)),
            attributes=self.attributes,
            updated_at=clock.now(),
        )
