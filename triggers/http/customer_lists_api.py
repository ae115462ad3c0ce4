"""HTTP: customers found by what is on file of them."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from domain.errors import InvalidMessage
from services import services
from triggers.http.gate import allow
from triggers.http.requests.fields import LONGEST_LOCALE, TAG
from triggers.http.requests.paging import foreign_after, limit_in, moment_in, next_link, only, page_of
from triggers.http.requests.permission_bodies import AddressBody
from triggers.http.requests.read_body import read_body
from triggers.http.responses.customer_views import customer_told, customers_table
from triggers.http.responses.json_response import answer
from triggers.http.responses.masking import shown_address

bp = df.Blueprint()

CSV = "text/csv"


@bp.route("customers", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "privacy")
async def get_customers(req: func.HttpRequest) -> func.HttpResponse:
    """Customers on file, the latest updated first: all, or those of a `tag`, a `locale`, `updatedSince` a time.

    With `Accept: text/csv` as a table, and the next page in the header `Link`.
    """
    only(req, "tag", "locale", "updatedSince")
    since, limit = moment_in(req, "updatedSince"), limit_in(req)
    try:
        page = await services().customers.page(_where(req), since, limit, req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    told = [customer_told(each, shown_address) for each in page.customers]
    if CSV not in req.headers.get("Accept", ""):
        return answer(200, page_of(told, page.continuation))
    return func.HttpResponse(customers_table(told), headers=next_link(req, page.continuation), mimetype=CSV)


@bp.route("customers/find", methods=[func.HttpMethod.POST])
@allow("reader", "agent", "privacy")
async def find_customers(req: func.HttpRequest) -> func.HttpResponse:
    """The customers who have an address on file, in any spelling. In the body, so that no log of requests has it."""
    body = read_body(req, AddressBody)
    holders = await services().addresses.holders_of(body.channel, [body.address])
    customers = [await services().customers.read(each) for each in holders]
    found = [each for each in customers if each and each.is_on_file and each.lists(body.channel, body.address)]
    return answer(200, {"data": [customer_told(each, shown_address) for each in found]})


def _where(req: func.HttpRequest) -> dict[str, str]:
    """Raises `InvalidMessage`."""
    where: dict[str, Any] = {"locale": req.params.get("locale"), "tags/[]": req.params.get("tag")}
    if len(where["locale"] or "") > LONGEST_LOCALE:
        raise InvalidMessage(("locale", "tooLong", f"must not be longer than {LONGEST_LOCALE} characters"))
    if (tag := where["tags/[]"]) is not None and not TAG.fullmatch(tag):
        raise InvalidMessage(("tag", "format", "must be 1 to 50 letters, digits or any of _ . : / -"))
    return {field: value for field, value in where.items() if value is not None}
