"""Values whose form a standard says, and of which a pattern of ours knew too little or too much."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from triggers.http.requests.fields import EmailAddress, Locale, Timeout, TimeZone


def reason(kind: Any, value: object) -> str:
    """Why it is refused; empty when it is taken."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return ""


@pytest.mark.parametrize(
    "tag",
    ["en", "en-GB", "es-419", "es-u-ms-metric", "zh-Hant-TW", "zh-yue-Hant-HK", "de-CH-1901", "sl-rozaj-biske-1994",
     "sr-Latn", "en-GB-u-hc-h23-x-house", "x-dothraki", "i-klingon", "EN-gb", "de-1996", "und"],
)  # fmt: skip
def test_every_well_formed_language_tag_is_taken(tag):
    assert reason(Locale, tag) == ""


@pytest.mark.parametrize(
    "tag",
    ["", "e", "english", "en_GB", "en-", "-en", "en--GB", "en GB", "en-GB\n", "en-u", "x", "en-x-", "zh-TW-Hant",
     "en-GB-US", "en-toolongsubtag", "en-Gß", "de-u-x-a", "*"],
)  # fmt: skip
def test_what_is_no_language_tag_is_refused(tag):
    assert reason(Locale, tag) == "must be a language tag of RFC 5646, as in en-GB"


def test_a_language_tag_has_an_end():
    assert reason(Locale, "en-x" + "-abcdefgh" * 20)


@pytest.mark.parametrize("name", ["Europe/London", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "GB"])
def test_a_zone_of_the_database_is_taken(name):
    assert reason(TimeZone, name) == ""


@pytest.mark.parametrize(
    "name",
    ["localtime", "posixrules", "Factory", "posix/Europe/London", "right/Europe/London", "leapseconds",
     "tzdata.zi", "europe/london", "Europe", "../Europe/London", "/usr/share/zoneinfo/UTC", "", "CET-1CEST"],
)  # fmt: skip
def test_a_file_beside_the_zones_is_none(name):
    assert reason(TimeZone, name) == "must be a time zone of the IANA database, as in Europe/London"


@pytest.mark.parametrize("local_part", ["a" * 64, "a.b+c", "o'brien", "-a"])
def test_what_stands_before_the_at_may_be_64_long(local_part):
    assert reason(EmailAddress, f"{local_part}@example.com") == ""


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("a" * 65 + "@example.com", "must not have more than 64 bytes before the @"),
        ('"ada lovelace"@example.com', "must not have quotation marks before the @"),
        ('"a@b"@example.com', "must not have quotation marks before the @"),
        (".a@example.com", "must be an email address, as in ada@example.com"),
        ("a@example.com\r\nBcc: eve@example.com", "must be an email address, as in ada@example.com"),
        ("a\u202e@example.com", "must be an email address, as in ada@example.com"),
    ],
)
def test_an_address_that_mail_servers_refuse_is_refused_here_and_told_why(address, why):
    assert reason(EmailAddress, address) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("P1DT", "must be an ISO 8601 duration, as in PT5M"),
        ("PT", "must be an ISO 8601 duration, as in PT5M"),
        ("P99999999999W", "must lie between PT1S and PT72H"),
        ("PT0S", "must lie between PT1S and PT72H"),
    ],
)
def test_a_timeout_that_is_no_duration_or_too_short_or_too_long_is_told_apart(text, why):
    assert reason(Timeout, text) == why
