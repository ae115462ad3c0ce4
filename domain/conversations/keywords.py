"""STOP, START and HELP: what customers write to be left alone, to hear from us again, and to learn how.

Only a message that is such a word and nothing else counts: "Stop by my office" is no STOP. Words: what carriers in the
United States must obey (CTIA, "Messaging Principles and Best Practices"), and the same in other languages.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Literal

from domain.conversations.reply import ReplyContent
from domain.traits import TRAITS

Keyword = Literal["stop", "start", "help"]

STOPS = {
    "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout",  # English
    "stopp", "abmelden", "abbestellen",  # German, Swedish, Norwegian
    "arret", "arreter", "desabonner",  # French
    "alto", "baja", "parar", "cancelar",  # Spanish, Portuguese
    "sair", "descadastrar",  # Portuguese
    "ferma", "annulla", "cancella",  # Italian
    "afmelden", "stoppen",  # Dutch
    "afmeld",  # Danish
    "rezygnuje",  # Polish
    "dur", "iptal",  # Turkish
    "стоп",  # Russian, Ukrainian, Bulgarian
    "停止", "退订", "配信停止",  # Japanese, Chinese
}  # fmt: skip
STARTS = {"start", "unstop", "subscribe", "optin", "anmelden", "alta", "inicio", "старт", "開始", "订阅"}

HELPS = {
    "help", "info", "hilfe", "aide", "ayuda", "ajuda", "aiuto", "hulp", "hjälp", "hjælp", "pomoc", "yardim", "yardım",
    "помощь", "ヘルプ", "帮助",
}  # fmt: skip

TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)[0-9]{7}")
SHORT_CODE = re.compile("[0-9]{5,6}")


def _word(text: str) -> str:
    """Without case, accents, width, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"[\W_]+", "", "".join(each for each in plain if not unicodedata.combining(each)))


WORDS: dict[Keyword, frozenset[str]] = {
    "stop": frozenset(map(_word, STOPS)),
    "start": frozenset(map(_word, STARTS)),
    "help": frozenset(map(_word, HELPS)),
}
"""As they are compared. The first that fits counts."""


def keyword_in(content: ReplyContent) -> Keyword | None:
    """The keyword that a reply is, as a text, or as the words or the payload of a button."""
    said = {_word(text) for text in (content.text, content.choice) if text}
    return next((keyword for keyword, words in WORDS.items() if said & words), None)


def may_mean_stop(content: ReplyContent) -> bool:
    """Whether a text that is no keyword has the word for STOP in it: a person has to read what is meant."""
    if keyword_in(content) is not None or not content.text:
        return False
    said = [_word(each) for each in re.split(r"[\W_]+", content.text)]
    phrases = {*said, *(one + other for one, other in pairwise(said))}
    unspaced, stops = _word(content.text), WORDS["stop"]
    is_between = {"opt", "out"} <= phrases  # "opt me out"
    return is_between or bool(phrases & stops) or any(stop in unspaced for stop in stops if not stop.isascii())


def is_answered_by_the_carrier(channel: str, our_sender: str, keyword: Keyword) -> bool:
    """Whether somebody answers this word before we could.

    Carriers answer STOP and START to toll-free numbers of North America, Communication Services all of these words to
    short codes of the United States. Source: "SMS FAQ" in Microsoft's documentation of Communication Services.
    """
    is_answered = SHORT_CODE.fullmatch(our_sender) or (keyword != "help" and TOLL_FREE.fullmatch(our_sender))
    return TRAITS[channel].carriers_answer and bool(is_answered)
