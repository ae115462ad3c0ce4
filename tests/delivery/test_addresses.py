import pytest

from delivery.addresses import normalised


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("sms", "+14255550123", "14255550123"),
        ("whatsapp", "+1 (425) 555-0123", "14255550123"),
        ("email", "Ada@Example.com ", "ada@example.com"),
        ("whatsapp", "US.13491208655302741918", "us.13491208655302741918"),
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
        ("email", "1@example.com", "1@example.org"),
        ("sms", "+", "-"),
    ],
)
def test_two_addresses_stay_two(channel, one, other):
    assert normalised(channel, one) != normalised(channel, other)
