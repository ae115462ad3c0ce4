"""What a content says on one channel, and what is to be said about that."""

from dataclasses import asdict
from typing import Any

from content.segments import in_gsm, segments_of
from domain.messages.message import Content
from domain.traits import TRAITS

MANY_SEGMENTS = 3


def previewed(content: Content, channel: str) -> dict[str, Any]:
    """With the parts of an SMS, each of which is charged, and with warnings."""
    wording, traits = content.on(channel), TRAITS[channel]
    told: dict[str, Any] = {name: value for name, value in asdict(wording).items() if value}
    warnings: list[str] = []
    if traits.longest_text is not None:
        told = {name: value for name, value in told.items() if name == "text"}
        if not wording.text:
            warnings.append("There is no text, so this channel would be skipped.")
        elif len(wording.text) > traits.longest_text:
            warnings.append(f"The text is longer than {traits.longest_text} characters: this channel would be skipped.")
    if traits.has_segments and wording.text:
        segments = segments_of(wording.text)
        told |= {"encoding": segments.encoding, "segments": segments.segments, "characters": segments.characters}
        if segments.segments > MANY_SEGMENTS:
            warnings.append(f"It takes {segments.segments} parts, each of which is charged.")
        if segments.encoding == "UCS-2" and segments_of(in_gsm(wording.text)).encoding == "GSM-7":
            warnings.append("It would take fewer parts with plain quotation marks, dashes and letters.")
    return {**told, "warnings": warnings}
