"""When two addresses are equal."""

import re
import unicodedata

from domain.identities import digest
from domain.traits import TRAITS, takes_email_addresses

SPELLINGS = (
    (r"55([1-9]\d)9([6-9]\d{7})", r"55\1\2"),
    (r"55([1-9]\d)([6-9]\d{7})", r"55\g<1>9\2"),
    (r"521([2-9]\d{9})", r"52\1"),
    (r"52([2-9]\d{9})", r"521\1"),
    (r"549([1-3]\d{9})", r"54\1"),
    (r"54([1-3]\d{9})", r"549\1"),
)
"""How one mobile number is spelt otherwise, in digits: WhatsApp keeps the spelling with which an account began.

Brazil put a 9 before its mobile numbers, which began with 6 to 9; what begins with 2 to 5 is a landline and has one
spelling. Mexico dropped the 1 after +52 in 2019. Argentina's mobile numbers have a 9 after +54, dialled from abroad.
Sources: "Specifics of sending messages to numbers of different countries" on support.whapi.cloud; "Brazilian Phone
Numbers" and "Phone Numbers: Mexico" on waha.devlike.pro.
"""


def normalised(channel: str, address: str) -> str:
    """The address as rows are keyed by it: a number's digits, an email address without case and its domain in ASCII.

    Providers write one number with and without its plus. WhatsApp names people by ids of its own too (`US.1349…`), in
    which case matters.
    """
    address = address.strip()
    if takes_email_addresses(channel):
        return in_ascii(address).casefold()
    digits = re.sub(r"\D", "", address) if re.fullmatch(r"[+\d\s().-]+", address) else ""
    return digits or address


def other_spellings(channel: str, address: str) -> tuple[str, ...]:
    """Other spellings of the same phone number, to be tried when the one at hand is not known."""
    digits = "" if takes_email_addresses(channel) else normalised(channel, address)
    return tuple(re.sub(one, other, digits) for one, other in SPELLINGS if re.fullmatch(one, digits))


def one_spelling(channel: str, address: str) -> str:
    """The same text for every spelling of one address."""
    return min((normalised(channel, address), *other_spellings(channel, address)))


def recipient_digest(address: str) -> str:
    """Stands for an address, however it is spelt and on whichever channel, where the address itself is not kept."""
    kind = "emailAddress" if "@" in address else "phoneNumber"
    channel = next(name for name, traits in TRAITS.items() if traits.address == kind)
    return digest(one_spelling(channel, address))


def is_same(channel: str, one: str, other: str) -> bool:
    """Whether the two are one address, however they are spelt."""
    return normalised(channel, one) in (normalised(channel, other), *other_spellings(channel, other))


def in_ascii(email_address: str) -> str:
    """The email address with its domain in ASCII: `ada@bücher.example.com` as `ada@xn--bcher-kva.example.com`.

    For what was stored or reported; what callers send is checked by email-validator, with the same result. Not with the
    `idna` codec of Python: it is of 2003, and makes one domain of faß.example.com and fass.example.com, which are two.
    """
    local_part, at, domain = email_address.rpartition("@")
    labels = "".join(map(_folded, unicodedata.normalize("NFKC", domain).lower())).replace("。", ".").split(".")
    return f"{local_part}{at}{'.'.join(map(_label, labels))}" if at else email_address


def _folded(letter: str) -> str:
    """As domains compare letters: Cherokee ones fold to capitals, while ß and ς, which have no such twin, stay."""
    folded = letter.casefold()
    return folded if len(folded) == 1 and letter != "ς" else letter


def _label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
