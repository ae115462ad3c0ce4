"""An error's text is stored in the durable history: none but ours may get there."""

import asyncio
import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from pydantic import TypeAdapter

from actions.in_our_words import in_our_words
from domain.errors import LandfallError, StoreUnavailable, SupersededTurn

CANARY = "ada@example.com +14255550123"


class Surprise(Exception):
    """One whose every printed form tells."""

    def __repr__(self) -> str:
        return CANARY


def a_missing_key() -> None:
    attempts: dict[str, int] = {}
    attempts[CANARY]


def an_sdk_error() -> None:
    raise HttpResponseError(message=CANARY)


def a_validation_error() -> None:
    TypeAdapter(int).validate_python(CANARY)


def a_text_that_is_no_json() -> None:
    json.loads(CANARY)


def an_error_with_a_cause() -> None:
    try:
        a_missing_key()
    except KeyError as error:
        raise Surprise(CANARY) from error


FAILURES = [a_missing_key, an_sdk_error, a_validation_error, a_text_that_is_no_json, an_error_with_a_cause]


async def failed(failure) -> LandfallError:
    """What leaves an activity in which this fails."""

    @in_our_words
    async def activity(payload: str) -> None:
        failure()

    with pytest.raises(LandfallError) as left:
        await activity(CANARY)
    return left.value


@pytest.mark.parametrize("failure", FAILURES)
async def test_no_foreign_text_gets_out(failure):
    left = await failed(failure)

    printed = str(left) + repr(left) + "".join(traceback.format_exception(left))
    assert "example.com" not in printed
    assert "+1425" not in printed


async def test_the_kind_of_the_error_and_its_place_in_our_code_get_out():
    left = await failed(a_text_that_is_no_json)

    line = a_text_that_is_no_json.__code__.co_firstlineno + 1
    assert str(left) == f"JSONDecodeError at {Path(__file__).name}:{line}"


@pytest.mark.parametrize("folder", [".python_packages/lib/site-packages", ".venv/lib/python3.12/site-packages"])
async def test_a_line_of_a_library_that_is_installed_below_us_is_not_ours(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("actions.in_our_words.ROOT", tmp_path)
    (tmp_path / folder).mkdir(parents=True)
    library: dict[str, Any] = {}
    ours: dict[str, Any] = {}
    for file, source, names in (
        (tmp_path / folder / "library.py", "def fail():\n    raise ValueError\n", library),
        (tmp_path / "send.py", "def call(library):\n\n    library()\n", ours),
    ):
        exec(compile(source, file, "exec"), names)

    assert str(await failed(lambda: ours["call"](library["fail"]))) == "ValueError at send.py:3"


@pytest.mark.parametrize("kind", [StoreUnavailable, SupersededTurn, LandfallError])
async def test_an_error_of_ours_gets_out_as_it_is(kind):
    ours = kind("the record of message 1 is not there")

    def fail() -> None:
        raise ours

    assert await failed(fail) is ours


async def test_what_an_activity_returns_is_untouched():
    @in_our_words
    async def activity(payload: dict[str, int]) -> dict[str, int]:
        return payload

    assert await activity({"attempt": 1}) == {"attempt": 1}


async def test_the_end_of_the_worker_is_no_error_of_the_activity():
    @in_our_words
    async def activity(payload: str) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await activity("")


def test_the_worker_sees_the_activitys_own_name_and_parameters():
    @in_our_words
    async def send(payload: str) -> None: ...

    assert send.__name__ == "send"
    assert send.__annotations__ == {"payload": str, "return": None}
