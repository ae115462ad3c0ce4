"""The bodies of requests about templates. Field by field they are described in docs/templates.md."""

from typing import Annotated

from pydantic import Field, field_validator

from domain.errors import InvalidValue
from domain.messages.message import Content
from triggers.http.requests.fields import CustomerId, Locale, TemplateData
from triggers.http.requests.read_body import Body
from triggers.http.requests.request_bodies import ContentBody

MOST_LOCALES = 50


class TemplateBody(Body):
    """`PUT /api/templates/{name}`: the whole template, by language. `defaultLocale` is for customers of any other."""

    default_locale: Locale
    locales: Annotated[
        dict[Locale, ContentBody], Field(json_schema_extra={"minProperties": 1, "maxProperties": MOST_LOCALES})
    ]

    @field_validator("locales")
    @classmethod
    def not_none_and_not_many(cls, locales: dict[str, ContentBody]) -> dict[str, ContentBody]:
        if not 1 <= len(locales) <= MOST_LOCALES:
            raise InvalidValue("outOfRange", f"must have 1 to {MOST_LOCALES} languages")
        if len({name.lower() for name in locales}) < len(locales):
            raise InvalidValue("duplicate", "must name each language once, in whatever case")
        return locales

    def sources(self) -> dict[str, Content]:
        return {name: body.to_content() for name, body in self.locales.items()}


class PreviewBody(Body):
    """`POST /api/templates/{name}/preview`: with which data, in which language, as for which customer."""

    data: TemplateData = Field(default_factory=dict)
    locale: Locale | None = None
    customer_id: CustomerId | None = None
    version: Annotated[int, Field(ge=1, le=999_999)] | None = None
