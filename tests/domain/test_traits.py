"""Types that a type checker must see spelt out say the same as the table of traits."""

from typing import get_args

import pytest

from domain.traits import CHANNELS, TRAITS, takes_email_addresses, window_of
from triggers.http.requests.fields import ChannelName, EmailAddress, PhoneNumber
from triggers.http.requests.request_bodies import ContactPoints
from triggers.http.responses.response_bodies import SeenChannel


def test_callers_may_name_every_channel_and_no_other():
    assert get_args(ChannelName.__value__) == CHANNELS
    assert get_args(SeenChannel) == (*CHANNELS, "other")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_contact_point_is_the_kind_of_address_that_its_channel_takes(channel):
    kinds = {"phoneNumber": PhoneNumber, "emailAddress": EmailAddress}
    annotation = ContactPoints.__annotations__[channel]

    assert set(get_args(annotation)) == {kinds[TRAITS[channel].address], type(None)}


def test_a_channel_that_we_do_not_know_has_no_window_and_takes_no_email_addresses():
    assert window_of("other") is None
    assert not takes_email_addresses("other")
