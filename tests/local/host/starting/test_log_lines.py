import json
import logging

from local.host.starting.log_lines import JsonLines


def line(message, *args, **kwargs):
    record = logging.LogRecord("an.app", logging.WARNING, "app.py", 1, message, args, **{"exc_info": None, **kwargs})
    record.created, record.msecs = 1_700_000_000.25, 250.0
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_tells_when_how_grave_and_who():
    told = line("%d of them\nfailed", 3)

    assert told == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "WARNING",
        "logger": "an.app",
        "message": "3 of them\nfailed",
    }


def test_what_an_app_writes_as_an_object_is_found_by_its_fields():
    assert line('{"event": "unmatched", "reason": "doesNotFit"}')["reason"] == "doesNotFit"


def test_a_line_that_only_looks_like_json_is_a_message():
    assert [line(text)["message"] for text in ("[1]", "12", "{")] == ["[1]", "12", "{"]


def test_an_exception_stays_within_its_line():
    error = ValueError("it does not work")

    assert line("failed", exc_info=(ValueError, error, None))["exception"] == "ValueError: it does not work"
