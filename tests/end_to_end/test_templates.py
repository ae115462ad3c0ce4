"""The same is said on each channel in its form and in the customer's language, from files to the phone."""

import asyncio
from pathlib import Path

import pytest

from operations.__main__ import main
from tests.platform import a_platform
from tests.stores import on_one_store

SMS, EMAIL = "+14255550123", "ada@example.com"
FOLDER = Path(__file__).parents[2] / "templates"
PARCEL = {"parcel": "P-17", "day": "2026-12-24"}


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def push(platform, folder=FOLDER, *more):
    return await asyncio.to_thread(main, ["--url", platform.host.url, "templates", "push", str(folder), *more])


async def put(platform, name="greeting", **locales):
    body = {"defaultLocale": "en", "locales": {tag: {"text": text} for tag, text in locales.items()}}
    answer = await platform.call("PUT", f"/api/templates/{name}", body)
    assert answer.status in (200, 201), answer.body
    return answer


async def send(platform, template="greeting", channels=("sms",), **content):
    body = {
        "customerId": "ada",
        "to": {"sms": SMS, "email": EMAIL},
        "channels": list(channels),
        "content": {"template": template, **content},
    }
    return await platform.call("POST", "/api/messages", body)


async def arrived(platform):
    await platform.advance(seconds=5)
    return [each["content"] for each in await platform.ledger()]


async def test_the_examples_go_from_files_to_the_phone_in_two_languages(platform, capsys):
    assert await push(platform, FOLDER, "--check") == 1
    assert (await platform.call("GET", "/api/templates")).body["data"] == []
    assert await push(platform) == 0
    assert await push(platform) == 0
    assert "parcel-sent: as it is, version 1" in capsys.readouterr().out
    assert await push(platform, FOLDER, "--check") == 0

    french = {"locale": "fr-CA", "attributes": {"firstName": "Zoé"}}
    await platform.call("PUT", "/api/customers/ada", french)
    await send(platform, "parcel-sent", data=PARCEL)
    await platform.advance(seconds=5)
    await send(
        platform, "parcel-sent", ("email",), data={**PARCEL, "items": [{"name": "<i>", "price": 3}]}, locale="en"
    )
    short, long = await arrived(platform)

    assert short == {"text": "Votre colis P-17 arrive le 24/12/2026."}
    assert long["subject"] == "Your parcel P-17 is on its way"
    assert "Hello Zoé" in long["text"]
    assert "<li>&lt;i&gt;: €3.00</li>" in long["html"]


@on_one_store
async def test_mjml_becomes_html_that_mail_programs_show_and_includes_nothing(platform, tmp_path, capsys):
    assert await push(platform) == 0
    data = {"product": "Tea <3", "price": 3.5, "until": "2026-12-24", "link": "https://example.com/tea"}
    told = await platform.call("POST", "/api/templates/offer/preview", {"data": data})
    html = told.body["channels"]["email"]["html"]
    assert "Tea &lt;3 is €3.50 until December 24, 2026." in html
    assert 'href="https://example.com/tea"' in html
    assert "<mj-" not in html

    wrong = tmp_path / "templates" / "wrong" / "en"
    wrong.mkdir(parents=True)
    (wrong / "text.txt").write_text("Hello")
    (wrong / "email.mjml").write_text("<mjml><mj-body><mj-include path='/etc/hostname'/></mj-body></mjml>")
    assert await push(platform, tmp_path / "templates") == 1
    assert "wrong/en/email.mjml is no MJML" in capsys.readouterr().err


async def test_a_message_says_what_the_template_said_when_it_was_accepted(platform):
    await put(platform, en="Hello {{ customer.name }}")
    await platform.call("PUT", "/api/customers/ada", {"attributes": {"name": "Ada"}})
    key = {"Idempotency-Key": "one"}
    body = {"customerId": "ada", "to": {"sms": SMS}, "channels": ["sms"], "content": {"template": "greeting"}}
    first = await platform.call("POST", "/api/messages", {**body, "sendAt": "2027-03-01T12:00:00Z"}, key)
    await put(platform, en="Good bye {{ nobody }}")

    again = await platform.call("POST", "/api/messages", {**body, "sendAt": "2027-03-01T12:00:00Z"}, key)
    await platform.advance(hours=4)

    assert (first.status, again.status) == (202, 202)
    assert again.body["messageId"] == first.body["messageId"]
    assert [each["content"]["text"] for each in await platform.ledger()] == ["Hello Ada"]
    conversation = (await platform.call("GET", "/api/customers/ada/conversations")).body["conversations"][0]
    url = f"/api/conversations/{conversation['conversationId']}/messages"
    [message] = (await platform.call("GET", url)).body["messages"]
    assert (message["template"], message["locale"]) == ("greeting@1", "en")
    assert (
        (await platform.call("GET", "/api/templates/greeting?version=1"))
        .body["locales"]["en"]["text"]
        .startswith("Hello")
    )
    assert (await platform.call("GET", "/api/templates/greeting")).body["version"] == 2


@on_one_store
@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ({"template": "nothing"}, "content.template", "is no template"),
        ({"template": "greeting"}, "content.data.name", "is needed"),
        ({"template": "greeting", "data": {"name": "x" * 3000}}, "channels[0]", "longer than the 2048"),
        ({"template": "attributes"}, "content.template", "customer.firstName"),
        ({"template": "greeting", "data": {"name": ["a", {"b": 1}]}}, "content.data", "of a kind"),
        ({"template": "greeting", "data": {"name": "a\u0000b"}}, "content.template", "makes a wrong text"),
    ],
)
async def test_a_message_that_its_template_cannot_say_is_refused_and_names_why(platform, content, field, words):
    await put(platform, en="Hello {{ name }}")
    await put(platform, "attributes", en="Hello {{ customer.firstName }}")

    answer = await send(platform, content.pop("template"), **content)

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert words in answer.body["errors"][0]["reason"]
    assert await arrived(platform) == []


@on_one_store
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"defaultLocale": "en", "locales": {}}, "locales"),
        ({"defaultLocale": "de", "locales": {"en": {"text": "x"}}}, "defaultLocale"),
        ({"defaultLocale": "en", "locales": {"en": {"text": "{{ x() }}"}}}, "locales.en.text"),
        ({"defaultLocale": "en", "locales": {"en": {"text": "x", "channels": {"sms": {"text": "{{ x"}}}}},
         "locales.en.channels.sms.text"),
        ({"defaultLocale": "en", "locales": {"en": {"subject": "x"}}}, "locales.en"),
    ],
)  # fmt: skip
async def test_a_template_that_is_none_is_refused_and_the_last_one_stays(platform, body, field):
    await put(platform, en="Hello")

    answer = await platform.call("PUT", "/api/templates/greeting", body)

    assert (answer.status, answer.body["errors"][0]["field"]) == (400, field)
    assert (await platform.call("GET", "/api/templates/greeting")).body["version"] == 1


@on_one_store
async def test_a_preview_shows_every_channel_and_sends_nothing(platform):
    await put(platform, en="Hello {{ name }} – welcome", de="Hallo {{ name }}")
    await platform.call("PUT", "/api/customers/ada", {"locale": "de-AT"})
    url = "/api/templates/greeting/preview"

    english = (await platform.call("POST", url, {"data": {"name": "Ada"}})).body
    german = (await platform.call("POST", url, {"data": {"name": "Ada"}, "customerId": "ada"})).body
    missing = await platform.call("POST", url, {})

    assert (english["locale"], english["variables"]) == ("en", ["name"])
    assert english["channels"]["sms"]["encoding"] == "UCS-2"
    assert english["channels"]["sms"]["segments"] == 1
    assert english["channels"]["sms"]["warnings"] == [
        "It would take fewer parts with plain quotation marks, dashes and letters."
    ]
    assert german["channels"]["whatsapp"] == {"text": "Hallo Ada", "warnings": []}
    assert (missing.status, missing.body["errors"][0]["field"]) == (422, "data.name")
    assert await arrived(platform) == []
    assert (await platform.call("POST", "/api/templates/nothing/preview", {})).status == 404


@on_one_store
async def test_words_of_one_channel_stand_in_place_of_those_for_all(platform):
    content = {"text": "A long text for everybody", "subject": "For you", "channels": {"sms": {"text": "Short"}}}
    body = {"customerId": "ada", "to": {"sms": SMS, "email": EMAIL}, "content": content}

    await platform.call("POST", "/api/messages", {**body, "channels": ["sms"]})
    await platform.advance(seconds=5)
    await platform.call("POST", "/api/messages", {**body, "channels": ["email"]})

    short, long = await arrived(platform)
    assert (short["text"], long["text"]) == ("Short", "A long text for everybody")


@on_one_store
async def test_an_sms_is_written_plainly_where_that_is_asked_for_and_saves_parts(platform):
    await put(platform, en="“It’s {{ name }}” – ready…")
    await send(platform, data={"name": "Dvořák"}, transliterate=True)
    await platform.advance(seconds=5)
    await send(platform, data={"name": "Dvořák"}, transliterate=True, channels=["email"])
    await platform.advance(seconds=5)
    await send(platform, data={"name": "🎻"}, transliterate=True)
    plain, email, emoji = await arrived(platform)

    assert plain["text"] == '"It\'s Dvorak" - ready...'
    assert email["text"] == "“It’s Dvořák” – ready…"
    assert emoji["text"] == "“It’s 🎻” – ready…"


async def test_two_who_put_at_once_make_two_versions(platform):
    answers = await asyncio.gather(*(put(platform, en=f"Hello {number}") for number in range(5)))

    assert sorted(answer.body["version"] for answer in answers) == [1, 2, 3, 4, 5]
    for answer in answers:
        version = answer.body["version"]
        told = (await platform.call("GET", f"/api/templates/greeting?version={version}")).body
        assert told["locales"] == answer.body["locales"]
