"""HTTP: customers on file."""

from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from domain import clock
from domain.customers.addresses import in_ascii, normalised
from domain.customers.customer import Customer
from domain.customers.hours import QuietHours
from domain.identities import digest
from domain.traits import takes_email_addresses
from services import Services, services
from triggers.http.audited import audited
from triggers.http.gate import allow
from triggers.http.requests.paths import customer_id_in, customer_in, customer_key_in
from triggers.http.requests.read_body import read_body
from triggers.http.requests.request_bodies import CustomerBody
from triggers.http.responses.json_response import answer
from triggers.http.responses.masking import shown_address
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = (
    "The customer may be on file as sent, or in part. Nothing was sent to anybody. "
    "Send the same request again until it is answered 200 or 201: that completes it."
)


@bp.route("customers/{customer_id}", methods=[func.HttpMethod.PUT])
@allow("sender", "agent", how_to_repeat=TRY_AGAIN)
async def put_customer(req: func.HttpRequest) -> func.HttpResponse:
    """Put a customer on file, whole: 201 when new, else 200. The body is `CustomerBody`."""
    body, external_id = read_body(req, CustomerBody), await external_id_in(req)
    if external_id is None:
        return problem("customerNotFound")
    customer = Customer(
        id=digest(external_id),
        external_id=external_id,
        contact_points=body.contact_points.by_channel(),
        locale=body.locale,
        time_zone=body.time_zone,
        channels=body.channels,
        quiet_hours=tuple(each.to_quiet_hours() for each in body.quiet_hours),
        preferred_hours=tuple(each.to_quiet_hours() for each in body.preferred_hours),
        updated_at=clock.now(),
    )
    await audited("customer.put", services().customer_keys.key_of(customer.id))
    is_new = await put_on_file(services(), customer)
    return answer(201 if is_new else 200, _as_told(customer, _as_it_is))  # who has sent it may see it


@bp.route("customers/{customer_id}", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "privacy")
async def get_customer(req: func.HttpRequest) -> func.HttpResponse:
    """What is on file of a customer."""
    customer_id = customer_in(req, services().customer_keys)
    customer = await services().customers.read(customer_id) if customer_id else None
    if customer is None or not customer.is_on_file:
        return problem("customerNotFound")
    return answer(200, _as_told(customer, shown_address))


async def external_id_in(req: func.HttpRequest) -> str | None:
    """The caller's own id. A `customerKey` leads to it where something is kept of the customer; None if nothing is."""
    if not customer_key_in(req):
        return customer_id_in(req)
    customer_id = customer_in(req, services().customer_keys)
    known = await services().customers.read(customer_id) if customer_id else None
    return known.external_id if known else None


async def put_on_file(services: Services, customer: Customer) -> bool:
    """Put a customer on file, whole; whether they were not. Safe to repeat, also after it broke off anywhere.

    Addresses that the customer no longer has are released first, while they are still on file.
    """
    before = await services.customers.read(customer.id)
    given_up = {
        channel: address
        for channel, address in (before.contact_points if before else {}).items()
        if normalised(channel, customer.contact_points.get(channel, "")) != normalised(channel, address)
    }
    await services.addresses.release(customer.id, given_up)
    is_new = await services.customers.put(customer)
    await services.addresses.introduce(customer)
    return is_new


def _as_it_is(address: str) -> str:
    return address


def _as_told(customer: Customer, shown: Callable[[str], str]) -> dict[str, Any]:
    told = {
        "customerId": customer.external_id,
        "customerKey": services().customer_keys.key_of(customer.id),
        "contactPoints": {
            channel: shown(in_ascii(address) if takes_email_addresses(channel) else address)
            for channel, address in customer.contact_points.items()
        },
        "locale": customer.locale,
        "timeZone": customer.time_zone,
        "channels": list(customer.channels),
        "quietHours": _hours(customer.quiet_hours),
        "preferredHours": _hours(customer.preferred_hours),
    }
    return {name: value for name, value in told.items() if value is not None}


def _hours(hours: tuple[QuietHours, ...]) -> list[dict[str, Any]]:
    return [{"from": each.begins, "to": each.ends, "days": list(each.days)} for each in hours]
