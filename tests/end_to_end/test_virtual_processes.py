"""`python -m local serve --clock virtual`: one time for both processes."""

from datetime import datetime, timedelta


def clock(platform, body=None):
    answer = platform.call("POST" if body else "GET", f"{platform.local_url}/local/clock", body)
    assert answer.status == 200, answer.body
    return answer.body


def now(platform):
    return datetime.fromisoformat(clock(platform)["now"])


def test_three_days_pass_when_they_are_asked_for_and_everything_in_them_happens(timeless):
    to = {"whatsapp": "+14255550102", "sms": "+14255550123"}
    began = now(timeless)
    message_id = timeless.post(to=to, channels=[{"channel": "whatsapp", "timeout": "PT72H"}, "sms"])

    clock(timeless, {"advance": "P2DT23H"})
    assert timeless.message(message_id)["status"] == "sent"
    clock(timeless, {"until": (began + timedelta(hours=73)).isoformat()})

    message = timeless.message(message_id)
    assert (message["status"], message["channel"]) == ("delivered", "sms")
    assert datetime.fromisoformat(message["finishedAt"]) == began + timedelta(hours=72, milliseconds=50)
    assert [effect["channel"] for effect in timeless.ledger()] == ["whatsapp", "sms"]
    assert clock(timeless) == {"now": _text(began + timedelta(hours=73)), "clock": "virtual"}


def test_a_slow_provider_is_waited_for_in_virtual_time(timeless):
    timeless.fault(channel="sms", fault="slow", seconds=300)
    message_id = timeless.post(to={"sms": "+14255550102"}, channels=["sms"])

    clock(timeless, {"advance": "PT4M"})
    assert timeless.message(message_id)["attempts"][0]["status"] == "sending"
    clock(timeless, {"advance": "PT2M"})

    assert timeless.message(message_id)["attempts"][0]["providerMessageId"]


def test_after_a_kill_time_goes_on_where_it_was(timeless):
    message_id = timeless.post(to={"sms": "+14255550102", "email": "a@example.com"}, channels=["sms", "email"])
    clock(timeless, {"advance": "PT9M"})
    before = now(timeless)

    timeless.restart()

    assert now(timeless) == before
    clock(timeless, {"advance": "PT2M"})
    assert timeless.message(message_id)["channel"] == "email"


def test_real_time_cannot_be_moved(platform):
    assert clock(platform)["clock"] == "real"

    answer = platform.call("POST", f"{platform.local_url}/local/clock", {"advance": "PT5M"})

    assert (answer.status, "--clock virtual" in answer.body["error"]) == (409, True)


def _text(moment):
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
