"""What an id points to, and the report that comes before its attempt is known."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from domain.identities import OURS
from domain.messages.attempt import Reason, Receipt
from domain.messages.retention import Retention
from domain.serialization import to_document
from store.correlations import AcceptedRow, AttemptRow, Correlations, provider_row_id
from tests.domain.messages.records import MINUTE, NOON

PROVIDER_ID = "c41f0f0a-6d8e-4c55-a7a1-2f6f5f3f9d10"
SENT = Receipt(0, "sent", NOON)
DELIVERED = Receipt(0, "delivered", NOON + MINUTE)
FAILED = Receipt(0, "failed", NOON, Reason("unreachable", "The customer cannot be reached by WhatsApp (131026)."))
HOSTILE_IDS = [
    "wamid.HBgLMTQyNTU1NTAxMjMVAgARGBI=",
    "a/b\\c?d#e",
    "..",
    "",
    " ",
    "x" * 5000,
    "Grüße 📦\u202e",
    "'; DROP TABLE documents; --",
    "a\nb\0c",
    "half a pair \ud800",
]


@pytest.fixture
def correlations(documents):
    return Correlations(documents, Retention())


def attempt_row(provider_id: str = PROVIDER_ID, attempt: int = 1) -> AttemptRow:
    return AttemptRow(provider_row_id(provider_id), "conv-456", "message-1", attempt, "whatsapp")


# a message id


async def test_a_message_id_is_claimed_once_and_the_first_claim_stands(correlations):
    first, second = AcceptedRow("message-1", "conv-1", "hash-1"), AcceptedRow("message-1", "conv-2", "hash-2")

    assert await correlations.accept(first) == first
    assert await correlations.accept(second) == first
    assert await correlations.accept(first) == first
    assert await correlations.find_accepted("message-1") == first


async def test_of_many_claims_at_the_same_moment_all_see_the_same_winner(correlations):
    claims = [AcceptedRow("message-1", f"conv-{number}", "hash") for number in range(20)]

    answers = await asyncio.gather(*map(correlations.accept, claims))

    assert len({answer.conversation_id for answer in answers}) == 1
    assert await correlations.find_accepted("message-1") == answers[0]


async def test_an_id_that_nobody_claimed_points_to_nothing(correlations):
    assert await correlations.find_accepted("message-1") is None
    assert await correlations.find_attempt(provider_row_id(PROVIDER_ID)) is None


# an attempt id


async def test_an_attempt_may_be_named_again_and_again(correlations):
    for _ in range(3):
        await correlations.name_attempt(attempt_row())

    assert await correlations.find_attempt(provider_row_id(PROVIDER_ID)) == attempt_row()


async def test_the_rows_of_messages_and_of_attempts_are_not_mistaken_for_each_other(correlations):
    await correlations.accept(AcceptedRow("message-1", "conv-456", "hash"))
    await correlations.name_attempt(attempt_row())

    assert await correlations.find_attempt("message-1") is None
    assert await correlations.find_accepted(PROVIDER_ID) is None


# a provider's id, known from either side first


async def test_a_report_after_the_answer_finds_its_attempt(correlations):
    assert await correlations.join(attempt_row()) == ()

    assert await correlations.find_or_keep(PROVIDER_ID, DELIVERED) == attempt_row()


async def test_a_report_before_the_answer_waits_and_is_handed_over(correlations):
    assert await correlations.find_or_keep(PROVIDER_ID, DELIVERED) is None

    assert await correlations.join(attempt_row()) == (DELIVERED,)


async def test_a_receipt_that_an_older_version_kept_is_handed_over(correlations, documents):
    row_id = provider_row_id(PROVIDER_ID)
    kept = {"id": row_id, "conversationId": "", "messageId": "", "attempt": 0, "channel": "", "schema": 1}
    await documents.create("Correlations", {**kept, "parked": [to_document(DELIVERED)]})

    assert await correlations.join(attempt_row()) == (DELIVERED,)


async def test_a_receipt_is_kept_where_a_worker_of_an_older_version_looks(correlations, documents):
    await correlations.find_or_keep(PROVIDER_ID, DELIVERED)

    stored = await documents.read("Correlations", provider_row_id(PROVIDER_ID), provider_row_id(PROVIDER_ID))
    assert stored.document["parked"] == [to_document(DELIVERED)]


async def test_reports_before_the_answer_wait_together_each_once_and_whole(correlations):
    for receipt in (SENT, FAILED, SENT, DELIVERED, FAILED):
        assert await correlations.find_or_keep(PROVIDER_ID, receipt) is None

    assert await correlations.join(attempt_row()) == (SENT, FAILED, DELIVERED)


async def test_a_repeated_call_is_handed_the_early_reports_again(correlations):
    """The first call may have died before it folded them into the record."""
    await correlations.find_or_keep(PROVIDER_ID, DELIVERED)

    assert await correlations.join(attempt_row()) == (DELIVERED,)
    assert await correlations.join(attempt_row()) == (DELIVERED,)


async def test_a_report_that_waited_finds_its_attempt_when_it_comes_again(correlations):
    await correlations.find_or_keep(PROVIDER_ID, SENT)
    await correlations.join(attempt_row())

    row = await correlations.find_or_keep(PROVIDER_ID, SENT)

    assert row is not None
    assert (row.message_id, row.attempt, row.channel) == ("message-1", 1, "whatsapp")


async def test_an_id_under_which_only_reports_wait_points_to_no_message(correlations):
    await correlations.find_or_keep(PROVIDER_ID, SENT)

    row = await correlations.find_attempt(provider_row_id(PROVIDER_ID))
    assert row is not None
    assert not row.is_known
    assert await correlations.find_accepted(PROVIDER_ID) is None


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
async def test_at_the_same_moment_each_report_is_found_by_exactly_one_side(order, correlations):
    """Whichever side comes first: what the sender is not handed, the report's own side can fold, and never neither."""
    receipts = [SENT, DELIVERED, FAILED]
    sides = [
        *(correlations.find_or_keep(PROVIDER_ID, receipt) for receipt in receipts),
        correlations.join(attempt_row()),
    ]

    answers = dict(zip(order, await asyncio.gather(*(sides[number] for number in order)), strict=True))

    handed_over = answers[3]
    for number, receipt in enumerate(receipts):
        assert (answers[number] is None) == (receipt in handed_over)


async def test_among_many_reports_and_repeated_calls_none_is_lost(correlations):
    receipts = [Receipt(0, "failed", NOON, Reason("providerError", f"The {number}th.")) for number in range(20)]
    keeps = [correlations.find_or_keep(PROVIDER_ID, receipt) for receipt in receipts]
    joins = [correlations.join(attempt_row()) for _ in range(3)]

    *rows, one, two, three = await asyncio.gather(*keeps, *joins)

    handed_over = {*one, *two, *three}
    for receipt, row in zip(receipts, rows, strict=True):
        assert (row is None) == (receipt in handed_over)
        assert row is None or row.message_id == "message-1"


async def test_a_report_that_comes_hundreds_of_times_before_its_attempt_waits_once_as_its_earliest(correlations):
    later = [replace(DELIVERED, at=DELIVERED.at + timedelta(seconds=number)) for number in range(1, 30)]

    await asyncio.gather(
        *(correlations.find_or_keep(PROVIDER_ID, receipt) for receipt in (*later, DELIVERED, FAILED, *later))
    )

    assert set(await correlations.join(attempt_row())) == {DELIVERED, FAILED}


# ids that nobody promised us


@pytest.mark.parametrize("provider_id", HOSTILE_IDS, ids=ascii)
async def test_any_text_may_be_a_providers_id(provider_id, correlations):
    assert await correlations.find_or_keep(provider_id, DELIVERED) is None
    assert await correlations.join(attempt_row(provider_id)) == (DELIVERED,)

    row = await correlations.find_attempt(provider_row_id(provider_id))
    assert row is not None
    assert OURS.fullmatch(row.id)
    assert (row.message_id, row.attempt) == ("message-1", 1)


async def test_no_two_of_them_are_taken_for_the_same(correlations):
    for number, provider_id in enumerate(HOSTILE_IDS, start=1):
        await correlations.join(attempt_row(provider_id, number))

    rows = [await correlations.find_attempt(provider_row_id(provider_id)) for provider_id in HOSTILE_IDS]
    assert [row.attempt for row in rows if row] == [*range(1, len(HOSTILE_IDS) + 1)]


async def test_a_report_under_the_id_of_a_message_leaves_the_message_alone(correlations):
    accepted = AcceptedRow("message-1", "conv-456", "hash")
    await correlations.accept(accepted)

    assert await correlations.find_or_keep("message-1", DELIVERED) is None
    assert await correlations.find_accepted("message-1") == accepted
