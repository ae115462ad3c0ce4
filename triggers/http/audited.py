"""Every change by a caller is in the audit before it is made."""

from secrets import token_hex

from domain import clock
from services import services
from store.audit import Entry, day_of
from telemetry.request_ids import request_id
from triggers.http.current_call import current_call

NOT_AUDITED = {
    "post_message": "the record of the message names who sent it, from where and when",
    "MessageRouter": "the record of the message names who sent it, from where and when",
    "find_customers": "it changes nothing; its address is in the body so that no log of requests has it",
    "preview_template": "it changes nothing; its data is in the body",
    "find_suppressions": "it changes nothing; its address is in the body so that no log of requests has it",
}
"""The routes other than GET that leave no entry, by the name of the function, each with the reason."""


async def audited(action: str, target: str, **details: str | None) -> None:
    """Note that the current caller does this now. `details` hold no address and no text of a message.

    Raises `StoreUnavailable`: then nothing may be changed.
    """
    call, now = current_call(), clock.now()
    known = {name: value for name, value in details.items() if value is not None}
    entry = Entry(
        id=token_hex(16),
        day=day_of(now),
        at=now,
        actor=call.caller.name,
        action=action,
        target=target,
        source=call.source,
        request_id=request_id(),
        key_id=call.caller.key_id,
        details=known,
    )
    await services().audit.add(entry)
