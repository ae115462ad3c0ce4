"""Why a message did not arrive, in our words, by the codes of the providers and carriers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.acs import REASONS as SMS_REASONS
from channels.whatsapp.acs import REASONS as WHATSAPP_REASONS
from tests.channels.events import Data, email, sms, whatsapp
from tests.channels.reading import code, read_well, receipt

pytestmark = pytest.mark.usefixtures("a_day_in_november")


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ("4000", "blocked"),
        ("4001", "rejected"),
        ("4002", "badAddress"),
        ("4003", "badAddress"),
        ("4004", "badAddress"),
        ("4005", "blocked"),
        ("4006", "unreachable"),
        ("4007", "optedOut"),
        ("4008", "throttled"),
        ("4009", "blocked"),
        ("4010", "notAuthorized"),
        ("4020", "throttled"),
        ("795", "throttled"),
        ("4795", "throttled"),
        ("5000", "providerError"),
        ("5001", "unavailable"),
        ("5002", "noDeliveryReceipt"),
        ("9999", "providerError"),
        ("4999", "providerError"),
        ("2000", "providerError"),
        ("", "providerError"),
        ("No idea.", "providerError"),
        ("4004: number does not exist", "badAddress"),
        ("4004 - number does not exist", "badAddress"),
        ("Sender blocked for given recipient.", "optedOut"),
        ("SENDER BLOCKED FOR GIVEN RECIPIENT.", "optedOut"),
    ],
)
def test_the_code_at_the_start_of_the_details_says_why_a_text_message_failed(details, expected):
    assert code("sms", sms("Failed", details)) == expected


@pytest.mark.parametrize("details", [None, 4004, {"code": 4004}, []])
def test_details_that_are_no_text_say_nothing(details):
    assert code("sms", sms("Failed", deliveryStatusDetails=details)) == "providerError"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Failed", "providerError"),
        ("Bounced", "bounced"),
        ("Suppressed", "bounced"),
        ("Quarantined", "blocked"),
        ("FilteredSpam", "blocked"),
    ],
)
def test_the_status_says_why_an_email_failed(status, expected):
    assert (receipt("email", email(status)).status, code("email", email(status))) == ("failed", expected)


@pytest.mark.parametrize(
    ("channel_code", "expected"),
    [
        ("131026", "unreachable"),
        ("131047", "outsideWindow"),
        ("130472", "blocked"),
        ("131049", "blocked"),
        ("131048", "throttled"),
        ("130429", "throttled"),
        ("131056", "throttled"),
        ("131051", "rejected"),
        ("131042", "notAuthorized"),
        ("131031", "notAuthorized"),
        ("368", "notAuthorized"),
        ("470", "outsideWindow"),
        ("131050", "optedOut"),
        ("131021", "badAddress"),
        ("131030", "notAuthorized"),
        ("131045", "notAuthorized"),
        ("131057", "unavailable"),
        ("80007", "throttled"),
        ("130497", "blocked"),
        ("131016", "unavailable"),
        ("131062", "rejected"),
        ("131009", "rejected"),
        ("131052", "rejected"),
        ("131053", "rejected"),
        ("132000", "rejected"),
        ("132001", "rejected"),
        ("132005", "tooLong"),
        ("132007", "rejected"),
        ("132012", "rejected"),
        ("132015", "rejected"),
        ("132016", "rejected"),
        (131026, "unreachable"),
        (True, "providerError"),
        ("1", "providerError"),
        ("", "providerError"),
        (None, "providerError"),
        ({}, "providerError"),
    ],
)
def test_metas_code_says_why_a_whatsapp_message_failed(channel_code, expected):
    assert code("whatsapp", whatsapp("Failed", error={"channelCode": channel_code})) == expected
    assert code("whatsapp", whatsapp("Failed", error={"ChannelCode": channel_code})) == expected


def failed(kind: str, code: str) -> Data:
    return sms("Failed", f"{code}: no") if kind == "sms" else whatsapp("Failed", error={"channelCode": code})


@pytest.mark.parametrize("kind", ["sms", "whatsapp"])
@given(code=st.text("0123456789", min_size=1, max_size=6))
def test_the_number_of_every_code_is_told_and_counted_where_it_is_unknown(kind, code):
    report, reason = read_well(kind, failed(kind, code)), receipt(kind, failed(kind, code)).reason

    assert reason
    assert reason.detail.endswith(f"({code}).")
    assert report.unknown_code in ("", code)
    assert bool(report.unknown_code) == (code not in (SMS_REASONS if kind == "sms" else WHATSAPP_REASONS))
    assert reason.code == "providerError" or not report.unknown_code


@pytest.mark.parametrize("kind", ["sms", "whatsapp"])
@pytest.mark.parametrize("code", ["14255550123", "1425555", "\u0664\u0660\u0660\u0664", "-1", "+1425", "none", ""])
def test_what_is_no_number_of_six_digits_at_most_is_no_code_and_is_told_nowhere(kind, code):
    report = read_well(kind, failed(kind, code))

    assert report.unknown_code == ""
    assert "(" not in repr(receipt(kind, failed(kind, code)).reason).removeprefix("Reason(").removesuffix(")")


def test_a_message_that_arrived_has_no_unknown_code():
    assert read_well("sms", sms("Delivered", "2000")).unknown_code == ""
    assert read_well("whatsapp", whatsapp("Read", error={"channelCode": "7"})).unknown_code == ""


@pytest.mark.parametrize("error", [None, {}, {"channelMessage": "No."}, "131026", [131026]])
def test_a_failure_without_a_code_has_a_reason_all_the_same(error):
    assert code("whatsapp", whatsapp("Failed", error=error)) == "providerError"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("sms", sms("Failed", "4004 for +14255550123")),
        ("email", email("Failed", deliveryStatusDetails={"statusMessage": "No ada@example.com here"})),
        ("whatsapp", whatsapp("Failed", error={"channelCode": "1", "channelMessage": "No +14255550123"})),
    ],
)
def test_a_reason_is_in_our_words_and_holds_no_address(kind, data):
    told = repr(receipt(kind, data).reason)

    assert "example.com" not in told
    assert "+1425" not in told
