"""Record what a customer wrote: write it, update its conversation and the entity, then acknowledge the event."""

from azure.durable_functions import DurableOrchestrationClient

from actions import turn
from actions.answer_keyword import answer_keyword
from actions.obey_keyword import obey_keyword
from actions.workflow import signal
from domain import clock
from domain.conversations.inbound import InboundMessage, inbound_id, reply_notice
from domain.conversations.reply import Reply
from domain.identities import OURS, digest, is_named_by_us, own_conversation
from domain.messages.message import Message
from domain.texts import customer_id
from events.event import Event
from events.topic_events import MessageReceived
from services import Services
from store.address_rows import AddressRow, Holder, row_ids
from store.conversations import Owner
from store.correlations import provider_row_id
from store.replies import ReplyRow


async def record_reply(services: Services, client: DurableOrchestrationClient, event: Event, reply: Reply) -> None:
    """A customer wrote. An unknown sender gets a conversation too: they may write STOP."""
    names = [name for name in (reply.sender, reply.user_id) if name]
    known = await services.addresses.whose(reply.channel, *names) if reply.sender else None
    if known and not known.holders and await services.addresses.is_refused(reply.channel, names):
        await obey_keyword(services, reply)
        await _keep_unmatched(services, event, reply, "erased")
        return
    if reply.user_id and reply.sender != reply.user_id:
        await services.addresses.also_known_as(reply.channel, reply.sender, reply.user_id)
    answered, sent_to = await _answered(services, reply)
    await obey_keyword(services, reply, sent_to=sent_to)
    sender = _sender(reply, known, answered, sent_to)
    if sender:
        owner = Owner(sender.customer_id, sender.external_customer_id)
        await _record(services, client, reply, _row(inbound_id(reply), sender.conversation_id, owner), answered)
        await answer_keyword(services, client, reply, sender)
    else:
        await _keep_unmatched(services, event, reply, "unknownSender")


def _sender(reply: Reply, row: AddressRow | None, answered: Message | None, sent_to: str) -> Holder | None:
    """Who wrote, and in which conversation; None when that cannot be found out.

    The answered message is the best evidence: its id is the provider's, and leads to one attempt. Next comes the owner
    of the sender's address. One exception: the reply comes from the address that the attempt was sent to, and that
    belongs to others by now. Then it is theirs, and nobody else is shown what they write.
    """
    addressee = _addressee(answered) if answered else None
    if row is None:
        return addressee
    if addressee is None:
        return row.holder
    is_others = bool(row.holders) and not row.is_held_by(addressee.customer_id)
    return row.holder if is_others and (not sent_to or row.id in row_ids(reply.channel, sent_to)) else addressee


def _addressee(message: Message) -> Holder:
    return Holder(message.customer_id, message.external_customer_id, message.conversation_id)


async def _answered(services: Services, reply: Reply) -> tuple[Message | None, str]:
    """The message that a reply answers, and to which address it was sent, which is empty once it was erased."""
    row = await services.correlations.find_attempt(provider_row_id(reply.in_reply_to)) if reply.in_reply_to else None
    record = await services.messages.find(row.conversation_id, row.message_id) if row and row.is_known else None
    if row is None or record is None:
        return None, ""
    attempt = record.message.attempt(row.attempt)
    return record.message, attempt.to if attempt else ""


async def record_received(
    services: Services, client: DurableOrchestrationClient, event: Event, received: MessageReceived
) -> None:
    """Another system of the company reports what a customer wrote, and on which channel.

    A conversation keeps its owner, even if the event names another customer.
    """
    named = _owner(received.customer_id)
    conversation_id = received.conversation_id if OURS.fullmatch(received.conversation_id) else ""
    owner = await services.conversations.owner_of(conversation_id) if conversation_id else None
    if owner is None and named:
        owner = named
        if not conversation_id or is_named_by_us(conversation_id):
            conversation_id = own_conversation(named.customer_id)  # nobody is shown what another one wrote
    if owner and await _is_erased(services, owner):
        await _keep_unmatched(services, event, received.reply, "erased")
    elif owner:
        await obey_keyword(services, received.reply, owner=owner)
        row = _row(inbound_id(received.reply, conversation_id), conversation_id, owner)
        await _record(services, client, received.reply, row)
    else:
        await _keep_unmatched(services, event, received.reply, "unknownConversation")


async def _is_erased(services: Services, owner: Owner) -> bool:
    customer = await services.customers.read(owner.customer_id) if owner.external_customer_id else None
    return bool(customer and customer.erased_at)


async def _keep_unmatched(services: Services, event: Event, reply: Reply, reason: str) -> None:
    about = reply.provider_message_id
    await services.unmatched_events.keep(event.id, event.type, "received", about, reason, clock.now())


def _owner(named: str) -> Owner | None:
    """The customer with this id of the caller; None for an invalid id."""
    try:
        return Owner(digest(named), customer_id(named))
    except ValueError:
        return None


def _row(message_id: str, conversation_id: str, owner: Owner) -> ReplyRow:
    return ReplyRow(message_id, conversation_id, owner.customer_id, owner.external_customer_id)


async def _record(
    services: Services,
    client: DurableOrchestrationClient,
    reply: Reply,
    wanted: ReplyRow,
    answered: Message | None = None,
) -> None:
    """Each step may be repeated, so a second delivery completes what a crash left undone, and adds nothing.

    Notifying subscribers is one of the steps: until that is done, or the notice is stored, the event is redelivered.
    """
    row = await services.replies.claim(wanted)
    await services.conversations.claim(row.conversation_id, Owner(row.customer_id, row.external_customer_id))
    new = _message(row, reply)
    message = await services.replies.keep(new)
    notice = reply_notice(message, answered)
    services.status_events.tell_reply(notice)
    if message.external_customer_id:
        await services.customers.wrote(
            message.customer_id, message.external_customer_id, message.channel, message.created_at, message.sender
        )
    await services.conversations.reply_received(message, is_new=message is new)
    await _tell(client, message)
    if not await services.status_events.reply_told(notice, turn.NOTICES_SECONDS):
        await services.replies.leave_untold(notice)


def _message(row: ReplyRow, reply: Reply) -> InboundMessage:
    return InboundMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        customer_id=row.customer_id,
        external_customer_id=row.external_customer_id,
        channel=reply.channel,
        provider_message_id=reply.provider_message_id,
        content=reply.content,
        created_at=reply.at,
        sender=reply.sender,
        in_reply_to=reply.in_reply_to,
        came_at=clock.now(),
    )


async def _tell(client: DurableOrchestrationClient, message: InboundMessage) -> None:
    """The channel and the time. The text and the address stay in the record."""
    reply = {"channel": message.channel, "at": clock.to_text(message.created_at)}
    await signal(client, message.conversation_id, "reply_received", message.id, reply)
