"""STOP and START: what customers write to be left alone, and to hear from us again.

Only a message that is such a word and nothing else counts: "Stop by my office" is no STOP. Words: what carriers in the
United States must obey (CTIA, "Messaging Principles and Best Practices"), and the same in other languages.
"""

import re
import unicodedata
from typing import Literal

from domain.conversations.reply import ReplyContent

Keyword = Literal["stop", "start"]

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


def keyword_in(content: ReplyContent) -> Keyword | None:
    """The keyword that a reply is, as a text, or as the words or the payload of a button."""
    words = {_word(text) for text in (content.text, content.choice) if text}
    if words & STOPS:
        return "stop"
    return "start" if words & STARTS else None


def _word(text: str) -> str:
    """Without case, accents, width, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"[\W_]+", "", "".join(each for each in plain if not unicodedata.combining(each)))
