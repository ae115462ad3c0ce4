"""What would become of a message, without sending it."""

from dataclasses import dataclass

from actions.accept_message import Request, check_customer, check_owner, check_route, message_of
from actions.current_rules import current_rules
from actions.render import with_content
from domain import clock
from domain.identities import digest, own_conversation
from domain.messages.message import Message, Skip
from domain.messages.next_step import Next, Send, address_of, next_step
from domain.messages.permission import why_suppressed
from domain.messages.proposal import Proposal
from services import Services
from store.address_rows import AddressRow
from store.correlations import AcceptedRow


@dataclass(frozen=True)
class Trial:
    """The message as it would be accepted, and after the first decision; what happens next, None if it would end."""

    message: Message
    decided: Message
    following: Next | None


async def dry_run(services: Services, proposal: Proposal, request: Request) -> Trial:
    """Decide as the workflow would now, up to the first call, and write nothing. Raises `InvalidMessage`, as acceptance
    does.
    """
    customer_id = digest(proposal.customer_id)
    customer, rules, now = await services.customers.read(customer_id), await current_rules(services), clock.now()
    check_customer(proposal, customer)
    proposal.check_times(now)
    proposal = await with_content(services, proposal, customer)
    conversation_id = proposal.conversation_id or own_conversation(customer_id)
    message = message_of(AcceptedRow(request.message_id, conversation_id, ""), proposal, customer, request)
    check_route(message, customer, rules)
    check_owner(conversation_id, customer_id, await services.conversations.owner_of(conversation_id))
    decision = next_step(message, customer, now, rules)
    while isinstance(decision.step, Send):
        channel = decision.step.channel
        address = address_of(message, customer, channel) or ""
        forbids = AddressRow.suppression_in(await services.addresses.suppressions(channel, address), message)
        if forbids is None:
            break
        skipping = decision.message.with_skip(Skip(channel, why_suppressed(forbids)))
        decision = next_step(skipping, customer, now, rules)
    return Trial(message, decision.message, Next.of(decision, now))
