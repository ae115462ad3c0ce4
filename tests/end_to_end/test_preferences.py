"""The link in every marketing email: one click unsubscribes, and a page shows what else there is to choose."""

import re
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from actions.preference_links import PreferenceLink, url_of
from domain import clock
from domain.customers.consent import Statement
from domain.identities import digest
from tests.platform import a_platform
from tests.stores import on_one_store

SMS, EMAIL = "+14255550123", "ada@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def offered(platform, channel="email", customer_id="customer-123", topic="news", **fields):
    to = {"email": EMAIL, "sms": SMS}
    message_id = await platform.post(
        customerId=customer_id, to=to, channels=[channel], category="marketing", topic=topic, **fields
    )
    await platform.advance(seconds=5)
    return await platform.message(message_id)


async def the_link(platform, **fields):
    """The URL in the newest email."""
    await offered(platform, **fields)
    content = (await platform.ledger())[-1]["content"]
    url = content["headers"]["List-Unsubscribe"].strip("<>")
    assert content["text"].endswith(url)
    return url


async def click(platform, url, form, kind="application/x-www-form-urlencoded"):
    async with platform._http.post(url, data=urlencode(form, doseq=True), headers={"Content-Type": kind}) as answer:
        return answer.status, await answer.text()


async def opened(platform, url):
    async with platform._http.get(url) as answer:
        return answer.status, await answer.text()


def checked(page):
    return set(re.findall(r'value="(\S+?)" checked', page))


async def test_one_click_unsubscribes_from_the_topic_of_the_email_and_from_nothing_else(platform):
    await platform.agrees("email", topic="news")
    await platform.agrees("email", topic="offers")
    url = await the_link(platform)
    assert EMAIL not in url

    status, _ = await click(platform, url, ONE_CLICK)

    assert status == 200
    refused = await offered(platform)
    assert (refused["status"], refused["skipped"][0]["reason"]["code"]) == ("notSent", "optedOut")
    assert (await offered(platform, topic="offers"))["status"] == "delivered"


async def test_only_looking_at_the_page_changes_nothing(platform):
    await platform.agrees("email", "sms", topic="news")
    url = await the_link(platform)

    status, page = await opened(platform, url)

    assert (status, checked(page)) == (200, {"email/news", "sms/news"})
    assert (await offered(platform))["status"] == "delivered"


async def test_on_the_page_a_customer_chooses_topics_and_channels(platform):
    await platform.agrees("email", "sms", topic="news")
    await platform.agrees("email", topic="offers")
    url = await the_link(platform)
    await platform.advance(seconds=1)

    shown = ["sms/news", "email/news", "email/offers"]
    status, page = await click(platform, url, {"do": "save", "shown": shown, "want": ["sms/news"]})
    assert (status, checked(page)) == (200, {"sms/news"})
    assert (await offered(platform))["status"] == "notSent"
    assert (await offered(platform, "sms"))["status"] == "delivered"

    await platform.advance(seconds=1)
    await click(
        platform,
        url,
        {"do": "save", "shown": [*shown, "email/secrets"], "want": ["sms/news", "email/offers", "email/secrets"]},
    )
    assert (await offered(platform, topic="offers"))["status"] == "delivered"
    assert (await offered(platform, topic="secrets"))["status"] == "notSent"  # nobody ever asked them about it


async def test_what_they_agreed_to_while_the_page_was_open_stays(platform):
    await platform.agrees("email", topic="news")
    url = await the_link(platform)
    shown = re.findall('name="shown" value="(.*?)"', (await opened(platform, url))[1])
    await platform.agrees("email", topic="offers")
    await platform.advance(seconds=1)

    _, page = await click(platform, url, {"do": "save", "shown": shown, "want": []})

    assert checked(page) == {"email/offers"}


async def test_at_the_limit_of_topics_the_page_saves_what_there_is_room_for(platform):
    body = {"state": "withdrawn", "evidence": {"source": "web form"}}
    for number in range(50):
        await platform.call("PUT", f"/api/customers/customer-123/consents/sms/topic-{number}", body)
    await platform.call("PUT", "/api/customers/customer-123/consents/email/all", body)
    link = PreferenceLink(digest("customer-123"), "email", "news")
    url = url_of(platform.services, "preferences", link)
    await platform.advance(seconds=1)

    wants = ["email/news", "sms/topic-1"]
    status, page = await click(platform, url, {"do": "save", "shown": wants, "want": wants})

    assert (status, checked(page)) == (200, {"sms/topic-1"})


async def test_what_is_unticked_counts_though_the_clock_of_who_recorded_the_consent_is_ahead(platform):
    await platform.agrees("email", topic="news")
    url = await the_link(platform)
    ahead = clock.now() + timedelta(seconds=3)
    granted = Statement("granted", ahead, "web form", "shop", ahead)
    await platform.services.customers.stated(digest("customer-123"), "customer-123", "email", "news", granted)

    _, page = await click(platform, url, {"do": "save", "shown": ["email/news"], "want": []})

    assert checked(page) == set()
    assert (await offered(platform))["status"] == "notSent"


async def test_who_wants_one_topic_and_not_all_the_rest_gets_that_one(platform):
    await platform.agrees("email", topic="all")
    await platform.agrees("email", topic="news")
    url = await the_link(platform)

    both = ["email/all", "email/news"]
    _, page = await click(platform, url, {"do": "save", "shown": both, "want": ["email/news"]})

    assert checked(page) == {"email/news"}
    assert (await offered(platform))["status"] == "delivered"
    assert (await offered(platform, topic="offers"))["status"] == "notSent"
    _, page = await click(platform, url, {"do": "save", "shown": both, "want": ["email/all"]})
    assert checked(page) == {"email/all"}
    assert (await offered(platform))["status"] == "notSent"


async def test_unsubscribing_from_everything_holds_on_every_channel(platform):
    await platform.agrees("email", "sms", topic="news")
    url = await the_link(platform)
    await platform.advance(seconds=1)

    _, page = await click(platform, url, {"do": "nothing"})

    assert checked(page) == set()
    assert (await offered(platform))["status"] == (await offered(platform, "sms"))["status"] == "notSent"
    parcel = await platform.post(to={"email": EMAIL}, channels=["email"])
    await platform.advance(seconds=5)
    assert (await platform.message(parcel))["status"] == "delivered"


async def test_a_click_counts_for_all_who_share_the_mailbox(platform):
    for name in ("ada", "grace"):
        await platform.call("PUT", f"/api/customers/{name}", {"contactPoints": {"email": EMAIL}})
        await platform.agrees("email", customer_id=name, topic="news")
    url = await the_link(platform, customer_id="ada")

    await click(platform, url, ONE_CLICK)

    assert (await offered(platform, customer_id="grace"))["status"] == "notSent"


async def test_a_click_counts_for_the_customer_who_has_another_address_by_now(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"email": EMAIL}})
    await platform.agrees("email", topic="news")
    url = await the_link(platform)
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"email": "new@example.com"}})

    await click(platform, url, ONE_CLICK)

    assert (await offered(platform))["status"] == "notSent"


@on_one_store
async def test_a_link_of_years_ago_counts_after_the_keys_were_renewed(platform, monkeypatch):
    await platform.agrees("email", topic="news")
    url = await the_link(platform)
    old = platform.services.settings.signing_keys
    monkeypatch.setenv("SIGNING_KEYS", f"2:{b64encode(b'n' * 32).decode()},{old}")
    await platform.restart()

    path = url.partition("/api/")[2]
    assert (await click(platform, f"{platform.host.url}/api/{path}", ONE_CLICK))[0] == 200
    assert (await offered(platform))["status"] == "notSent"


@on_one_store
async def test_a_link_that_somebody_changed_is_none(platform):
    await platform.agrees("email", topic="news")
    url = await the_link(platform)

    for wrong in (url[:-4] + "AAAA", url.replace(".news.", ".offers."), f"{platform.host.url}/api/preferences/x"):
        assert (await opened(platform, wrong))[0] == 404
        assert (await click(platform, wrong, ONE_CLICK))[0] == 404
    assert (await offered(platform))["status"] == "delivered"


@on_one_store
async def test_whatever_a_mail_program_posts_unsubscribes(platform):
    await platform.agrees("email", topic="news")
    url = await the_link(platform)

    boundary = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'
    async with platform._http.post(
        url, data=boundary, headers={"Content-Type": "multipart/form-data; boundary=x"}
    ) as answer:
        assert answer.status == 200

    assert (await offered(platform))["status"] == "notSent"


@on_one_store
async def test_other_messages_have_no_such_link(platform):
    await platform.post(to={"email": EMAIL}, channels=["email"])
    await platform.advance(seconds=5)

    [effect] = await platform.ledger()
    assert "headers" not in effect["content"]
    assert "Unsubscribe" not in effect["content"]["text"]


@on_one_store
async def test_the_evidence_of_a_click_is_kept(platform):
    await platform.agrees("email", topic="news")
    url = await the_link(platform)
    await platform.advance(seconds=1)
    await click(platform, url, ONE_CLICK)

    told = (await platform.call("GET", "/api/customers/customer-123/consents")).body["data"]

    assert [(each["state"], each["source"], each["by"]) for each in told[0]["statements"]] == [
        ("granted", "web form", "function-key"),
        ("withdrawn", "one-click unsubscribe", "customer"),
    ]
    [entry] = (await platform.call("GET", "/api/audit?action=preferences.change")).body["data"]
    assert (entry["actor"], entry["details"]["choice"], entry["details"]["topic"]) == ("anybody", "unsubscribe", "news")


async def asked(platform):
    body = {"state": "pending", "evidence": {"source": "web form"}}
    told = (await platform.call("PUT", "/api/customers/customer-123/consents/email/news", body)).body
    assert told["allowsMarketing"] is False
    return told["confirmUrl"]


async def test_what_somebody_asked_for_counts_once_they_confirm_it(platform):
    url = await asked(platform)
    assert (await offered(platform))["skipped"][0]["reason"]["code"] == "noConsent"

    assert "Do you want this?" in (await opened(platform, url))[1]
    assert (await offered(platform))["status"] == "notSent"  # looking confirms nothing
    await platform.advance(seconds=1)
    assert "You get it from now on" in (await click(platform, url, {}))[1]

    assert (await offered(platform))["status"] == "delivered"
    statements = (await platform.call("GET", "/api/customers/customer-123/consents")).body["data"][0]["statements"]
    assert [(each["state"], each["source"]) for each in statements] == [
        ("pending", "web form"), ("granted", "confirmation link")
    ]  # fmt: skip


async def test_an_old_confirmation_does_not_undo_a_withdrawal(platform):
    url = await asked(platform)
    await platform.advance(seconds=1)
    await click(platform, url, {})
    await platform.advance(seconds=1)
    await click(platform, await the_link(platform), ONE_CLICK)

    await platform.advance(seconds=1)
    assert "nothing to confirm" in (await click(platform, url, {}))[1]

    assert (await offered(platform))["status"] == "notSent"


async def test_a_confirmation_does_not_undo_a_stop(platform):
    await platform.call("PUT", "/api/customers/customer-123", {"contactPoints": {"sms": SMS}})
    url = await asked(platform)
    await platform.advance(seconds=1)
    await platform._control("POST", "replies", {"channel": "sms", "from": SMS, "text": "STOP"})
    await platform.advance(seconds=1)

    assert "nothing to confirm" in (await click(platform, url, {}))[1]

    assert (await offered(platform))["status"] == "notSent"


@on_one_store
async def test_a_link_to_the_preferences_confirms_nothing(platform):
    await asked(platform)
    await platform.agrees("email", topic="offers")
    url = await the_link(platform, topic="offers")

    assert (await click(platform, url.replace("/preferences/", "/confirmations/"), {}))[0] == 404
