"""What may stand in an id, in a header and in the text of a message, whatever characters there are."""

from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.texts import LONGEST_HEADER_VALUE, body_text, customer_id, header_value, is_visible

CHECKS = [body_text, header_value, customer_id]
NOTHING_TO_SEE = [
    "",
    " \t",
    "\u200b",  # no width
    "\u202e\u202c",  # an override, and its end
    "\u2066\u2069\u200e\ufeff",
    "\u00ad\u2060",
    "\u3164\u115f\uffa0",  # Hangul's fillers
    "\u2800",  # Braille without a dot
    "\u00a0\u3000\u2028",
    "\ufe0f\U000e0100\u034f",
    "\U000e0041\U000e007f",  # tags
]


def reason(check, text):
    """Why it is refused; None when it is taken."""
    try:
        check(text)
    except ValueError as wrong:
        return str(wrong)
    return None


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", NOTHING_TO_SEE)
def test_what_shows_nothing_is_no_text(check, text):
    assert reason(check, text)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "Grüße 🎁",
        "שלום \u200f(1)",
        "क्\u200dष",
        "👩\u200d👧",
        "\u202bשלום\u202c",
        "one\r\n\ttwo",
        "\ue000",
        "1\u20e3",
    ],
)
def test_a_text_in_any_script_is_taken_as_it_is(text):
    assert body_text(text) == text


@pytest.mark.parametrize(
    "text", ["Hi\r\nBcc: eve@example.com", "a\0", "\x1b[2J", "a\x7f", "a\x85b", "a\u2028b", "a\tb"]
)
def test_a_header_is_one_line_without_control_characters(text):
    assert reason(header_value, text) == "must not hold line breaks or other control characters"


@pytest.mark.parametrize("turning", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_header_does_not_change_the_direction_of_what_stands_beside_it(turning):
    assert "direction" in (reason(header_value, f"invoice{turning}fdp.exe") or "")


def test_a_header_in_hebrew_has_its_marks():
    assert header_value("שלום \u200f(1)\u200e") == "שלום \u200f(1)\u200e"


def test_blanks_around_a_header_are_left_out_and_its_length_has_an_end():
    assert header_value("  Parcel \n") == "Parcel"
    assert header_value("x" * LONGEST_HEADER_VALUE)
    assert reason(header_value, "x" * (LONGEST_HEADER_VALUE + 1)) == "must not be longer than 998 characters"


@pytest.mark.parametrize(
    "name", ["acme/9", "ada@example.com", "100%", "50% off", "%zz", "\\", "Zoë 🎁", "a..", "+1", "?#&"]
)
def test_an_id_is_any_name_that_can_be_printed(name):
    assert customer_id(name) == name


@pytest.mark.parametrize(
    "name", ["a%2Fb", "%ff", "100%41", ".", "..", "a\u200bb", "\u202eabc", "a\nb", "a\u00a0b", "c" * 129]
)
def test_an_id_that_looks_like_another_one_or_becomes_another_one_in_a_path_is_refused(name):
    assert reason(customer_id, name)


@given(st.text())
@example("\ud800")
@example("\x85")
def test_whatever_is_taken_holds_what_its_place_can_hold_and_no_reason_quotes_it(text):
    marked = "canary" + text
    for check in CHECKS:
        assert "canary" not in (reason(check, marked) or "")
    if reason(header_value, text) is None:
        value = header_value(text)
        assert value == value.strip()
        assert value.isprintable() or all(
            category(each) in ("Cf", "Zs", "Co", "Cn") for each in value if not each.isprintable()
        )
        assert 1 <= len(value) <= LONGEST_HEADER_VALUE
        assert header_value(value) == value
    if reason(body_text, text) is None:
        assert not set(text) & ({*map(chr, range(32)), *map(chr, range(127, 160))} - {"\t", "\r", "\n"})
        assert is_visible(text)
    if reason(customer_id, text) is None:
        assert text.isprintable()
        assert is_visible(text)


@given(st.text(min_size=1, max_size=50).filter(lambda text: text.isalnum() and text.isascii()))
def test_plain_words_are_taken_everywhere(text):
    assert [check(text) for check in CHECKS] == [text] * len(CHECKS)
