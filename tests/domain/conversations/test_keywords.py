"""Which messages are a STOP or a START, and which only contain the word."""

import pytest

from domain.conversations.keywords import STARTS, STOPS, keyword_in
from domain.conversations.reply import ReplyContent


def said(text):
    return keyword_in(ReplyContent("text", text=text))


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "Stop!!!",
        "ＳＴＯＰ",
        "\u201cSTOP\u201d",
        "S T O P",
        "Opt out",
        "opt-out",
        "ARRÊT",
        "arrêter",
        "Стоп",
    ],
)
def test_stop_counts_in_any_case_width_and_punctuation(text):
    assert said(text) == "stop"


@pytest.mark.parametrize("text", ["START", "unstop", "Start!", "opt in"])
def test_start_counts_too(text):
    assert said(text) == "start"


@pytest.mark.parametrize(
    "text", ["", "Stop by my office", "Please don't stop", "stops", "Is this the end?", "Hello", "👍", None]
)
def test_a_text_that_only_contains_a_word_is_no_keyword(text):
    assert said(text) is None


def test_a_button_counts_by_its_words_or_its_payload():
    assert keyword_in(ReplyContent("button", text="Stop")) == "stop"
    assert keyword_in(ReplyContent("buttonReply", text="No more offers", choice="STOP")) == "stop"


def test_whoever_says_both_has_said_stop():
    assert keyword_in(ReplyContent("buttonReply", text="Start", choice="stop")) == "stop"


def test_no_word_is_both_and_each_is_found_as_it_is_listed():
    assert set() == STOPS & STARTS
    assert {said(word) for word in STOPS} == {"stop"}
    assert {said(word) for word in STARTS} == {"start"}
