"""The owner of a reply, however its sender is identified, and whoever owned the number before."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.put_customer import put_on_file
from actions.record_reply import record_reply
from actions.record_report import record_report
from channels.providers import read_reply, read_report
from channels.report import Report
from domain import clock
from domain.conversations.inbound import inbound_id
from domain.conversations.reply import Reply
from domain.customers.addresses import other_spellings
from domain.customers.customer import Customer
from domain.identities import digest, own_conversation
from domain.messages.message import Message, RouteStep
from store.correlations import CORRELATIONS
from store.unmatched_events import UNMATCHED_EVENTS, unmatched_id
from tests.actions.bench import Bench, Killed, a_bench
from tests.channels.inbound_events import SMS, WHATSAPP, an_event, sms, whatsapp
from tests.domain.messages.records import a_message

STATUS_UPDATED = "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated"
STRANGER = ""
names = count(1)
numbers = count(1000)
in_turn = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def bench(tmp_path, monkeypatch):
    async with a_bench(tmp_path) as started:
        monkeypatch.setattr("actions.turn.services", lambda: started.services)
        yield started


def a_number():
    """Of Brazil, where each has two spellings; those that end on 01.. have a behaviour of their own."""
    return f"+5511{next(numbers) + 987_600_000}"


async def put(bench: Bench, name: str, **contact_points: str) -> None:
    await put_on_file(bench.services, Customer(digest(name), name, contact_points=contact_points))


async def send(bench: Bench, name: str, channel: str, to: str | None = None) -> Message:
    """A message to a customer, at `to` or where they are on file."""
    customer_id, message_id = digest(name), str(uuid4())
    message = Message(**{
        **vars(a_message(channels=[RouteStep(channel, timedelta(minutes=5))], id=message_id, created_at=clock.now())),
        "conversation_id": own_conversation(customer_id),
        "customer_id": customer_id,
        "external_customer_id": name,
        "to": {channel: to} if to else {},
    })  # fmt: skip
    await bench.services.messages.create(message)
    await bench.send(message, channel, turn_number=1)
    return await bench.record(message)


async def reply(bench: Bench, event_type: str, data: dict[str, Any]) -> str | None:
    """Who is shown what was written, by name; None when it is unmatched."""
    event = an_event(event_type, data)
    read = read_reply(event)
    assert isinstance(read, Reply)
    await record_reply(bench.services, bench.client, event, read)
    row_id = inbound_id(read)
    stored = await bench.documents.read(CORRELATIONS, row_id, row_id)
    if stored is None:
        unmatched = unmatched_id(event.id, event.type, "received")
        assert await bench.documents.read(UNMATCHED_EVENTS, unmatched, unmatched)
        await bench.documents.delete(UNMATCHED_EVENTS, unmatched, unmatched)
        return None
    row = stored.document
    messages = (await bench.services.conversations.messages(row["conversationId"], 100, None)).messages
    assert row_id in {message.id for message in messages}
    assert {message.external_customer_id for message in messages} == {row["externalCustomerId"]}
    return str(row["externalCustomerId"])


async def whatsapp_reply(bench: Bench, answered: str = "", **named: str | None) -> str | None:
    context = {"context": {"id": answered}} if answered else {}
    sender = {"from": named.get("number"), "fromBSUID": named.get("user_id")}
    return await reply(bench, WHATSAPP, {**whatsapp(), "messageId": str(uuid4()), **sender, **context})


async def sms_reply(bench: Bench, number: str) -> str | None:
    return await reply(bench, SMS, sms(**{"messageId": str(uuid4()), "from": number.lstrip("+")}))


async def report(bench: Bench, message: Message, **recipient: str | None) -> None:
    provider_id = message.attempts[0].provider_message_id
    data = {"messageId": provider_id, "status": "delivered", "channelType": "whatsapp", **recipient}
    event = an_event(STATUS_UPDATED, data)
    news = read_report(event.type, event.data, event.at)
    assert isinstance(news, Report)
    await record_report(bench.services, bench.client, event, news)


def answered_by(message: Message) -> str:
    return str(message.attempts[0].provider_message_id)


# a report is on the attempt that the provider's id names, whoever it says was the recipient

anybody = st.none() | st.text(max_size=20) | st.from_regex(r"\+?[1-9]\d{6,14}", fullmatch=True)


@in_turn
@given(to=anybody | st.just("another spelling"), user_id=anybody)
async def test_a_report_counts_whatever_it_calls_the_recipient(bench, to, user_id):
    number = a_number()
    message = await send(bench, f"customer-{next(names)}", "whatsapp", number)

    await report(
        bench, message, to=other_spellings("sms", number)[0] if to == "another spelling" else to, toBSUID=user_id
    )

    assert (await bench.record(message)).attempts[0].status == "delivered"


# a reply finds its customer by whatever names its sender


@in_turn
@given(
    number=st.sampled_from(["as dialled", "spelt otherwise", "", None]),
    user_id=st.sampled_from(["", None, "known by a report", "known by a reply", "new"]),
    answers=st.booleans(),
)
async def test_a_reply_finds_its_customer_by_whatever_names_the_sender(bench, number, user_id, answers):
    name, dialled, person = f"customer-{next(names)}", a_number(), f"BR.{uuid4().hex}"
    await put(bench, name, whatsapp=dialled)
    message = await send(bench, name, "whatsapp")
    if user_id == "known by a report":
        await report(bench, message, to=None, toBSUID=person)
    if user_id == "known by a reply":
        await whatsapp_reply(bench, number=other_spellings("sms", dialled)[0], user_id=person)
    spelt = {"as dialled": dialled, "spelt otherwise": other_spellings("sms", dialled)[0]}.get(number or "", number)
    named = {"number": spelt, "user_id": person if user_id else user_id}
    answered = answered_by(message) if answers else ""
    if not (answered or any(named.values())):
        return  # nothing names anybody: tests/channels/test_replies.py

    shown = await whatsapp_reply(bench, answered, **named)

    is_known = bool(answers or spelt or str(user_id).startswith("known"))
    assert shown == (name if is_known else STRANGER)
    customer = await bench.services.customers.read(digest(name))
    assert customer
    assert ("whatsapp" in customer.last_inbound_at) == (is_known or user_id == "known by a reply")


async def test_a_reply_that_names_no_sender_and_answers_what_is_not_ours_is_unmatched(bench):
    assert await whatsapp_reply(bench, answered="somebody else's") is None


# which of two that differ


async def test_a_shared_number_does_not_overrule_which_message_was_answered(bench):
    number = a_number()
    for name in ("ada", "grace"):
        await put(bench, name, whatsapp=number)
    to_ada = await send(bench, "ada", "whatsapp")
    await send(bench, "grace", "whatsapp")

    assert await whatsapp_reply(bench, answered_by(to_ada), number=number) == "ada"
    assert await whatsapp_reply(bench, number=number) == "grace"


async def test_somebody_who_has_moved_to_the_number_of_another_one_is_known_by_what_they_answer(bench):
    old, new = a_number(), a_number()
    await put(bench, "ada", whatsapp=old)
    await put(bench, "grace", whatsapp=new)
    to_ada = await send(bench, "ada", "whatsapp")

    assert await whatsapp_reply(bench, answered_by(to_ada), number=new) == "ada"


@pytest.mark.parametrize("is_erased", [False, True])
async def test_a_number_that_is_anothers_by_now_is_not_shown_to_whom_it_was_before(bench, is_erased):
    number, person = a_number(), "BR.1"
    await put(bench, "ada", whatsapp=number)
    to_ada = await send(bench, "ada", "whatsapp")
    await report(bench, to_ada, to=number, toBSUID=person)
    await put(bench, "ada", whatsapp=a_number())
    if is_erased:
        record = await bench.services.messages.read(to_ada.conversation_id, to_ada.id)
        await bench.services.messages.replace(record, record.message.without_content(), clock.now())

    assert await whatsapp_reply(bench, answered_by(to_ada), number=number) == "ada"
    await put(bench, "grace", whatsapp=number)

    for named in ({"number": number}, {"number": other_spellings("sms", number)[0]}, {"user_id": person}):
        assert await whatsapp_reply(bench, answered_by(to_ada), **named) == "grace"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(8))
async def test_a_number_is_given_up_and_taken_over_whatever_a_crash_leaves_undone(bench, step, moment):
    number, another = a_number(), a_number()
    await put(bench, "ada", sms=number)
    await send(bench, "ada", "sms")

    for name, has in (("ada", another), ("grace", number)):
        with bench.documents.dying(step, moment), suppress(Killed):
            await put(bench, name, sms=has)
        await put(bench, name, sms=has)

    assert (await sms_reply(bench, number), await sms_reply(bench, another)) == ("grace", "ada")


# nobody is shown what another one wrote

CUSTOMERS, NUMBERS = ("ada", "grace", "joan"), ("x", "y")
acts = st.lists(
    st.tuples(st.just("put"), st.sampled_from(CUSTOMERS), st.sampled_from([None, *NUMBERS]))
    | st.tuples(st.just("send"), st.sampled_from(CUSTOMERS), st.sampled_from([None, *NUMBERS]))
    | st.tuples(st.just("reply"), st.none(), st.sampled_from(NUMBERS)),
    max_size=14,
)


@dataclass
class History:
    """What the company has said of one number: the customers on file there, and those written to there since.

    Whoever gives the number up is out; so is, when somebody is newly put on file with it, who was only written to.
    """

    listed: set[str] = field(default_factory=set)
    written: list[str] = field(default_factory=list)

    def put(self, name: str) -> None:
        if name not in self.listed:
            self.listed.add(name)
            self.written = [each for each in self.written if each in self.listed]

    def give_up(self, name: str) -> None:
        if name in self.listed:
            self.listed.remove(name)
            self.written = [each for each in self.written if each != name]

    def may_be_shown(self) -> set[str]:
        """The customer written to last, if they have the number; else its owner, or nobody."""
        return set(self.written[-1:]) or self.listed or {STRANGER}


@in_turn
@given(acts)
async def test_nobody_is_shown_what_another_one_wrote_whoever_had_the_number_before(bench, acts):
    example = next(names)
    spelt = {number: a_number() for number in NUMBERS}
    history = {number: History() for number in NUMBERS}
    on_file: dict[str, str | None] = {}
    for act, who, number in acts:
        name = f"{who}-{example}"
        if act == "put":
            for each in NUMBERS:
                history[each].put(name) if each == number else history[each].give_up(name)
            on_file[name] = number
            await put(bench, name, **({"sms": spelt[number]} if number else {}))
        elif act == "send" and (there := number or on_file.get(name)):
            history[there].written.append(name)
            await send(bench, name, "sms", spelt[number] if number else None)
        elif act == "reply":
            assert await sms_reply(bench, spelt[number]) in history[number].may_be_shown()
