"""HTTP: what customers have agreed to, and what they have declined."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from actions.preference_links import PreferenceLink, url_of
from domain.customers.consent import TOPIC, Statement
from domain.customers.customer import Customer
from domain.errors import InvalidMessage, InvalidValue
from domain.identities import digest
from domain.serialization import to_document
from domain.traits import CHANNELS
from services import services
from triggers.http.audited import audited
from triggers.http.current_call import current_caller
from triggers.http.customers_api import external_id_in
from triggers.http.gate import allow
from triggers.http.requests.paths import customer_in
from triggers.http.requests.permission_bodies import ConsentBody
from triggers.http.requests.read_body import read_body
from triggers.http.responses.json_response import answer
from triggers.http.responses.problems import problem

bp = df.Blueprint()

TRY_AGAIN = "It is not known whether the statement is recorded. Send the same request again: that is safe."


@bp.route("customers/{customer_id}/consents/{channel}/{topic}", methods=[func.HttpMethod.PUT])
@allow("sender", "agent", "marketer", "privacy", how_to_repeat=TRY_AGAIN)
async def put_consent(req: func.HttpRequest) -> func.HttpResponse:
    """Record what a customer said about a topic on a channel. Once a withdrawal is answered, no marketing call begins.

    The body is `ConsentBody`. The customer need not be on file.
    """
    body, (channel, topic) = read_body(req, ConsentBody), _place(req)
    external_id = await external_id_in(req)
    if external_id is None:
        return problem("customerNotFound")
    customer_id, statement = digest(external_id), body.to_statement(current_caller().name)
    key = services().customer_keys.key_of(customer_id)
    await audited("consent.put", key, state=body.state, channel=channel, topic=topic, source=statement.source)
    try:
        customer = await services().customers.stated(customer_id, external_id, channel, topic, statement)
    except InvalidValue as wrong:
        raise InvalidMessage(("topic", wrong.code, str(wrong))) from None
    told = _consent(customer, channel, topic)
    if not customer.is_asked(channel, topic):
        return answer(200, told)
    url = url_of(services(), "confirmations", PreferenceLink(customer_id, channel, topic))
    return answer(200, {**told, **({"confirmUrl": url} if url else {})}, {"Cache-Control": "no-store"})


@bp.route("customers/{customer_id}/consents", methods=[func.HttpMethod.GET])
@allow("reader", "agent", "marketer", "privacy")
async def get_consents(req: func.HttpRequest) -> func.HttpResponse:
    """All that a customer has said, with the evidence."""
    customer_id = customer_in(req, services().customer_keys)
    customer = await services().customers.read(customer_id, newest=True) if customer_id else None
    if customer is None or customer.erased_at:
        return problem("customerErased" if customer else "customerNotFound")
    stops = {"stoppedAt": customer.stopped_at, "startedAt": customer.started_at}
    data = [_consent(customer, *key.split("/")) for key in sorted(customer.consents)]
    who = {"customerId": customer.external_id, "customerKey": services().customer_keys.key_of(customer.id)}
    return answer(200, to_document({**who, "data": data, **{name: at for name, at in stops.items() if at}}))


def _place(req: func.HttpRequest) -> tuple[str, str]:
    """The channel and the topic. Raises `InvalidMessage`."""
    channel, topic = req.route_params["channel"], req.route_params["topic"]
    if channel not in CHANNELS:
        raise InvalidMessage(("channel", "notOneOf", f"must be one of {', '.join(CHANNELS)}"))
    if not TOPIC.fullmatch(topic):
        raise InvalidMessage(("topic", "format", "must be 1 to 50 small letters, digits or hyphens"))
    return channel, topic


def _consent(customer: Customer, channel: str, topic: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "topic": topic,
        "allowsMarketing": customer.has_agreed(channel, topic) is True,
        "statements": [_statement(each) for each in customer.consents[f"{channel}/{topic}"]],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    told: dict[str, Any] = to_document(statement)
    return {"state": told.pop("kind"), **told}
