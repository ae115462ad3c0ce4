"""What a text may contain, depending on where it is used. Each check returns the text or raises `InvalidValue`, which
quotes none of it.
"""

import re
from unicodedata import category

from domain.errors import InvalidValue

LONGEST_HEADER_VALUE = 998
"""Characters; a line of an email holds no more without its end (RFC 5322, 2.1.1)."""

LONGEST_CUSTOMER_ID = 128

CUSTOMER_KEY_PREFIX = "ck_"
"""What every `customerKey` begins with, and no id of a caller."""

LONGEST_REFERENCE = 128
MOST_METADATA = 10
METADATA_NAME = re.compile("[A-Za-z0-9_.-]{1,40}")
LONGEST_METADATA_VALUE = 256

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates: they let a line be read in another order than it is written. Marks do not."""

INVISIBLE = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that show nothing: fillers, selectors, the Braille pattern without a dot."""


def body_text(text: str) -> str:
    """The text of a message: several lines, in any script."""
    if any(category(each) == "Cc" and each not in "\t\r\n" for each in text):
        raise InvalidValue("forbiddenCharacters", "must not hold control characters other than tabs and line breaks")
    return _visible(text)


def header_value(text: str) -> str:
    """One line, without the blanks around it."""
    text = text.strip()
    if any(category(each) in ("Cc", "Zl", "Zp", "Cs") for each in text):
        raise InvalidValue("forbiddenCharacters", "must not hold line breaks or other control characters")
    if TURNING.search(text):
        raise InvalidValue("forbiddenCharacters", "must not hold characters that change the direction of what follows")
    if len(text) > LONGEST_HEADER_VALUE:
        raise InvalidValue("tooLong", f"must not be longer than {LONGEST_HEADER_VALUE} characters")
    return _visible(text)


def customer_id(text: str) -> str:
    """A caller's own id of a customer. It stands in paths, too, and must come out of them as it went in."""
    if not (1 <= len(text) <= LONGEST_CUSTOMER_ID and text.isprintable() and is_visible(text)):
        raise InvalidValue("format", f"must be 1 to {LONGEST_CUSTOMER_ID} printable characters")
    if re.search("%[0-9A-Fa-f]{2}", text):
        raise InvalidValue(
            "forbiddenCharacters",
            "must not hold % and two hexadecimal digits, which stand for another character in a URL",
        )
    if text.startswith(CUSTOMER_KEY_PREFIX):
        raise InvalidValue("format", f"must not begin with {CUSTOMER_KEY_PREFIX}, as a customerKey does")
    if text in (".", ".."):
        raise InvalidValue("forbiddenCharacters", "must not be . or .., which stand for another path in a URL")
    return text


def reference(text: str) -> str:
    """A caller's own name of a message."""
    if not (1 <= len(text) <= LONGEST_REFERENCE and text.isprintable() and is_visible(text)):
        raise InvalidValue("format", f"must be 1 to {LONGEST_REFERENCE} printable characters")
    return text


def metadata(pairs: dict[str, str]) -> dict[str, str]:
    """What a caller wants to find with a message again, by names of their own."""
    if len(pairs) > MOST_METADATA:
        raise InvalidValue("outOfRange", f"must not have more than {MOST_METADATA} pairs")
    if not all(METADATA_NAME.fullmatch(name) for name in pairs):
        raise InvalidValue("format", "must have names of 1 to 40 letters, digits, underscores, dots or hyphens")
    if not all(len(value) <= LONGEST_METADATA_VALUE and value.isprintable() for value in pairs.values()):
        raise InvalidValue("format", f"must have values of at most {LONGEST_METADATA_VALUE} printable characters")
    return pairs


def is_visible(text: str) -> bool:
    """Whether there is anything to be seen of it."""
    return any(category(each) not in INVISIBLE for each in BLANK.sub("", text))


def _visible(text: str) -> str:
    if not is_visible(text):
        raise InvalidValue("empty", "must have a character that can be seen")
    return text
