"""No address, name or text in the engine's database, in logs or in a status: canaries are planted and looked for."""

from itertools import chain

from tests.stores import in_sqlite_only

CANARY_NUMBERS = {
    ending: f"+1408555{ending}" for ending in ("0123", "0101", "0102", "0104", "0105", "0106", "0109", "0110")
}
CANARY_NAMES = [
    "canary-mailbox",
    "canary-customer@example.com",
    "canary text",
    "canary subject",
    "canary html",
    "canary-reference",
    "canary-name",
    "canary value",
]
NAMED = {"reference": "canary-reference", "metadata": {"canary-name": "canary value"}}
CONTENT = {"subject": "canary subject", "text": "canary text", "html": "<b>canary html</b>"}


def _posts():
    for ending, number in CANARY_NUMBERS.items():
        steps = [{"channel": "whatsapp", "timeout": "PT1S"}, {"channel": "sms", "timeout": "PT1S"}, "email"]
        to = {"whatsapp": number, "sms": number, "email": f"canary-mailbox-{ending}@example.com"}
        yield {
            "customerId": "canary-customer@example.com",
            "content": CONTENT,
            "to": to,
            "channels": steps,
            **NAMED,
        }
    for behaviour in ("failed", "rejected", "dropped", "flaky"):
        to = {"email": f"{behaviour}+canary-mailbox@example.com"}
        yield {
            "customerId": "canary-customer@example.com",
            "content": CONTENT,
            "to": to,
            "channels": ["email"],
            **NAMED,
        }


def _bad_posts():
    good = {"customerId": "canary-customer@example.com", "message": "canary text"}
    yield {**good, "to": {"sms": "canary-mailbox"}}
    yield {**good, "to": {"email": "canary-mailbox"}}
    yield {**good, "canary text": 1}
    yield b'{"canary text"'


@in_sqlite_only
def test_no_file_but_the_products_own_and_the_providers_holds_an_address_or_a_text(own_platform):
    platform = own_platform
    platform.call(
        "PUT", "/api/customers/canary-customer@example.com", {"contactPoints": {"sms": CANARY_NUMBERS["0123"]}}
    )
    platform.call("GET", "/api/customers/canary-customer@example.com")
    posted = [platform.call("POST", "/api/messages", body).body["messageId"] for body in _posts()]
    platform.post(customerId="canary-customer@example.com", message="canary text")
    for body in _bad_posts():
        assert platform.call("POST", "/api/messages", body).status == 400
    platform.restart()
    statuses = []
    for message_id in posted:
        platform.finished(message_id, seconds=30)
        query = f"/runtime/webhooks/durabletask/instances/{message_id}?showHistory=true&showHistoryOutput=true"
        statuses.append(str(platform.call("GET", query).body))
    platform.kill()

    canaries = [number.removeprefix("+") for number in CANARY_NUMBERS.values()] + CANARY_NAMES
    theirs = ("landfall.db", "providers.db")  # the record and the ledger are where these belong
    files = [path for path in platform.data.rglob("*") if path.is_file() and not path.name.startswith(theirs)]
    assert any(path.name.startswith("durable.db") for path in files)
    texts = {path.name: path.read_bytes().decode(errors="replace") for path in [*files, platform.log]}
    found = [(name, canary) for name, text in texts.items() for canary in canaries if canary in text]
    found += [("status", canary) for text, canary in ((t, c) for t in statuses for c in canaries) if canary in text]
    platform.start()

    assert found == []
    stored = b"".join(path.read_bytes() for path in chain(platform.data.glob("landfall.db*")))
    assert all(canary.encode() in stored for canary in canaries)  # the search finds what is there
