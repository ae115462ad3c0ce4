"""Requests while a part of ours is away: what a 202 and a 503 promise, and what the customer gets."""

import sqlite3
from contextlib import closing, contextmanager

import pytest

from domain.errors import StoreUnavailable
from tests.intercepted import Intercepted
from tests.platform import a_platform
from tests.stores import in_sqlite_only, is_troubled

BODY = {"customerId": "customer-123", "message": "Your code is 123456", "to": {"sms": "+14255550123"}}
BODY |= {"channels": ["sms"]}
SILENT_BODY = {**BODY, "to": {"sms": "+14255550102", "email": "ada@example.com"}, "channels": ["sms", "email"]}


@contextmanager
def locked(file):
    """Another process writes to the file, and does not come to an end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def post(platform, body=BODY, key=None):
    return platform.call("POST", "/api/messages", body, {"Idempotency-Key": key} if key else {})


def test_accepted_while_no_workflow_can_be_started_the_message_arrives_once(timeless):
    with locked(timeless.data / "durable.db"):
        answer = post(timeless)
    assert answer.status == 202, answer.body

    timeless.advance("PT3M")

    assert timeless.message(answer.body["messageId"])["status"] == "delivered"
    assert len(timeless.ledger()) == 1


def test_cancelled_while_no_workflow_can_be_rung_the_message_goes_no_further(timeless):
    message_id = post(timeless, SILENT_BODY).body["messageId"]
    timeless.advance("PT1M")

    with locked(timeless.data / "durable.db"):
        answer = timeless.call("POST", f"/api/messages/{message_id}/cancel")

    assert (answer.status, answer.body["status"]) == (202, "cancelling")
    timeless.advance("PT30M")
    assert timeless.message(message_id)["status"] == "cancelled"
    assert [effect["channel"] for effect in timeless.ledger()] == ["sms"]


@in_sqlite_only
@pytest.mark.parametrize("is_repeated", [True, False])
def test_refused_while_the_store_is_locked_it_arrives_once_if_it_is_sent_again_and_else_never(timeless, is_repeated):
    with locked(timeless.data / "landfall.db"):
        refused = post(timeless)
        assert refused.status == 503, refused.body

    if is_repeated:
        assert post(timeless, key=refused.headers["Idempotency-Key"]).status == 202
    timeless.advance("PT30M")

    assert len(timeless.ledger()) == is_repeated


@in_sqlite_only
def test_told_to_repeat_with_a_key_a_caller_who_does_so_twice_sends_once(timeless):
    with locked(timeless.data / "landfall.db"):
        refused = post(timeless)
        assert post(timeless, key=refused.body["idempotencyKey"]).status == 503

    answers = [post(timeless, key=refused.body["idempotencyKey"]) for _ in range(2)]
    timeless.advance("PT5M")

    assert [answer.headers["Idempotency-Replayed"] for answer in answers] == [None, "true"]
    assert len(timeless.ledger()) == 1


class FailingOnce:
    """A store one of whose operations fails, before it has done anything or after it has done everything."""

    def __init__(self, number, how):
        self._number, self._how, self._operations = number, how, None

    def between(self, channels, documents):
        return channels, Intercepted(documents, self._around)

    def begin(self):
        self._operations = 0

    async def _around(self, name, call):
        is_this_one = self._operations == self._number
        if self._operations is not None:
            self._operations += 1
        if is_this_one and self._how == "before":
            raise StoreUnavailable("the store has no time now")
        result = await call()
        if is_this_one:
            raise StoreUnavailable("the answer was lost")
        return result


OPERATIONS_OF_A_POST = 3  # customer, correlation, record


@pytest.mark.skipif(is_troubled(), reason="counts what is done where nothing has to be done again")
@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("number", range(OPERATIONS_OF_A_POST))
async def test_whichever_write_fails_who_repeats_as_the_answer_says_sends_once(tmp_path, number, how):
    store = FailingOnce(number, how)
    async with a_platform(tmp_path, store.between) as platform:
        store.begin()
        refused = await platform.call("POST", "/api/messages", BODY)
        key = refused.body["idempotencyKey"]
        await platform.advance(minutes=5)  # before the caller comes again, the sweeper has been there
        left_behind = await platform.ledger()

        again = await platform.call("POST", "/api/messages", BODY, {"Idempotency-Key": key})
        await platform.advance(minutes=5)

        assert (refused.status, refused.headers["Idempotency-Key"]) == (503, key)
        assert "may arrive though the request is not sent again" in refused.body["detail"]
        assert (again.status, (await platform.message(again.body["messageId"]))["status"]) == (202, "delivered")
        assert len(await platform.ledger()) == 1
        assert len(left_behind) == ((number, how) == (2, "after"))  # the record was written, its answer lost


async def test_a_caller_with_a_key_of_its_own_is_told_to_use_that_again(tmp_path):
    store = FailingOnce(0, "before")
    async with a_platform(tmp_path, store.between) as platform:
        store.begin()
        refused = await platform.call("POST", "/api/messages", BODY, {"Idempotency-Key": "order-7"})

    assert refused.status == 503
    assert "with the same Idempotency-Key may be sent again" in refused.body["detail"]
    assert "Idempotency-Key" not in refused.headers
    assert "order-7" not in str(refused.body)


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("GET", "/api/messages/{id}", "Nothing was changed."),
        ("POST", "/api/messages/{id}/cancel", "attempts may begin until this request is answered 202"),
        ("PUT", "/api/customers/customer-123", "Send the same request again until it is answered 200 or 201"),
        ("GET", "/api/customers/customer-123", "Nothing was changed."),
        ("GET", "/api/customers/customer-123/conversations", "Nothing was changed."),
        ("GET", "/api/conversations/conv-456/messages", "Nothing was changed."),
    ],
)
async def test_every_503_says_what_it_leaves_behind_and_how_to_repeat(tmp_path, method, path, says):
    store = FailingOnce(0, "after")
    async with a_platform(tmp_path, store.between) as platform:
        message_id = (await platform.call("POST", "/api/messages", SILENT_BODY)).body["messageId"]
        await platform.settled()
        store.begin()
        body = {"contactPoints": {"sms": "+14255550123"}} if method == "PUT" else None
        refused = await platform.call(method, path.format(id=message_id), body)
        again = await platform.call(method, path.format(id=message_id), body)

    assert refused.status == 503
    assert says in refused.body["detail"]
    assert again.status < 500
