"""docs/data-map.md names every field of every document that is kept."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from content.template import Template
from domain.access.api_key import ApiKey
from domain.conversations.conversation import Conversation
from domain.conversations.inbound import InboundMessage
from domain.conversations.reply import ReplyContent
from domain.customers.consent import Statement
from domain.customers.customer import Customer
from domain.customers.erasure import Erasure
from domain.customers.suppression import Suppression
from domain.messages.attempt import Attempt
from domain.messages.message import Content, Message
from domain.messages.rules import Pause
from domain.serialization import camel_case
from store.address_rows import AddressRow
from store.api_keys import LinkRow
from store.audit import Entry
from store.controls import Exemption, Sending
from store.conversations import ConversationRow
from store.correlations import AcceptedRow, AttemptRow
from store.documents import PARTITION_KEYS
from store.erased_addresses import ErasedAddress
from store.imports import Import, ImportPage
from store.message_groups import CollapseRow, ReferenceRow
from store.rates import RateRow
from store.replies import NoticeRow, ReplyRow
from store.suppression_list import Listed
from store.unmatched_events import UnmatchedEvent

PAGE = (Path(__file__).parents[1] / "docs" / "data-map.md").read_text()
KINDS = [
    *(Message, Attempt, Content, InboundMessage, ReplyContent, Customer, Statement, Conversation),
    *(AcceptedRow, AttemptRow, AddressRow, ErasedAddress, Suppression, ConversationRow, ReplyRow, NoticeRow),
    *(ReferenceRow, CollapseRow, Listed, UnmatchedEvent, Erasure, Import, ImportPage, Entry, Sending, ApiKey),
    *(Pause, Exemption, RateRow, LinkRow, Template),
]


def section_of(heading: str) -> str:
    found = re.search(rf"^{heading}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_page_names_every_field_and_no_other(kind):
    section = section_of(f"### {kind.__name__}")
    table = re.findall(r"^\| ([^|]*) \|", section, re.MULTILINE)
    named = {name for cell in table or [section] for name in re.findall(r"`([a-z]\w*)`", cell)}
    kept = {camel_case(field.name) for field in fields(kind)} - {"schema"}

    assert kept - named == set()
    assert named - kept <= {"parked", "reference", "metadata", "collapseKey"} if not table else named == kept


def test_every_container_has_a_part_of_the_page():
    assert set(PARTITION_KEYS) <= set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE))
