"""What customers write, and from where, stays in the records: canaries are planted and looked for."""

from tests.end_to_end.test_inbound import RECEIVED, an_event, deliver, messages, publish, replied, whatsapp
from tests.stores import in_sqlite_only

NUMBER, STRANGER = "+14085570123", "+14085570124"
CUSTOMER = "canary-writer@example.com"
CANARIES = [NUMBER.lstrip("+"), STRANGER.lstrip("+"), CUSTOMER, "canary text", "canary media", "canary reason"]


@in_sqlite_only
def test_no_file_but_the_products_own_and_the_providers_holds_what_a_customer_wrote(own_platform):
    platform = own_platform
    platform.call("PUT", f"/api/customers/{CUSTOMER}", {"contactPoints": {"sms": NUMBER, "whatsapp": NUMBER}})
    message_id = platform.post(customerId=CUSTOMER, channels=["sms"], conversationId="conv-canary")
    platform.finished(message_id)

    for number in (NUMBER, STRANGER):
        replied(platform, "sms", number, "canary text")
        media = {"id": "media-1", "caption": "canary media", "fileName": "canary media.png"}
        deliver(platform, whatsapp(number.lstrip("+"), "image", media=media))
    wrote = {**RECEIVED, "customerId": CUSTOMER, "conversationId": "conv-canary", "content": "canary text"}
    failed = {"messageId": "canary text", "reason": "canary reason", "customerId": CUSTOMER}
    publish(platform, an_event("MessageReceived", wrote), an_event("MessageFailed", failed))
    report = {"deliveryStatus": "Failed", "tag": "canary text", "to": STRANGER, "deliveryStatusDetails": "canary text"}
    deliver(
        platform,
        {"id": STRANGER, "eventType": "Microsoft.Communication.SMSDeliveryReportReceived", "data": report},
    )
    platform.until(lambda: len(messages(platform, "conv-canary")) >= 3, "the replies show")
    platform.until(lambda: _nothing_is_pending(platform), "all events are delivered")
    platform.kill()

    theirs = ("landfall.db", "providers.db")
    files = [path for path in platform.data.rglob("*") if path.is_file() and not path.name.startswith(theirs)]
    texts = {path.name: path.read_bytes().decode(errors="replace") for path in [*files, platform.log]}
    stored = b"".join(path.read_bytes() for path in platform.data.glob("landfall.db*")).decode(errors="replace")
    platform.start()

    assert any(name.startswith("durable.db") for name in texts)
    assert [(name, canary) for name, text in texts.items() for canary in CANARIES if canary in text] == []
    assert all(canary in stored for canary in CANARIES[:-1])  # the search finds what is there
    assert "canary reason" not in stored  # in the words of somebody else, who may name anybody


def _nothing_is_pending(platform) -> bool:
    health = platform.call("GET", f"{platform.local_url}/local/health").body
    return bool(health["pendingDeliveries"] == 0)
