"""A token opens what it was made for, and nothing else."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.signing_keys import SigningKeys

FIRST, SECOND = (f"{number}:{b64encode(bytes([number]) * 32).decode()}" for number in (1, 2))
KEYS = SigningKeys.from_text(FIRST)


@given(st.text(), st.text())
def test_a_token_is_good_for_one_subject_and_one_purpose(subject, other):
    token = KEYS.token("workflow", subject)

    assert KEYS.verify(token, "workflow", subject)
    assert not KEYS.verify(token, "unsubscribe", subject)
    assert KEYS.verify(token, "workflow", other) == (subject == other)


@given(st.text())
def test_no_other_text_is_a_token(text):
    assert KEYS.verify(text, "workflow", "message-1") == (text == KEYS.token("workflow", "message-1"))


def test_a_token_needs_no_encoding_in_a_url():
    assert all(
        set(KEYS.token("workflow", str(number)))
        <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
        for number in range(100)
    )


def test_a_key_is_renewed_by_adding_the_next_one_and_ended_by_leaving_it_out():
    old = KEYS.token("workflow", "message-1")
    both = SigningKeys.from_text(f"{FIRST}, {SECOND}")

    assert both.token("workflow", "message-1").startswith("2.")
    assert both.verify(old, "workflow", "message-1")
    assert not SigningKeys.from_text(SECOND).verify(old, "workflow", "message-1")


def test_another_key_under_the_same_number_signs_otherwise():
    other = SigningKeys.from_text(f"1:{SECOND[2:]}")

    assert not other.verify(KEYS.token("workflow", "message-1"), "workflow", "message-1")


@pytest.mark.parametrize(
    "text", ["", "canary", FIRST[2:], f"one:{FIRST[2:]}", "1:Y2FuYXJ5", "1:canary-!", f"{FIRST},{FIRST}"]
)
def test_what_are_no_numbered_keys_is_refused_without_being_told(text):
    with pytest.raises(ValueError, match="must be numbered keys") as refused:
        SigningKeys.from_text(text)

    assert not text or text not in str(refused.value)


def test_keys_are_not_shown_by_accident():
    assert repr(KEYS) == "SigningKeys()"
