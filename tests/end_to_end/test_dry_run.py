"""What would become of a message is told, and nothing happens."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform import a_platform
from tests.stores import on_one_store

SMS, EMAIL, STOPPED = "+14255550123", "ada@example.com", "+14255550177"
TRY = "/api/messages?dryRun=true"


@pytest.fixture
async def platform(tmp_path):
    async with a_platform(tmp_path) as platform:
        yield platform


def body(**fields):
    return {"customerId": "ada", "message": "Hello", "to": {"sms": SMS, "email": EMAIL}, **fields}


@on_one_store
async def test_a_dry_run_tells_the_way_and_the_words_and_leaves_nothing(platform):
    answer = await platform.call("POST", TRY, body(channels=["whatsapp", "sms", "email"]))

    assert answer.status == 200
    told = answer.body
    assert [(step["channel"], "skipped" in step) for step in told["route"]] == [
        ("whatsapp", True), ("sms", False), ("email", False)
    ]  # fmt: skip
    assert told["route"][0]["skipped"]["code"] == "noAddress"
    assert (told["next"]["action"], told["next"]["channel"]) == ("send", "sms")
    assert told["channels"]["sms"]["segments"] == 1
    await platform.advance(minutes=5)
    assert await platform.ledger() == []
    assert (await platform.call("GET", "/api/customers/ada/conversations")).status == 404


@on_one_store
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"to": {"sms": "1"}}, 400),
        ({"channels": ["whatsapp"]}, 422),
        ({"to": None, "customerId": "nobody"}, 404),
        ({"message": None, "content": {"template": "nothing"}}, 422),
    ],
)
async def test_what_would_be_refused_is_refused_in_the_same_way(platform, fields, status):
    tried = await platform.call("POST", TRY, body(**fields))
    real = await platform.call("POST", "/api/messages", body(**fields))

    assert (tried.status, real.status) == (status, status)
    assert {**tried.body, "requestId": ""} == {**real.body, "requestId": ""}


@on_one_store
async def test_a_misspelt_dry_run_sends_nothing(platform):
    for query, field in (("dryrun=true", "dryrun"), ("dry_run=true", "dry_run"), ("dryRun=yes", "dryRun")):
        answer = await platform.call("POST", f"/api/messages?{query}", body())
        assert (answer.status, answer.body["errors"][0]["field"]) == (400, field)
    await platform.advance(minutes=1)
    assert await platform.ledger() == []


MESSAGES = st.fixed_dictionaries(
    {
        "channels": st.permutations(["whatsapp", "sms", "email"]).flatmap(
            lambda order: st.integers(1, 3).map(lambda count: list(order[:count]))
        ),
        "to": st.sampled_from([{"sms": SMS}, {"email": EMAIL}, {"sms": STOPPED, "email": EMAIL}, {"sms": STOPPED}]),
        "category": st.sampled_from(["transactional", "marketing", "authentication"]),
        "message": st.sampled_from(["Hello", "x" * 3000]),
    }
)


async def test_a_dry_run_and_the_real_one_decide_alike(platform):
    await platform.agrees("email", customer_id="ada")
    await platform.call("POST", "/api/suppressions", {"channel": "sms", "address": STOPPED, "reason": "stop"})
    examples = []

    @settings(max_examples=25, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(MESSAGES)
    def collect(fields):
        examples.append(fields)

    collect()
    for fields in examples:
        tried = await platform.call("POST", TRY, body(**fields))
        real = await platform.call("POST", "/api/messages", body(**fields))
        assert (tried.status == 200) == (real.status == 202), fields
        if real.status == 202:
            await platform.advance(seconds=5)
            message = await platform.message(real.body["messageId"])
            first = tried.body.get("next", {}).get("channel")
            assert (message["attempts"][0]["channel"] if message["attempts"] else None) == first, fields
            skipped = {step["channel"]: step["skipped"]["code"] for step in tried.body["route"] if "skipped" in step}
            before = message["skipped"] if first is None else [
                skip for skip in message["skipped"] if skip["channel"] in skipped
            ]  # fmt: skip
            assert {skip["channel"]: skip["reason"]["code"] for skip in before}.items() <= skipped.items(), fields
