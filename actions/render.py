"""What a template says to a customer."""

from collections.abc import Mapping
from typing import Any

from content.rendering import BadData
from content.template import Template
from domain.customers.customer import Customer
from domain.errors import InvalidMessage
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
        is_theirs = bad.name.startswith("customer.")
        field = f"{place}{'template' if is_theirs else f'data.{bad.name}'.replace('data.data', 'data')}"
        reason = f"needs {bad.name}, which the customer does not have" if is_theirs else str(bad)
        raise InvalidMessage((field, "unusable", reason), mistake="templateUnusable") from None
