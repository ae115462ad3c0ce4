"""An address is suppressed, or that is lifted: the row that decides, then the list that people read."""

from collections.abc import Sequence

from domain.customers.suppression import BOUNCE_LASTS, Suppression
from domain.messages.attempt import Attempt, Receipt
from domain.messages.message import Message
from services import Services
from store.address_rows import row_ids
from telemetry.log_lines import json_log

log = json_log(__name__)


async def suppress(services: Services, channel: str, names: Sequence[str], *news: Suppression) -> dict[str, str]:
    """`names`: one address, in the spellings that are known of it. The customers who have it, with the callers' ids.

    Safe to repeat, and in any order. Raises `StoreUnavailable`.
    """
    holders = await services.addresses.learn(channel, names, *news)
    known = await services.addresses.suppressions(channel, names[0])
    if holders or not await services.addresses.is_refused(channel, names[:1]):
        await services.suppression_list.note(channel, names[0], known)
    else:  # the address of an erased customer is written nowhere
        name = services.addresses.erased.name_of(row_ids(channel, names[0])[0])
        await services.suppression_list.note_erased(channel, name, known)
    return holders


async def say(services: Services, channel: str, address: str, said: Suppression) -> None:
    """Somebody of the company says it of an address. STOP counts for the customers who have the address, too.

    Safe to repeat. Raises `StoreUnavailable`.
    """
    holders = await suppress(services, channel, [address], said)
    if said.reason == "stop":
        for customer_id, external_id in holders.items():
            await services.customers.said(customer_id, external_id, said.at, said.lifted_at)


async def learn_of_address(services: Services, message: Message, attempt: Attempt, *receipts: Receipt) -> None:
    """What delivery reports say about the customer and the address, beside what became of the attempt.

    The address is empty once it was erased; then there is nothing to remember it by. Safe to repeat.
    """
    await services.customers.heard(
        message.customer_id, message.external_customer_id, attempt.channel, attempt.to, *receipts
    )
    news = [news for receipt in receipts if (news := suppression_in(attempt.channel, receipt))]
    if news and attempt.to:
        await suppress(services, attempt.channel, [attempt.to], *news)
        log.info("address suppressed", channel=attempt.channel, messageId=message.id, reason=news[0].reason)


def suppression_in(channel: str, receipt: Receipt) -> Suppression | None:
    """What a report says of the address: that it does not exist, or that its owner has told the provider to stop.

    WhatsApp's own opt-out (131050) is from marketing alone.
    """
    match receipt.reason.code if receipt.reason else "":
        case "bounced":
            return Suppression("hardBounce", at=receipt.at, until=receipt.at + BOUNCE_LASTS, source="report")
        case "optedOut":
            categories = ("marketing",) if channel == "whatsapp" else ()
            return Suppression("carrier", at=receipt.at, source="report", categories=categories)
    return None
