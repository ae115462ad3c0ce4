"""What a template says to a customer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from content.rendering import BadData
from content.segments import in_gsm
from content.template import Template
from domain.customers.customer import Customer
from domain.errors import FieldCode, InvalidMessage
from domain.messages.message import Content, Wording
from domain.messages.proposal import Proposal
from domain.traits import TRAITS
from services import Services


async def with_content(services: Services, proposal: Proposal, customer: Customer | None) -> Proposal:
    """With what its template says, and in the letters of an SMS, where either is asked for.

    Raises `InvalidMessage`, which names the template, or the data that is missing or too much.
    """
    content = proposal.content
    if use := proposal.template:
        template = await services.templates.find(use.name)
        if template is None:
            raise InvalidMessage(("content.template", "unknown", "is no template"), mistake="templateUnusable")
        content = rendered(template, use.data, use.locale, customer)
    return replace(proposal, content=_in_gsm(content) if proposal.transliterate else content)


def _in_gsm(content: Content) -> Content:
    """With the same in fewer parts, on channels whose texts are charged by their parts."""
    channels = dict(content.channels or {})
    for channel, traits in TRAITS.items():
        wording = content.on(channel)
        if traits.has_segments and wording.text:
            channels[channel] = replace(channels.get(channel, Wording()), text=in_gsm(wording.text))
    return replace(content, channels=channels)


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
