"""The bodies of requests about imports, and the rows of their tables. Described in docs/customers.md."""

from typing import Annotated

from pydantic import Field, StrictBool, field_validator

from domain import clock
from domain.customers.consent import Statement, StatementKind
from domain.texts import header_value
from store.imports import ImportKind
from triggers.http.requests.access_bodies import ShortLine
from triggers.http.requests.fields import BodyText, ChannelName, CustomerId, Topic
from triggers.http.requests.permission_bodies import LONGEST_WORDING, Past
from triggers.http.requests.read_body import Body

MOST_PAGES = 100_000
LARGEST_PAGE = 4 * 1024 * 1024
"""Bytes."""


class ImportBody(Body):
    """`POST /api/imports`: what the pages are about. `name` is for people."""

    kind: ImportKind
    dry_run: StrictBool = False
    name: ShortLine | None = None

    @field_validator("name")
    @classmethod
    def one_line(cls, name: str | None) -> str | None:
        return header_value(name) if name is not None else None


class CustomerRow(Body):
    """Whom a row of customers is about; the rest of it is a merge patch of what is on file."""

    customer_id: CustomerId


class ConsentRow(Body):
    """A row of consents: what a customer said, and the evidence with its date."""

    customer_id: CustomerId
    channel: ChannelName
    topic: Topic
    state: StatementKind
    at: Past
    source: ShortLine
    wording: Annotated[BodyText | None, Field(max_length=LONGEST_WORDING)] = None
    reference: ShortLine | None = None

    def to_statement(self, by: str) -> Statement:
        return Statement(self.state, self.at, self.source, by, clock.now(), self.wording, self.reference)
