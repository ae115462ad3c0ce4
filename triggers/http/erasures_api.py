"""HTTP: customers are erased, and receipts tell what became of their data."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.erase_customer import begin_erasure
from domain import clock
from domain.customers.erasure import Erasure
from domain.serialization import to_document
from services import services
from store.customers import REFUSED_FOR
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.gate import allow
from triggers.http.requests.paging import foreign_after, limit_in, only, page_of
from triggers.http.requests.paths import customer_in, erasure_id_in
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = "It is not known whether the erasure has begun. Send the same request again: there is one for a customer."

OTHERS = (
    {"who": "Azure Cosmos DB", "what": "backups of the account", "until": "7 days later"},
    {"who": "Azure Event Grid", "what": "events that are still delivered, or dead letters", "until": "25 hours later"},
    {"who": "the providers of channels", "what": "what was sent and by whom it was answered", "until": "they say"},
    {"who": "your subscribers", "what": "events with the customerKey, references and metadata", "until": "you say"},
)
"""What others keep, which no request of ours deletes."""


@bp.route("customers/{customer_id}", methods=[func.HttpMethod.DELETE])
@bp.durable_client_input(client_name="client")
@allow("privacy", "admin", how_to_repeat=TRY_AGAIN)
async def delete_customer(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Erase a customer: 202. From then on nothing new begins for them, and nothing of them is taken in for 91 days.

    Whether they are known or not: messages may have been sent to who is not on file. Repeated, the same erasure.
    """
    customer_id = customer_in(req, services().customer_keys)
    if customer_id is None:
        return problem("customerNotFound")
    await audited("customer.erase", services().customer_keys.key_of(customer_id))
    erasure = await begin_erasure(services(), client, customer_id, current_caller().name)
    headers = {"Location": _url_of(req, erasure), "Retry-After": "60"}
    return answer(202, _told(erasure), headers)


@bp.route("erasures/{erasure_id}", methods=[func.HttpMethod.GET])
@allow("privacy", "admin")
async def get_erasure(req: func.HttpRequest) -> func.HttpResponse:
    """How far an erasure has come, and the receipt of what it did."""
    erasure_id = erasure_id_in(req)
    stored = await services().erasures.find(erasure_id) if erasure_id else None
    return answer(200, _told(stored.erasure)) if stored else problem("erasureNotFound")


@bp.route("erasures", methods=[func.HttpMethod.GET])
@allow("privacy", "admin")
async def get_erasures(req: func.HttpRequest) -> func.HttpResponse:
    """The erasures, the latest first."""
    only(req)
    try:
        found, following = await services().erasures.page(limit_in(req), req.params.get("after"))
    except ValueError:
        raise foreign_after() from None
    return answer(200, page_of([_told(each) for each in found], following))


def _url_of(req: func.HttpRequest, erasure: Erasure) -> str:
    return f"{req.url.partition('/api/')[0]}/api/erasures/{erasure.id}"


def _told(erasure: Erasure) -> dict[str, Any]:
    refused_until = erasure.requested_at + REFUSED_FOR
    told: dict[str, Any] = to_document(
        {
            "erasureId": erasure.id,
            "customerKey": erasure.customer_key,
            "state": erasure.state,
            "requestedAt": erasure.requested_at,
            "requestedBy": erasure.requested_by,
            "waitingFor": erasure.waiting_for,
            "erasedAt": erasure.erased_at,
            "looksAgainAt": erasure.due_at if erasure.stage == "erased" else None,
            "completedAt": erasure.completed_at,
            "erased": erasure.erased,
            "kept": [
                {
                    "what": "that the customer was erased, under the digest of your id",
                    "why": "so that they are refused, also when they are imported again",
                    "until": clock.to_text(refused_until),
                },
                {
                    "what": f"{erasure.suppressions_kept} reasons not to write to an address, under a keyed hash",
                    "why": "so that nobody is written to who said stop",
                    "until": "they end",
                },
                {
                    "what": "entries of the audit, under the customerKey",
                    "why": "so that it can be proved who did what",
                    "until": "KEEP_AUDIT later",
                },
            ],
            "others": list(OTHERS),
        }
    )
    return {name: value for name, value in told.items() if value is not None}
