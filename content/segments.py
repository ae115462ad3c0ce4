"""Into how many parts an SMS is divided, each of which is charged.

A text of the GSM 7-bit alphabet has 160 characters in one part and 153 in each of several; any other 70 and 67 UTF-16
code units. Characters of the extension table take two places, and no character is divided between two parts. Source:
3GPP TS 23.038 and TS 23.040.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
OF_SEVERAL: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}

PLAIN = {
    "’": "'", "‘": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-",
    "…": "...", "•": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\ufeff": "", "\t": " ", "`": "'",
    "´": "'", "ç": "c", "œ": "oe", "Œ": "OE", "ﬁ": "fi", "ﬂ": "fl",
}  # fmt: skip
"""What stands for a character that the alphabet lacks, and says the same."""


@dataclass(frozen=True)
class Segments:
    """`characters`: how many a reader sees places for: one for each code point."""

    encoding: Encoding
    characters: int
    segments: int


def segments_of(text: str) -> Segments:
    """How many parts the text takes, in the encoding that Communication Services chooses."""
    encoding: Encoding = "GSM-7" if all(each in BASIC or each in EXTENSION for each in text) else "UCS-2"
    places = [_places(each, encoding) for each in text]
    if sum(places) <= ALONE[encoding]:
        return Segments(encoding, len(text), 1)
    parts, left = 1, OF_SEVERAL[encoding]
    for each in places:
        if each > left:
            parts, left = parts + 1, OF_SEVERAL[encoding]
        left -= each
    return Segments(encoding, len(text), parts)


def _places(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def in_gsm(text: str) -> str:
    """The text in the GSM alphabet where that says the same: typographic marks and letters with accents it lacks.

    The same text where something has no such twin, as an emoji: it would be longer in any case.
    """
    written = "".join(_plain(each) for each in text)
    return written if segments_of(written).encoding == "GSM-7" else text


def _plain(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    if character in PLAIN:
        return PLAIN[character]
    base = unicodedata.normalize("NFD", character)[0]
    return base if base in BASIC and base.isascii() else character
