import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.customers.addresses import in_ascii, is_same, normalised, other_spellings


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("sms", "+14255550123", "14255550123"),
        ("whatsapp", "+1 (425) 555-0123", "14255550123"),
        ("email", "Ada@Example.com ", "ada@example.com"),
        ("email", "ada@bücher.example.com", "ADA@xn--bcher-kva.Example.com"),
        ("email", "ada@BÜCHER.example.com", "ada@bücher.example.com"),
    ],
)
def test_two_spellings_are_one_address(channel, one, other):
    assert normalised(channel, one) == normalised(channel, other)


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("sms", "+14255550123", "+14255550124"),
        ("whatsapp", "someone", "someone else"),
        ("whatsapp", "user-1", "person-1"),
        ("whatsapp", "US.AbC", "US.aBc"),
        ("email", "ada@faß.example.com", "ada@fass.example.com"),
        ("email", "1@example.com", "1@example.org"),
        ("sms", "+", "-"),
    ],
)
def test_two_addresses_stay_two(channel, one, other):
    assert normalised(channel, one) != normalised(channel, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987651234", "551187651234"),
        ("+5551980201045", "555180201045"),
        ("+525512345678", "5215512345678"),
        ("+541112345678", "5491112345678"),
    ],
)
def test_a_mobile_number_is_found_in_both_spellings_of_its_country(one, other):
    assert is_same("whatsapp", one, other)
    assert is_same("sms", other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511923456789", "551123456789"),  # the latter is a landline
        ("+5211234567890", "521234567890"),  # no number of Mexico begins so
        ("+5511987651234", "551187651235"),
        ("+4415551234567", "41555123456"),
        ("US.13491", "US.13492"),
    ],
)
def test_what_only_looks_like_another_spelling_is_another_number(one, other):
    assert not is_same("whatsapp", one, other)


BRAZILIAN = st.from_regex(r"55[1-9]\d(9?[6-9]\d{7})", fullmatch=True)
MEXICAN = st.from_regex(r"521?[2-9]\d{9}", fullmatch=True)
ARGENTINE = st.from_regex(r"549?[1-3]\d{9}", fullmatch=True)


@given(BRAZILIAN | MEXICAN | ARGENTINE)
def test_every_mobile_number_of_these_countries_has_one_other_spelling_which_leads_back(number):
    number = normalised("sms", number)
    [other] = other_spellings("sms", f"+{number}")

    assert other != number
    assert other_spellings("sms", other) == (number,)


@given(st.text(st.characters(codec="ascii", categories=["Nd"]), min_size=7, max_size=15))
def test_no_number_has_more_spellings_than_two(number):
    assert len(other_spellings("sms", number)) <= 1
    assert other_spellings("email", number) == ()


LETTERS = st.text(st.characters(categories=["Ll", "Lo", "Mn", "Nd"], max_codepoint=0xAB6F), min_size=1, max_size=8)
"""Without the small letters of Cherokee, whose capitals are older and are what Python calls lower."""


@settings(deadline=None)
@given(LETTERS)
@example("\N{CHEROKEE SMALL LETTER YE}")
def test_a_domain_that_was_stored_is_brought_into_ascii_as_what_is_sent_is(label):
    try:
        checked = validate_email(f"ada@{label}.example.com", check_deliverability=False)
    except EmailNotValidError:
        return

    assert in_ascii(checked.normalized) == checked.ascii_email
    assert normalised("email", checked.normalized) == normalised("email", checked.ascii_email)


@given(st.text(st.characters()))
def test_whatever_is_said_to_be_an_address_can_be_compared(anything):
    for channel in ("email", "sms", "whatsapp"):
        assert is_same(channel, anything, f" {anything}")
