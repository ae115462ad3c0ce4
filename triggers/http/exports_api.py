"""HTTP: all that is held of one customer, for the right of access."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from domain import clock
from domain.customers.customer import Customer
from domain.serialization import to_document
from services import services
from store.address_rows import AddressRow
from triggers.http.audited import audited
from triggers.http.gate import allow
from triggers.http.requests.paging import foreign_after, limit_in, only
from triggers.http.requests.paths import customer_in
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()


@bp.route("customers/{customer_id}/export", methods=[func.HttpMethod.GET])
@allow("privacy")
async def get_export(req: func.HttpRequest) -> func.HttpResponse:
    """All that is held of a customer, as it is stored; of messages as many as `limit` says, and `next` leads on.

    Later pages hold messages alone. Each page is in the audit.
    """
    only(req)
    limit, customer_id = limit_in(req), customer_in(req, services().customer_keys)
    known = await services().customers.read(customer_id, newest=True) if customer_id else None
    conversations = await services().conversations.ids_of(customer_id) if customer_id else []
    rows = await services().addresses.of_customer(customer_id) if customer_id else []
    if known and known.erased_at:
        return problem("customerErased")
    if customer_id is None or (known is None and not rows):
        return problem("customerNotFound")
    key = services().customer_keys.key_of(customer_id)
    await audited("customer.export", key)
    try:
        messages, following = await _messages(conversations, limit, req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    about = {} if req.params.get("after") else await _about(customer_id, known, conversations, rows)
    told = {"customerKey": key, "exportedAt": clock.now(), **about, "messages": messages}
    headers = {"Cache-Control": "no-store"}
    return answer(200, to_document({**told, **({"next": following} if following else {})}), headers)


async def _about(
    customer_id: str, known: Customer | None, conversations: list[str], rows: list[AddressRow]
) -> dict[str, Any]:
    summaries = (await services().conversations.of_customer(customer_id, 1000, None)).conversations
    key_of = services().customer_keys.key_of
    targets = [key_of(customer_id), *(f"{row.channel}:{key_of(key)}" for row in rows for key in row.list_keys)]
    return {
        "customer": known.to_document() if known else None,
        "addresses": [_address(row, customer_id) for row in rows],
        "conversations": conversations,
        "summaries": [each.to_document() for each in summaries],
        "audit": [to_document(each) for target in targets for each in await services().audit.about(target)],
    }


def _address(row: AddressRow, customer_id: str) -> dict[str, Any]:
    """What is kept of an address of theirs: of others who share it, only that there are some."""
    return {
        "id": row.id,
        "isShared": any(each.customer_id != customer_id for each in row.holders),
        "suppressions": row.suppressions,
    }


async def _messages(conversations: list[str], limit: int, after: str | None) -> tuple[list[Any], str | None]:
    """Raises `ValueError` for an `after` that is not ours."""
    place, _, continuation = (after or "0~").partition("~")
    if not place.isdecimal() or int(place) >= max(len(conversations), 1):
        raise ValueError("not a place in this export")
    found: list[Any] = []
    for number in range(int(place), len(conversations)):
        page = await services().conversations.messages(conversations[number], limit - len(found), continuation or None)
        found += [each.to_document() for each in page.messages]
        if page.continuation:
            return found, f"{number}~{page.continuation}"
        continuation = ""
        if len(found) >= limit:
            return found, f"{number + 1}~" if number + 1 < len(conversations) else None
    return found, None
