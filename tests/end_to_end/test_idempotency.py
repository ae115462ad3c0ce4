"""The same request sent again, and calls of which nobody knows what became."""

from concurrent.futures import ThreadPoolExecutor

from domain.identities import message_id_of
from store.correlations import AcceptedRow
from tests.platform import a_platform

NUMBER = "+14255530123"
BODY = {"customerId": "c-idempotent", "message": "Your code is 123456", "to": {"sms": NUMBER}, "channels": ["sms"]}
WRITTEN_BY_VERSION_1 = "38bc24a3f9faff5e024e3eb9c2a2ef2e318324208d1d9c00473126835bed78cb"
"""The hash of this body, in the row of a version that hashed the fields of its model."""


def _post(platform, key, body):
    return platform.call("POST", "/api/messages", body, {"Idempotency-Key": key})


def test_twenty_times_at_once_with_one_key_is_one_message_and_one_answer(platform):
    body = {**BODY, "to": {"sms": "+14255550223"}}  # a number of its own: other tests share the platform
    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda _: _post(platform, "twenty", body), range(20)))

    assert {answer.status for answer in answers} == {202}
    assert all(answer.body == answers[0].body for answer in answers)
    assert sum(answer.headers["Idempotency-Replayed"] is None for answer in answers) == 1
    platform.finished(answers[0].body["messageId"])
    assert len([effect for effect in platform.ledger() if effect["to"] == "+14255550223"]) == 1


def test_after_the_end_the_answer_is_the_same_and_nothing_is_sent_again(platform):
    body = {**BODY, "to": {"sms": "+14255540123"}}
    first = _post(platform, "after the end", body)
    platform.finished(first.body["messageId"])

    again = _post(platform, "after the end", dict(reversed(body.items())))

    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len([effect for effect in platform.ledger() if effect["to"] == "+14255540123"]) == 1


def test_another_body_under_the_same_key_is_refused(platform):
    _post(platform, "another body", BODY)

    answer = _post(platform, "another body", {**BODY, "message": "Your code is 654321"})

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_a_key_too_long_is_refused(platform):
    answer = _post(platform, "k" * 256, BODY)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_without_a_key_the_same_body_is_two_messages(platform):
    answers = [platform.call("POST", "/api/messages", BODY) for _ in range(2)]

    assert answers[0].body["messageId"] != answers[1].body["messageId"]


def test_who_would_rather_miss_it_than_get_it_twice_is_not_called_again(own_platform):
    """A provider that executes and cuts the connection: its answer never comes, its report does not either."""
    posted = {}
    for choice in ("stop", "retry"):
        own_platform.fault(channel="email", fault="dropped")
        step = {"channel": "email", "timeout": "PT4S"}
        to = {"email": f"silent+{choice}@example.com"}
        posted[choice] = own_platform.post(to=to, channels=[step], ifUnknown=choice)
        own_platform.until(lambda to=to: own_platform.inbox(to["email"]), "the provider has executed the call")

    [stopped] = own_platform.finished(posted["stop"])["attempts"]
    [retried] = own_platform.finished(posted["retry"])["attempts"]

    assert (stopped["tries"], stopped["status"], stopped["reason"]["code"]) == (1, "timedOut", "noAnswer")
    assert retried["tries"] == 2
    assert len(own_platform.ledger()) == 2  # the provider recognised the id of the second


async def test_a_request_accepted_before_an_upgrade_is_the_same_message_after_it(tmp_path):
    async with a_platform(tmp_path) as platform:
        before = AcceptedRow(message_id_of("order-7"), "conv-456", WRITTEN_BY_VERSION_1)
        await platform.services.correlations.accept(before)

        same = await platform.call("POST", "/api/messages", BODY, {"Idempotency-Key": "order-7"})
        another = await platform.call("POST", "/api/messages", {**BODY, "message": "x"}, {"Idempotency-Key": "order-7"})

    assert (same.status, same.body["messageId"], same.headers["Idempotency-Replayed"]) == (202, before.id, "true")
    assert another.status == 422
