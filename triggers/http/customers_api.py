"""HTTP: customers on file, one by one."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.put_customer import put_on_file
from domain.customers.customer import Customer
from domain.errors import CustomerChanged, CustomerErased, InvalidMessage, InvalidValue
from services import services
from store.collisions import Collisions
from store.customers import whatever_it_is
from triggers.http.audited import audited
from triggers.http.gate import allow
from triggers.http.requests.customer_bodies import CustomerBody
from triggers.http.requests.paths import customer_id_in, customer_in, customer_key_in
from triggers.http.requests.read_body import merge_patched, read_body, read_merge_patch, validated
from triggers.http.responses.customer_views import as_it_is, customer_told, etag_of
from triggers.http.responses.json_response import answer, json_text
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
    """Put a customer on file, whole: 201 when new, else 200. The body is `CustomerBody`.

    With `If-Match`, only if this is what is on file: else 412.
    """
    body, external_id = read_body(req, CustomerBody), await external_id_in(req)
    if external_id is None:
        return problem("customerNotFound")
    customer = _customer(body, external_id)
    await audited("customer.put", services().customer_keys.key_of(customer.id))
    is_new = await put_on_file(services(), customer, _expected_by(req))
    return _told(201 if is_new else 200, customer)


@bp.route("customers/{customer_id}", methods=[func.HttpMethod.PATCH])
@allow("sender", "agent", how_to_repeat=TRY_AGAIN)
async def patch_customer(req: func.HttpRequest) -> func.HttpResponse:
    """Change fields of a customer on file by a JSON Merge Patch (RFC 7396) of `CustomerBody`; others stay as they are.

    With `If-Match`, only if this is what is on file: else 412.
    """
    patch, expected = read_merge_patch(req, CustomerBody), _expected_by(req)
    customer_id = customer_in(req, services().customer_keys)
    collisions, is_audited = Collisions(), False
    while True:
        known = await services().customers.read(customer_id) if customer_id else None
        if known is None or not known.is_on_file:
            return problem("customerErased" if known and known.erased_at else "customerNotFound")
        if not expected(known):
            raise CustomerChanged("the customer was changed")
        customer = _customer(patched(known, patch), known.external_id)
        if not is_audited:
            await audited("customer.patch", services().customer_keys.key_of(customer.id))
            is_audited = True
        try:
            await put_on_file(services(), customer, partial(_is_same_version, known))
        except CustomerChanged:
            await collisions.pause()
        else:
            return _told(200, customer)


def _is_same_version(one: Customer, other: Customer) -> bool:
    return one.version == other.version


def patched(known: Customer, patch: dict[str, Any]) -> CustomerBody:
    """What is on file with a merge patch applied. Raises `InvalidMessage` for what would be wrong then."""
    return validated(json_text(merge_patched(customer_told(known, as_it_is), patch)), CustomerBody)


@bp.route("customers/{customer_id}", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "privacy")
async def get_customer(req: func.HttpRequest) -> func.HttpResponse:
    """What is on file of a customer."""
    customer_id = customer_in(req, services().customer_keys)
    customer = await services().customers.read(customer_id) if customer_id else None
    if customer is None or not customer.is_on_file:
        return problem("customerErased" if customer and customer.erased_at else "customerNotFound")
    return answer(200, customer_told(customer, shown_address), etag_of(customer))


async def external_id_in(req: func.HttpRequest) -> str | None:
    """The caller's own id. A `customerKey` leads to it where something is kept of the customer; None if nothing is."""
    if not customer_key_in(req):
        return customer_id_in(req)
    customer_id = customer_in(req, services().customer_keys)
    known = await services().customers.read(customer_id) if customer_id else None
    if known and known.erased_at:
        raise CustomerErased("the customer was erased")
    return known.external_id if known else None


def _customer(body: CustomerBody, external_id: str) -> Customer:
    """Raises `InvalidMessage`."""
    try:
        return body.to_customer(external_id)
    except InvalidValue as wrong:
        raise InvalidMessage(("customerId", wrong.code, str(wrong))) from None


def _expected_by(req: func.HttpRequest) -> Callable[[Customer], bool]:
    """Whether a customer is as `If-Match` says (RFC 9110)."""
    header = req.headers.get("If-Match")
    if header is None:
        return whatever_it_is
    if header.strip() == "*":
        return lambda known: known.is_on_file
    versions = set(re.findall(r'"([^"]*)"', header))
    return lambda known: known.version in versions


def _told(status: int, customer: Customer) -> func.HttpResponse:
    """Who has sent it may see it."""
    return answer(status, customer_told(customer, as_it_is), etag_of(customer))
