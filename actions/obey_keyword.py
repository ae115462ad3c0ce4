"""A customer wrote STOP or START: it counts before the event is acknowledged."""

from domain.conversations.keywords import keyword_in
from domain.conversations.reply import Reply
from services import Services
from telemetry.log_lines import json_log

log = json_log(__name__)


async def obey_keyword(services: Services, reply: Reply, sent_to: str = "") -> None:
    """Suppress every name and spelling of the address, or lift that, and tell the customers who have it.

    `sent_to` is the address of the message that is answered. Safe to repeat, and in any order: the provider's times
    decide. Raises `StoreUnavailable`.
    """
    keyword = keyword_in(reply.content)
    names = [name for name in (reply.sender, reply.user_id, sent_to) if name]
    if keyword is None or not names:
        return
    stopped_at, started_at = (reply.at, None) if keyword == "stop" else (None, reply.at)
    holders = await services.addresses.obey(reply.channel, names, stopped_at=stopped_at, started_at=started_at)
    for customer_id, external_id in holders.items():
        await services.customers.said(customer_id, external_id, stopped_at, started_at)
    log.info("keyword obeyed", keyword=keyword, channel=reply.channel, customers=len(holders))
