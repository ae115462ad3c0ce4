"""Which messages are a STOP or a START, and which only contain the word."""

import pytest

from domain.conversations.keywords import STARTS, STOPS, is_answered_by_the_carrier, keyword_in, may_mean_stop
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


@pytest.mark.parametrize(
    "text",
    [
        "Please stop",
        "STOP texting me!",
        "can you unsubscribe me",
        "もう停止してください",
        "Enough. Stop it",
        "stop,please",
        "please opt out",
        "opt me out",
        "Stop/unsubscribe",
    ],
)
def test_a_text_with_the_word_in_it_may_mean_stop(text):
    assert may_mean_stop(ReplyContent("text", text=text))


@pytest.mark.parametrize("text", ["STOP", "start", "HELP", "", None, "Hello", "stopping by", "It stops here", "👍"])
def test_other_texts_do_not(text):
    assert not may_mean_stop(ReplyContent("text", text=text))


@pytest.mark.parametrize("text", ["HELP", "help!", "Hilfe", "INFO", "помощь", "ヘルプ", "YARDIM", "yardım", "hjælp"])
def test_help_is_understood(text):
    assert said(text) == "help"


@pytest.mark.parametrize(
    ("channel", "sender", "answered"),
    [
        ("sms", "+18335550100", {"stop", "start"}),
        ("sms", "12345", {"stop", "start", "help"}),
        ("sms", "+4366412345678", set()),
        ("sms", "+14255550100", set()),
        ("whatsapp", "+18335550100", set()),
    ],
)
def test_what_a_carrier_answers_itself_we_do_not(channel, sender, answered):
    assert {word for word in ("stop", "start", "help") if is_answered_by_the_carrier(channel, sender, word)} == answered


def test_a_button_counts_by_its_words_or_its_payload():
    assert keyword_in(ReplyContent("button", text="Stop")) == "stop"
    assert keyword_in(ReplyContent("buttonReply", text="No more offers", choice="STOP")) == "stop"


def test_whoever_says_both_has_said_stop():
    assert keyword_in(ReplyContent("buttonReply", text="Start", choice="stop")) == "stop"


def test_no_word_is_both_and_each_is_found_as_it_is_listed():
    assert set() == STOPS & STARTS
    assert {said(word) for word in STOPS} == {"stop"}
    assert {said(word) for word in STARTS} == {"start"}
