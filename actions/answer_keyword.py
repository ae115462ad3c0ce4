"""STOP, START and HELP are answered in the customer's language, where the company wants that and no carrier does it."""

import re
from datetime import timedelta

from azure.durable_functions import DurableOrchestrationClient

from actions.accept_message import Request, accept_message
from domain import clock
from domain.access.caller import Caller
from domain.conversations.keywords import Keyword, is_answered_by_the_carrier, keyword_in
from domain.conversations.reply import Reply
from domain.customers.addresses import normalised
from domain.customers.suppression import CONFIRMED_WITHIN
from domain.errors import InvalidMessage
from domain.identities import digest, message_id_of
from domain.messages.message import Content
from domain.messages.proposal import Proposal, default_route
from domain.traits import TRAITS
from services import Services
from store.address_rows import Holder
from telemetry.log_lines import json_log

log = json_log(__name__)

OURS = Caller("keyword-answers", frozenset(), scope="keyword-answers")
ONCE_WITHIN = timedelta(hours=1)
"""How often a word from one address is answered: two machines that answer each other soon fall silent."""


async def answer_keyword(
    services: Services, client: DurableOrchestrationClient, reply: Reply, sender: Holder | None
) -> None:
    """Send the answer, to the address that wrote and by the same channel. Safe to repeat. Raises `StoreUnavailable`."""
    keyword = keyword_in(reply.content)
    number = normalised(reply.channel, reply.sender)
    if keyword is None or reply.channel not in TRAITS or not number.isdecimal():
        return
    if sender is None or not sender.external_customer_id or not services.settings.answers_to(keyword):
        return
    if is_answered_by_the_carrier(reply.channel, services.channels[reply.channel].sender, keyword):
        return
    customer = await services.customers.read(sender.customer_id)
    text = in_language(services.settings.answers_to(keyword), customer.locale if customer else None)
    now = clock.now()
    proposal = Proposal(
        customer_id=sender.external_customer_id,
        content=Content(text=text),
        route=default_route([reply.channel]),
        to={reply.channel: f"+{number}"},
        expires_at=now + CONFIRMED_WITHIN,
        confirms_stop_at=reply.at if keyword == "stop" else None,
    )
    try:
        await accept_message(services, client, proposal, _request(keyword, reply, number))
    except InvalidMessage as refused:
        log.warning("keyword not answered", keyword=keyword, channel=reply.channel, fields=list(refused.reasons))


def _request(keyword: Keyword, reply: Reply, number: str) -> Request:
    occasion = int(reply.at.timestamp() // ONCE_WITHIN.total_seconds())
    key = digest(f"{keyword} {reply.channel} {number} {occasion}")
    return Request(message_id=message_id_of(key, OURS.scope), fingerprint=key, is_mine=_is_ours, caller=OURS)


def _is_ours(_: str) -> bool:
    return True


def in_language(texts: dict[str, str], locale: str | None) -> str:
    """The text in this language: for `fr-CA` that, then `fr`, then English, then the first that there is."""
    wanted = [locale or "", re.split("-", locale or "")[0], "en", next(iter(texts))]
    by_name = {name.lower(): text for name, text in texts.items()}
    return next(by_name[name.lower()] for name in wanted if name.lower() in by_name)
