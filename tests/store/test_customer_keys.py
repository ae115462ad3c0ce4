"""A customer's key leads to the customer, tells nothing of them, and stays the same."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identities import OURS, digest
from domain.signing_keys import SigningKeys
from store.customer_keys import CustomerKeys

FIRST, SECOND = (f"{number}:{b64encode(bytes([number]) * 32).decode()}" for number in (1, 2))
KEYS = CustomerKeys(SigningKeys.from_text(FIRST))
BOTH = CustomerKeys(SigningKeys.from_text(f"{SECOND},{FIRST}"))
ADA = digest("ada@example.com")


@given(st.text())
def test_every_customer_is_found_by_their_key_which_fits_into_a_path_as_it_is(name):
    key = KEYS.key_of(digest(name))

    assert KEYS.customer_id_of(key) == digest(name)
    assert OURS.fullmatch(key)
    assert digest(name) not in key


@given(st.text(), st.text())
def test_two_customers_have_two_keys(name, other):
    assert (KEYS.key_of(digest(name)) == KEYS.key_of(digest(other))) is (name == other)


def test_a_signing_key_that_is_added_changes_no_customers_key():
    assert BOTH.key_of(ADA) == KEYS.key_of(ADA)


def test_when_the_first_signing_key_is_left_out_old_keys_lead_to_nobody_and_there_are_new_ones():
    second = CustomerKeys(SigningKeys.from_text(SECOND))

    assert second.customer_id_of(KEYS.key_of(ADA)) is None
    assert second.key_of(ADA) != KEYS.key_of(ADA)
    assert BOTH.customer_id_of(second.key_of(ADA)) == ADA


def test_a_key_cannot_be_made_without_the_secret():
    other = CustomerKeys(SigningKeys.from_text(f"1:{b64encode(bytes(32)).decode()}"))

    assert other.key_of(ADA) != KEYS.key_of(ADA)
    assert KEYS.customer_id_of(other.key_of(ADA)) != ADA


@pytest.mark.parametrize("text", ["", "ck_", "ck_1_", f"ck_1_{'g' * 32}", f"ck_9_{'0' * 32}", f"ck_1_{'0' * 33}", ADA])
def test_what_is_no_key_of_ours_leads_to_nobody(text):
    assert KEYS.customer_id_of(text) is None
