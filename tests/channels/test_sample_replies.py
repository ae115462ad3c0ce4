"""Microsoft's own sample events by which customers write, in both schemas.

The samples are not part of this repository: `LANDFALL_ACS_SPECS` names a folder with `events/`, one file per sample.
"""

import json
import os
from pathlib import Path

import pytest

from channels.providers import read_reply
from domain.conversations.reply import Reply
from events.event import read_event

FOLDER = os.environ.get("LANDFALL_ACS_SPECS")
pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason="LANDFALL_ACS_SPECS names no folder with the sample events"),
    pytest.mark.usefixtures("a_day_in_november"),
]
SAMPLES = sorted(Path(FOLDER).glob("events/*.json")) if FOLDER else []
EXPECTED = {
    "SMSReceived.json": ("sms", "text", "Great to connect with Azure Communication Services events"),
    "AdvancedMessageReceived.text.json": ("whatsapp", "text", "Hello"),
    "AdvancedMessageReceived.button.json": ("whatsapp", "button", "Yes"),
    "AdvancedMessageReceived.button-reply.json": ("whatsapp", "buttonReply", "Agree"),
    "AdvancedMessageReceived.list-reply.json": ("whatsapp", "listReply", "Priority Mail"),
    "AdvancedMessageReceived.reaction.json": ("whatsapp", "reaction", "👍"),
    "AdvancedMessageReceived.image.json": ("whatsapp", "image", None),
    "AdvancedMessageReceived.sticker.json": ("whatsapp", "sticker", None),
    "AdvancedMessageReceived.spec-all-fields.json": ("whatsapp", "other", "Come on guys, lets go for lunch together."),
}
"""All other samples are no replies."""


def events_in(sample):
    events = json.loads(sample.read_text(encoding="utf-8"))
    return events if isinstance(events, list) else [events]


def reply_in(event):
    arrived = read_event(json.dumps(event))
    return arrived and read_reply(arrived)


def as_cloud_event(event, version_key="specversion"):
    return {
        "id": event["id"],
        "source": event["topic"],
        "type": event["eventType"],
        "time": event["eventTime"],
        "data": event["data"],
        version_key: "1.0",
    }


def respelt(value, spell):
    if isinstance(value, dict):
        return {spell(key): respelt(each, spell) for key, each in value.items()}
    return [respelt(each, spell) for each in value] if isinstance(value, list) else value


def test_all_kinds_of_replies_are_among_the_samples():
    assert {sample.name for sample in SAMPLES} >= set(EXPECTED)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_tells_what_its_data_say_and_nothing_when_it_is_no_reply(sample):
    for event in events_in(sample):
        reply = reply_in(event)
        told = (reply.channel, reply.content.kind, reply.content.text) if isinstance(reply, Reply) else None
        assert told == EXPECTED.get(sample.name)


@pytest.mark.parametrize("spell", [str.lower, str.upper])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_tells_the_same_in_any_case(name, spell):
    for event in events_in(Path(str(FOLDER)) / "events" / name):
        other = {**event, "data": respelt(event["data"], spell)}
        assert reply_in(other) == reply_in(event)


@pytest.mark.parametrize("version_key", ["specversion", "specVersion"])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_tells_the_same_as_a_cloud_event(name, version_key):
    for event in events_in(Path(str(FOLDER)) / "events" / name):
        assert reply_in(as_cloud_event(event, version_key)) == reply_in(event)
