"""Customers, consents and suppressions come in files: what is right is taken once, and the rest is told by row."""

import asyncio
import io
import json

import pytest

from operations.__main__ import main
from tests.platform import a_platform
from tests.stores import on_one_store

CSV = "text/csv"
NDJSON = "application/x-ndjson"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


async def begin(platform, kind="customers", key=None, **fields):
    headers = {"Idempotency-Key": key} if key else {}
    answer = await platform.call("POST", "/api/imports", {"kind": kind, **fields}, headers)
    assert answer.status in (200, 201), answer.body
    return answer.body["importId"]


async def page(platform, import_id, body, number=1, content_type=CSV, query=""):
    url = f"{platform.host.url}/api/imports/{import_id}/pages/{number}{query}"
    data = io.BytesIO(body if isinstance(body, bytes) else body.encode())
    async with platform._http.put(url, data=data, headers={"Content-Type": content_type}) as response:
        return response.status, json.loads(await response.read())


async def take(platform, body, kind="customers", content_type=CSV, **fields):
    status, told = await page(platform, await begin(platform, kind, **fields), body, content_type=content_type)
    assert status == 200, told
    return told


async def customer(platform, customer_id):
    return (await platform.call("GET", f"/api/customers/{customer_id}")).body


def faults(told):
    return [(each["row"], each["field"], each["code"]) for each in told["errors"]]


@on_one_store
async def test_a_table_of_a_spreadsheet_becomes_customers(platform):
    table = (
        "\ufeffcustomerId;sms;email;tags;attributes.plan;locale\r\n"
        'ada;"+44 (0)7700 900-123";Ada@Example.com;vip|new;"gold; ""plus""";en-GB\r\n'
        "\r\n"
        "ben;0044 7700 900456|+447700900457;;;;\r\n"
    )

    told = await take(platform, table)

    assert (told["rows"], told["taken"], told["failed"]) == (2, 2, 0)
    ada, ben = await customer(platform, "ada"), await customer(platform, "ben")
    assert ada["contactPoints"] == {"sms": "+447700900123", "email": "Ada@example.com"}
    assert (ada["tags"], ada["attributes"], ada["locale"]) == (["new", "vip"], {"plan": 'gold; "plus"'}, "en-GB")
    assert (ben["contactPoints"], ben["otherContactPoints"]) == (
        {"sms": "+447700900456"}, {"sms": ["+447700900457"]}
    )  # fmt: skip


async def test_what_a_file_says_nothing_about_stays_as_it_is(platform):
    await take(platform, "customerId,sms,locale,tags\nada,+447700900123,fr,vip\n")

    await take(platform, "customerId,email,locale\nada,ada@example.com,\n")

    ada = await customer(platform, "ada")
    assert ada["contactPoints"] == {"sms": "+447700900123", "email": "ada@example.com"}
    assert ada["tags"] == ["vip"]
    assert "locale" not in ada


@on_one_store
@pytest.mark.parametrize(
    ("body", "content_type", "field", "words"),
    [
        (b"customerId,locale\nada,fr\nben,\xe9\n", CSV, "body", "line 3"),
        ("customerId,locale\nada,fr\n".encode("utf-16"), CSV, "body", "UTF-8"),
        ('customerId,locale\nada,fr\nben,"open\n', CSV, "body", "valid CSV"),
        ("customerId,colour\nada,red\n", CSV, "colour", "column"),
        ("customerId,locale,locale\nada,fr,fr\n", CSV, "locale", "once"),
        ("locale\nfr\n", CSV, "customerId", "must be there"),
        ("", CSV, "body", "header"),
        ("{}", "application/json", "Content-Type", "text/csv"),
        (b"x" * (4 * 1024 * 1024 + 1), CSV, "body", "4194304"),
    ],
)
async def test_a_page_that_is_no_table_is_refused_whole_and_changes_nothing(platform, body, content_type, field, words):
    import_id = await begin(platform)

    status, told = await page(platform, import_id, body, content_type=content_type)

    assert status in (400, 413, 415), told
    assert told["errors"][0]["field"] == field
    assert words in told["errors"][0]["reason"]
    assert (await platform.call("GET", "/api/customers")).body["data"] == []
    status, told = await page(platform, import_id, "customerId\nada\n")
    assert (status, told["taken"]) == (200, 1)


async def test_rows_at_fault_are_told_by_number_and_field_and_the_others_are_taken(platform):
    table = (
        "customerId,sms,email,locale,quietHours\n"
        "ada,+447700900123,,,\n"
        ",+447700900124,,,\n"
        "ben,07700900125,,,\n"
        "cem,,nobody,,\n"
        "dan,,,not a locale,\n"
        "eve,,,\n"
        "fay,,,,{\n"
        "gus,,,fr,\n"
        "gus,,,fr,\n"
        "ada,,,de,\n"
    )

    told = await take(platform, table)

    assert (told["rows"], told["taken"], told["duplicates"], told["failed"]) == (10, 3, 1, 6)
    assert faults(told) == [
        (2, "customerId", "required"),
        (3, "contactPoints.sms", "format"),
        (4, "contactPoints.email", "format"),
        (5, "locale", "format"),
        (6, "body", "format"),
        (7, "quietHours", "format"),
    ]
    assert "nobody" not in json.dumps(told)
    assert (await customer(platform, "ada"))["locale"] == "de"
    listed = (await platform.call("GET", "/api/customers")).body["data"]
    assert {each["customerId"] for each in listed} == {"ada", "gus"}


@on_one_store
async def test_lines_of_json_are_merge_patches(platform):
    lines = [
        {
            "customerId": "ada",
            "contactPoints": {"sms": "+447700900123"},
            "quietHours": [{"from": "21:00", "to": "08:00"}],
        },
        {"customerId": "ada", "contactPoints": {"email": "ada@example.com"}},
        {"customerId": "ben", "colour": "red"},
        ["cem"],
    ]
    body = "\n".join([*map(json.dumps, lines), '{"customerId": "dan"', '{"customerId": "eve", "customerId": "eve"}'])

    told = await take(platform, body, content_type=NDJSON)

    assert faults(told) == [
        (3, "colour", "unknownField"), (4, "body", "wrongType"), (5, "body", "format"), (6, "body", "format")
    ]  # fmt: skip
    assert (await customer(platform, "ada"))["contactPoints"] == {"sms": "+447700900123", "email": "ada@example.com"}


async def test_a_dry_run_finds_the_same_faults_and_changes_nothing(platform):
    table = "customerId,sms\nada,+447700900123\nben,1\n"

    dry = await take(platform, table, dryRun=True)
    assert (await platform.call("GET", "/api/customers")).body["data"] == []
    assert (
        await platform.call("POST", "/api/customers/find", {"channel": "sms", "address": "+447700900123"})
    ).body == {"data": []}
    real = await take(platform, table)

    assert dry == real
    assert (real["taken"], faults(real)) == (1, [(2, "contactPoints.sms", "format")])


async def test_a_page_is_taken_once_and_another_under_its_number_is_refused(platform):
    import_id = await begin(platform, key="the file")
    first = await page(platform, import_id, "customerId,locale\nada,fr\n")
    await platform.call("PATCH", "/api/customers/ada", {"locale": "de"})

    again = await page(platform, import_id, "customerId,locale\nada,fr\n")
    other = await page(platform, import_id, "customerId,locale\nada,es\n")
    second = await page(platform, import_id, "customerId,locale\nben,es\nben,\n", number=2, query="?firstRow=2")

    assert first == again
    assert (other[0], other[1]["type"]) == (409, "/api/docs/errors#importPageTaken")
    assert second[1]["taken"] == 2
    assert (await customer(platform, "ada"))["locale"] == "de"
    assert await begin(platform, key="the file") == import_id
    told = (await platform.call("GET", f"/api/imports/{import_id}")).body
    assert (told["rows"], told["taken"], [each["number"] for each in told["pages"]]) == (3, 3, [1, 2])
    answer = await platform.call("POST", "/api/imports", {"kind": "consents"}, {"Idempotency-Key": "the file"})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_a_page_that_broke_off_goes_on_where_it_was(platform, monkeypatch):
    import_id = await begin(platform)
    table = "customerId\n" + "".join(f"c{number}\n" for number in range(1200))
    monkeypatch.setattr("actions.import_page.WITHIN_SECONDS", 0)

    status, told = await page(platform, import_id, table)
    assert (status, told["done"], told["isFinished"]) == (202, 0, False)
    monkeypatch.setattr("actions.import_page.WITHIN_SECONDS", 0.0001)
    status, told = await page(platform, import_id, table)
    assert (status, told["done"]) == (202, 500)
    await platform.restart()
    monkeypatch.setattr("actions.import_page.WITHIN_SECONDS", 100)
    status, told = await page(platform, import_id, table)

    assert (status, told["done"], told["taken"], told["failed"]) == (200, 1200, 1200, 0)


async def test_consents_come_with_their_date_and_an_older_one_lifts_nothing(platform):
    await platform.call(
        "PUT", "/api/customers/ada/consents/sms/news", {"state": "withdrawn", "evidence": {"source": "call"}}
    )
    table = (
        "customerId,channel,topic,state,at,source,reference\n"
        "ada,sms,news,granted,2026-05-01T12:00:00Z,web form,form-17\n"
        "ben,sms,news,granted,2026-05-01T12:00:00Z,web form,form-18\n"
        "cem,sms,news,granted,,web form,\n"
        "dan,fax,news,granted,2026-05-01T12:00:00Z,web form,\n"
        "eve,sms,news,granted,2029-05-01T12:00:00Z,web form,\n"
    )

    told = await take(platform, table, "consents")

    assert faults(told) == [(3, "at", "required"), (4, "channel", "notOneOf"), (5, "at", "outOfRange")]
    allowed = {}
    for customer_id in ("ada", "ben"):
        [consent] = (await platform.call("GET", f"/api/customers/{customer_id}/consents")).body["data"]
        allowed[customer_id] = consent["allowsMarketing"]
    assert allowed == {"ada": False, "ben": True}


async def test_suppressions_are_known_before_the_first_message(platform):
    table = "channel,address,reason,at,note\nsms,+44 7700 900123,stop,2026-05-01T12:00:00Z,\nemail,nobody,stop,,\n"

    told = await take(platform, table, "suppressions")
    message_id = await platform.post(to={"sms": "+447700900123"}, channels=["sms"])
    await platform.advance(seconds=5)

    assert (told["taken"], faults(told)) == (1, [(2, "address", "format")])
    assert (await platform.message(message_id))["status"] == "notSent"


async def test_an_erased_customer_is_not_imported_again(platform):
    await take(platform, "customerId\nada\n")
    await platform.call("DELETE", "/api/customers/ada")

    told = [
        await take(platform, "customerId\nada\nben\n"),
        await take(platform, "customerId\nada\nben\n", dryRun=True),
        await take(
            platform,
            "customerId,channel,topic,state,at,source\nada,sms,all,granted,2026-05-01T12:00:00Z,form\n",
            "consents",
        ),
    ]

    assert [faults(each) for each in told] == [[(1, "customerId", "erased")]] * 3


@on_one_store
async def test_an_export_comes_back_as_it_went_out(platform):
    body = {
        "contactPoints": {"sms": "+447700900123", "email": "ada@example.com"},
        "otherContactPoints": {"sms": ["+447700900124"]},
        "quietHours": [{"from": "21:00", "to": "08:00", "days": ["mon"]}],
        "channels": ["sms", "email"],
        "attributes": {"plan": "=1+1", "age": 3, "isMember": True},
        "tags": ["vip"],
    }
    await platform.call("PUT", "/api/customers/ada", body)
    await platform.call("PUT", "/api/customers/'=1+1", {"tags": ["-x"]})
    before = await platform.call("GET", "/api/customers/ada")
    table = (await platform.call("GET", "/api/customers", headers={"Accept": CSV})).body

    told = await take(platform, table)
    after = await platform.call("GET", "/api/customers/ada")

    assert (told["taken"], told["failed"]) == (2, 0)
    assert after.headers["ETag"] == before.headers["ETag"]
    listed = (await platform.call("GET", "/api/customers")).body["data"]
    assert {each["customerId"] for each in listed} == {"ada", "'=1+1"}


async def test_the_command_sends_a_file_page_by_page_and_goes_on_where_it_was(platform, tmp_path, capsys):
    rows = [f"c{number};+4477009{number:05}" for number in range(250)]
    file = tmp_path / "customers.csv"
    file.write_text("customerId;sms\n" + "\n".join([*rows, "bad;1", "c0;+447700900000"]) + "\n")
    command = ["--url", platform.host.url, "import", str(file), "--page-rows", "100"]

    dry = await asyncio.to_thread(main, [*command, "--dry-run"])
    nobody = (await platform.call("GET", "/api/customers")).body["data"]
    first = await asyncio.to_thread(main, [*command, "--errors", str(tmp_path / "errors.csv")])
    printed = capsys.readouterr()
    again = await asyncio.to_thread(main, command)

    assert (dry, nobody, first, again) == (1, [], 1, 1)
    assert "252 rows: 251 taken, 0 there twice, 1 at fault." in printed.out
    assert "row 251: contactPoints.sms must be a phone number" in printed.err
    assert (tmp_path / "errors.csv").read_text().splitlines()[1].startswith("251,contactPoints.sms,format,")
    assert "3 pages were sent before." in capsys.readouterr().out


@on_one_store
async def test_a_file_in_another_encoding_is_not_sent_at_all(platform, tmp_path, capsys):
    file = tmp_path / "customers.csv"
    file.write_bytes("customerId,attributes.name\nada,Ada\nben,Zoë\n".encode("latin-1"))

    status = await asyncio.to_thread(main, ["--url", platform.host.url, "import", str(file)])

    assert status == 1
    assert "is not in UTF-8: see line 3. Nothing was sent." in capsys.readouterr().err
    assert (await platform.call("GET", "/api/imports")).body["data"] == []
