"""The bodies of requests about who may be written to. Field by field they are described in docs/consent.md."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from domain import clock
from domain.customers.consent import Statement, StatementKind
from domain.customers.suppression import LIFTED_BY_START, Suppression, SuppressionReason
from domain.errors import InvalidValue
from domain.traits import takes_email_addresses
from triggers.http.requests.access_bodies import Ahead, Category, ShortLine
from triggers.http.requests.fields import E164, BodyText, ChannelName, EmailAddress, Moment, PhoneNumber
from triggers.http.requests.read_body import Body

LONGEST_WORDING = 1000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=5)
T = TypeVar("T")
EMAIL_ADDRESS, PHONE_NUMBER = TypeAdapter(EmailAddress), TypeAdapter(PhoneNumber)


def _past(moment: datetime) -> datetime:
    """Clocks differ: what lies a little ahead is now."""
    now = clock.now()
    if not EARLIEST < moment <= now + CLOCKS_DIFFER:
        raise InvalidValue("outOfRange", "must not lie ahead, nor before 1970")
    return min(moment, now)


Past = Annotated[Moment, AfterValidator(_past)]


class AddressBody(Body):
    """`POST /api/suppressions/find`: an address on a channel."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"channel": {"const": "email"}}},
            "then": {"properties": {"address": {"format": "email"}}},
            "else": {"properties": {"address": {"pattern": f"^{E164}$"}}},
        }
    )

    channel: ChannelName
    address: Annotated[str, Field(max_length=254)]

    @field_validator("address")
    @classmethod
    def of_the_channel(cls, address: str, others: ValidationInfo) -> str:
        channel = others.data.get("channel")
        if channel is None:
            return address
        kind = EMAIL_ADDRESS if takes_email_addresses(channel) else PHONE_NUMBER
        try:
            return str(kind.validate_python(address))
        except ValidationError as wrong:
            raise wrong.errors()[0].get("ctx", {}).get("error") or InvalidValue("format", "is no address") from None


class SuppressionBody(AddressBody):
    """`POST /api/suppressions`: an address must not be written to, with all messages or with those of `categories`.

    `at`: since when, for one that is brought along from elsewhere; now unless given.
    """

    reason: SuppressionReason = "manual"
    at: Past | None = None
    until: Ahead | None = None
    categories: Annotated[tuple[Category, ...], Field(json_schema_extra={"uniqueItems": True})] = ()
    note: ShortLine | None = None

    @field_validator("until", "categories")
    @classmethod
    def not_of_their_own_word(cls, value: T, others: ValidationInfo) -> T:
        if value and others.data.get("reason") in LIFTED_BY_START:
            raise InvalidValue("contradiction", "must not be given: what customers say themselves holds until START")
        return value

    def to_suppression(self, source: str) -> Suppression:
        return Suppression(
            self.reason,
            at=self.at or clock.now(),
            until=self.until,
            source=source,
            categories=tuple(sorted(set(self.categories))),
            note=self.note,
        )


class EvidenceBody(Body):
    """How it is known what a customer said, and when. `source` says by which way, as in "web form"."""

    source: ShortLine
    at: Past | None = None
    wording: Annotated[BodyText | None, Field(max_length=LONGEST_WORDING)] = None
    reference: ShortLine | None = None


class ConsentBody(Body):
    """`PUT /api/customers/{id}/consents/{channel}/{topic}`: what the customer said, with its evidence."""

    state: StatementKind
    evidence: EvidenceBody

    def to_statement(self, by: str) -> Statement:
        now, evidence = clock.now(), self.evidence
        return Statement(self.state, evidence.at or now, evidence.source, by, now, evidence.wording, evidence.reference)


class LiftingBody(AddressBody):
    """`POST /api/suppressions/lift`: this reason holds no more, and why."""

    reason: SuppressionReason
    note: ShortLine
