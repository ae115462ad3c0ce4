"""What a template says to a customer."""

from collections.abc import Mapping
from typing import Any

from content.rendering import BadData
from content.template import Template
from domain.customers.customer import Customer
from domain.errors import FieldCode, InvalidMessage
from domain.messages.message import Content
from domain.messages.proposal import TemplateUse
from services import Services


async def content_of(services: Services, use: TemplateUse, customer: Customer | None) -> Content:
    """Raises `InvalidMessage`, which names the template, or the data that is missing or too much."""
    template = await services.templates.find(use.name)
    if template is None:
        raise InvalidMessage(("content.template", "unknown", "is no template"), mistake="templateUnusable")
    return rendered(template, use.data, use.locale, customer)


def rendered(
    template: Template, data: Mapping[str, Any], locale: str | None, customer: Customer | None, place: str = "content."
) -> Content:
    """The customer's attributes are `customer.*`. In the language asked for, else in theirs. Raises `InvalidMessage`.

    `place` is where the data stands in the request.
    """
    wanted = locale or (customer.locale if customer else None)
    whole = {**data, "customer": dict(customer.attributes) if customer else {}}
    try:
        return template.rendered(wanted, whole)
    except BadData as bad:
        raise InvalidMessage((*_told(bad, place),), mistake="templateUnusable") from None


def _told(bad: BadData, place: str) -> tuple[str, FieldCode, str]:
    """The field at fault, the code and the reason."""
    if bad.is_part:
        return f"{place}template", "unusable", f"makes a wrong {bad.name} with this data: {bad}"
    if bad.name.startswith("customer."):
        return f"{place}template", "unusable", f"needs {bad.name}, which the customer does not have"
    return f"{place}data" if bad.name == "data" else f"{place}data.{bad.name}", "unusable", str(bad)
