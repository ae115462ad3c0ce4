"""A customer wrote STOP or START: it counts before the event is acknowledged."""

from actions.suppress import suppress
from domain.conversations.keywords import keyword_in, may_mean_stop
from domain.conversations.reply import Reply
from domain.customers.suppression import started, stopped
from domain.traits import TRAITS
from services import Services
from store.conversations import Owner
from telemetry.log_lines import json_log

log = json_log(__name__)


async def obey_keyword(services: Services, reply: Reply, *, sent_to: str = "", owner: Owner | None = None) -> None:
    """Suppress every name and spelling of the address, or lift that, and tell the customers who have it.

    `sent_to` is the address of the message that is answered. `owner` is who wrote, where the reply tells that and no
    address: then it is the address on file. Safe to repeat, and in any order: the times of the replies decide. Raises
    `StoreUnavailable`.
    """
    keyword = keyword_in(reply.content)
    if reply.channel not in TRAITS:  # in a chat of another system "end" may mean anything
        return
    if keyword not in ("stop", "start"):
        if may_mean_stop(reply.content):
            await _hold_marketing(services, reply, sent_to, owner)
        return
    holders: dict[str, str] = {}
    if owner and owner.external_customer_id:
        customer = await services.customers.read(owner.customer_id)
        sent_to = (customer.contact_points.get(reply.channel) if customer else None) or ""
        holders[owner.customer_id] = owner.external_customer_id
    names = [name for name in (reply.sender, reply.user_id, sent_to) if name]
    news = stopped(reply.at, "reply") if keyword == "stop" else started(reply.at)
    if names:
        holders |= await suppress(services, reply.channel, names, *news)
    stopped_at, started_at = (reply.at, None) if keyword == "stop" else (None, reply.at)
    for customer_id, external_id in holders.items():
        await services.customers.said(customer_id, external_id, stopped_at, started_at)
    log.info("keyword obeyed", keyword=keyword, channel=reply.channel, customers=len(holders))


async def _hold_marketing(services: Services, reply: Reply, sent_to: str, owner: Owner | None) -> None:
    """The reply may be meant as STOP: until a person has read it, whoever wrote it gets no marketing."""
    names = [name for name in (reply.sender, reply.user_id, sent_to) if name]
    people = await services.addresses.holders_of(reply.channel, names)
    if owner and owner.external_customer_id:
        people[owner.customer_id] = owner.external_customer_id
    for customer_id, external_id in people.items():
        await services.customers.wrote_unclearly(customer_id, external_id, reply.at)
    log.info("reply may mean STOP", channel=reply.channel, customers=len(people))
