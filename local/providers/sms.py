"""POST /sms, as in Microsoft's specification of 2021-03-07: an answer of 202 with one item per recipient."""

from typing import Any
from uuid import uuid4

from local.clock import Clock
from local.providers.behaviours import behaviour_of
from local.providers.reading import is_http_date, is_phone_number, items, json_object, optional_text, part, text
from local.providers.refusals import invalid
from local.providers.sending import Sending, Sent, Submission

LONGEST_MESSAGE = 2048
MOST_RECIPIENTS = 100
Item = dict[str, Any]


async def send_sms(sending: Sending, body: bytes) -> dict[str, list[Item]]:
    """Execute what can be executed and say for each recipient what became of it."""
    request = json_object(body)
    readings = [_read_recipient(request, recipient, sending.clock) for recipient in _recipients(request)]
    sent = iter(await sending.submit("sms", [each for each in readings if isinstance(each, Submission)]))
    return {"value": [_item(each, next(sent)) if isinstance(each, Submission) else each for each in readings]}


def _recipients(request: Item) -> list[Item]:
    text(request, "from")
    if len(text(request, "message")) > LONGEST_MESSAGE:
        raise invalid("message", f"The message is longer than {LONGEST_MESSAGE} characters.")
    if "smsSendOptions" in request and not isinstance(
        part(request, "smsSendOptions").get("enableDeliveryReport"), bool
    ):
        raise invalid("smsSendOptions", "The field enableDeliveryReport is required and is true or false.")
    recipients = items(request, "smsRecipients", MOST_RECIPIENTS)
    for recipient in recipients:
        text(recipient if isinstance(recipient, dict) else {}, "to")
    return recipients


def _read_recipient(request: Item, recipient: Item, clock: Clock) -> Submission | Item:
    """The submission for one recipient, or the item that says why there is none."""
    to = recipient["to"]
    repeatability_id = optional_text(recipient, "repeatabilityRequestId")
    first_sent = optional_text(recipient, "repeatabilityFirstSent")
    if not is_phone_number(to):
        return _failed_item(to, "Invalid To phone number format.")
    if behaviour_of(to).is_rejected:
        return _failed_item(to, "The number cannot receive messages.")
    if (repeatability_id or first_sent) and not (repeatability_id and is_http_date(first_sent)):
        return _rejected_repetition(to)
    options = request.get("smsSendOptions", {})
    tag = optional_text(options, "tag")
    operation_id = repeatability_id or str(uuid4())
    return Submission(
        channel="sms",
        operation_id=operation_id,
        fingerprint=first_sent or "",
        attempt_id=tag or operation_id,
        sender=request["from"],
        recipients=(to,),
        message_ids=(f"Outgoing_{clock.now():%Y%m%d%H%M%S}{uuid4()}",),
        content={"text": request["message"]},
        tag=tag,
        wants_reports=options.get("enableDeliveryReport", False),
    )


def _item(submission: Submission, sent: Sent) -> Item:
    [to] = submission.recipients
    if sent.message_ids is None:  # the id came before, with another first-sent time
        return _rejected_repetition(to)
    item = {"to": to, "messageId": sent.message_ids[0], "httpStatusCode": 202, "successful": True}
    return {**item, "repeatabilityResult": "accepted"} if submission.fingerprint else item


def _failed_item(to: str, reason: str) -> Item:
    return {"to": to, "httpStatusCode": 400, "errorMessage": reason, "successful": False}


def _rejected_repetition(to: str) -> Item:
    reason = "The repeatability id and the first-sent time (RFC 1123) do not belong together."
    return {**_failed_item(to, reason), "repeatabilityResult": "rejected"}
